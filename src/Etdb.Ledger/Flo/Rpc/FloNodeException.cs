namespace Etdb.Ledger.Flo.Rpc;

/// <summary>Why a call to a FLO node gave no result.</summary>
public enum FloNodeFailure
{
    /// <summary>No connection, or it broke.</summary>
    Unreachable = 0,

    /// <summary>No complete answer within the time limit.</summary>
    TimedOut = 1,

    /// <summary>The node refused user and password or cookie.</summary>
    Unauthorized = 2,

    /// <summary>The node is starting, or its work queue is full.</summary>
    Busy = 3,

    /// <summary>The node understood and said no: see <see cref="FloNodeException.RpcCode"/>.</summary>
    Refused = 4,

    /// <summary>The answer is larger than allowed.</summary>
    AnswerTooLarge = 5,

    /// <summary>The answer is not what the protocol says, or not about what was asked.</summary>
    Malformed = 6,
}

/// <summary>A call to a FLO node failed. <see cref="Failure"/> says in which way; the message says what was tried on which node.</summary>
public sealed class FloNodeException : Exception
{
    public FloNodeException()
    {
    }

    public FloNodeException(string message)
        : base(message)
    {
    }

    public FloNodeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public FloNodeException(FloNodeFailure failure, string message, int? rpcCode = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Failure = failure;
        RpcCode = rpcCode;
    }

    public FloNodeFailure Failure { get; }

    /// <summary>The node's error code, for <see cref="FloNodeFailure.Refused"/>.</summary>
    public int? RpcCode { get; }

    /// <summary>True when the same call may well succeed later.</summary>
    public bool IsTransient => Failure is FloNodeFailure.Unreachable or FloNodeFailure.TimedOut or FloNodeFailure.Busy;
}
