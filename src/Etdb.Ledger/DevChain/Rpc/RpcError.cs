namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>An error of JSON-RPC with Bitcoin Core's codes; thrown by methods, written by the dispatcher.</summary>
internal sealed class RpcError : Exception
{
    public const int Miscellaneous = -1;
    public const int WrongType = -3;
    public const int WalletError = -4;
    public const int NotFound = -5;
    public const int InsufficientFunds = -6;
    public const int InvalidParameter = -8;
    public const int Deserialization = -22;
    public const int Verify = -25;
    public const int VerifyRejected = -26;
    public const int AlreadyInChain = -27;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int ParseError = -32700;

    public RpcError()
    {
    }

    public RpcError(string message)
        : base(message)
    {
    }

    public RpcError(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public RpcError(int code, string message)
        : base(message) => Code = code;

    public int Code { get; } = Miscellaneous;
}
