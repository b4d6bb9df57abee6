using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.Publishing.Pipeline;

/// <summary>The transactions of a publication cannot be built. Nothing was sent.</summary>
public sealed class PublishingException : Exception
{
    public PublishingException()
    {
    }

    public PublishingException(string message)
        : base(message)
    {
    }

    public PublishingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public PublishingException(BuildStatus status, string message)
        : base(message) => Status = status;

    /// <summary>What lacks.</summary>
    public BuildStatus Status { get; }

    /// <summary>Says what lacks and what to do.</summary>
    public static PublishingException For(BuildOutcome outcome, string address)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return new PublishingException(outcome.Status, outcome.Status switch
        {
            BuildStatus.NotEnough => $"the address {address} has {Money.ToFlo(outcome.Available)} FLO to spend, {Money.ToFlo(outcome.Needed)} FLO are needed. Send some FLO to it and try again.",
            BuildStatus.ChainTooLong => "too many transactions of this address wait for a block; try again after the next block.",
            BuildStatus.FeeTooHigh => "the fee would be above 0.1 FLO, which nodes do not take; ask for a lower fee rate.",
            _ => $"the transaction could not be built: {outcome.Status}.",
        });
    }
}
