namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>Fees and limits a transaction is built by. floData bytes count in the size fees are paid for.</summary>
public sealed record SpendingPolicy
{
    /// <summary>What current FLO nodes relay and mine.</summary>
    public static SpendingPolicy Default { get; } = new();

    /// <summary>Nodes before 2019: chains of 25. Before 0.15 the comment was limited to 528 bytes as well.</summary>
    public static SpendingPolicy Before2019 { get; } = new() { MaxAncestors = 25, MaxFamilyBytes = 101_000 };

    /// <summary>Satoshi for 1000 virtual bytes. 20,000 is the reference wallet's fallback, twenty times what nodes relay at least.</summary>
    public long FeePerKilobyte { get; init; } = 20_000;

    /// <summary>No transaction pays more: 0.1 FLO, the most nodes take without being told to.</summary>
    public long MaxFee { get; init; } = Money.Coin / 10;

    /// <summary>Satoshi for 1000 bytes that dust is measured with.</summary>
    public long DustFeePerKilobyte { get; init; } = 3000;

    /// <summary>floData bytes in one transaction.</summary>
    public int MaxFloDataBytes { get; init; } = FloTransaction.MaxRelayedFloData;

    /// <summary>Unconfirmed transactions in one chain. Nodes take 1250; 1200 leaves room for what others build on our outputs.</summary>
    public int MaxAncestors { get; init; } = 1200;

    /// <summary>Virtual bytes in one chain of unconfirmed transactions. Nodes take 1,750,000.</summary>
    public long MaxFamilyBytes { get; init; } = 1_700_000;

    /// <summary>Inputs of one transaction; 200 of them have about 30 kB.</summary>
    public int MaxInputs { get; init; } = 200;

    /// <summary>Coins a publisher should have, so that records between two blocks form that many short chains and not a long one; a publication that finds fewer makes more.</summary>
    public int Lanes { get; init; } = 10;

    /// <summary>Satoshi a coin needs to count as a lane: 0.1 FLO pay for some 380 full comments.</summary>
    public long LeastLane { get; init; } = Money.Coin / 10;

    /// <summary>Fee for a number of virtual bytes, rounded up.</summary>
    public long FeeFor(int virtualBytes) => ((virtualBytes * FeePerKilobyte) + 999) / 1000;

    /// <summary>Smallest value nodes relay for an output with this script.</summary>
    public long DustFor(ReadOnlySpan<byte> script) => DevChain.RelayPolicy.DustThreshold(script, DustFeePerKilobyte);
}
