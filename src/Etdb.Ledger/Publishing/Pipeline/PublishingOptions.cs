using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.Publishing.Pipeline;

/// <summary>How long a publication is waited for and what is paid for it.</summary>
public sealed record PublishingOptions
{
    /// <summary>Fees and limits of transactions.</summary>
    public SpendingPolicy Policy { get; init; } = SpendingPolicy.Default;

    /// <summary>Confirmations after which nothing takes it back: FLO nodes refuse reorganisations of 100 blocks.</summary>
    public int FinalConfirmations { get; init; } = 100;

    /// <summary>Wait for a first confirmation before more is paid. 20 minutes are 30 blocks.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Each raise multiplies the fee rate by this.</summary>
    public int FeeStep { get; init; } = 2;

    /// <summary>Raises of the fee, by new issues and by children together: 6 times the double is 64 times the first rate.</summary>
    public int MostRaises { get; init; } = 6;
}
