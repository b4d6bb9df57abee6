namespace Etdb.Ledger.DevChain;

/// <summary>How a block was taken.</summary>
public enum BlockOutcome
{
    /// <summary>On the best chain now.</summary>
    Connected = 0,

    /// <summary>Valid so far, on a branch with less work.</summary>
    SideBranch = 1,

    /// <summary>Known before.</summary>
    Duplicate = 2,

    /// <summary>Its parent is unknown.</summary>
    Orphan = 3,

    /// <summary>Breaks a rule.</summary>
    Invalid = 4,
}

/// <summary>How a block was taken; for refusals the reason in Bitcoin Core's words.</summary>
public sealed record BlockSubmission(BlockOutcome Outcome, string? Reason);

/// <summary>How a transaction was taken.</summary>
public enum TransactionOutcome
{
    /// <summary>In the mempool, now or before.</summary>
    Accepted = 0,

    /// <summary>Already in a block.</summary>
    AlreadyMined = 1,

    /// <summary>An input is unknown or spent.</summary>
    MissingInputs = 2,

    /// <summary>Against relay policy: a block may still carry it.</summary>
    NotRelayed = 3,

    /// <summary>Breaks a rule: no block may carry it.</summary>
    Invalid = 4,
}

/// <summary>How a transaction was taken; for refusals the reject code and the reason in Bitcoin Core's words.</summary>
public sealed record TransactionSubmission(TransactionOutcome Outcome, int RejectCode = 0, string? Reason = null)
{
    internal const int CodeInvalid = 16;
    internal const int CodeDuplicate = 18;
    internal const int CodeNonStandard = 64;
    internal const int CodeDust = 64;
    internal const int CodeFee = 66;
    internal const int CodeHighFee = 256;

    /// <summary>True for <see cref="TransactionOutcome.Accepted"/>.</summary>
    public bool IsAccepted => Outcome == TransactionOutcome.Accepted;

    internal static TransactionSubmission Accepted { get; } = new(TransactionOutcome.Accepted);

    internal static TransactionSubmission Invalid(string reason) => new(TransactionOutcome.Invalid, CodeInvalid, reason);

    internal static TransactionSubmission NotRelayed(int code, string reason) => new(TransactionOutcome.NotRelayed, code, reason);
}
