namespace Etdb.Ledger.DevChain;

/// <summary>How a development chain behaves.</summary>
public sealed record DevelopmentChainOptions
{
    /// <summary>Its rules. <see cref="FloNetwork.Regtest"/> makes a chain that flod and fcoin accept.</summary>
    public FloNetwork Network { get; init; } = FloNetwork.Development;

    /// <summary>Folder for its log; null keeps everything in memory.</summary>
    public string? DataFolder { get; init; }

    /// <summary>A branch that disconnects this many blocks or more is refused, as FLO nodes do; 0 takes any. Default: the network's.</summary>
    public int? LargestReorganisation { get; init; }

    /// <summary>What its mempool takes.</summary>
    public MempoolLimits Mempool { get; init; } = new();
}

/// <summary>FLO's relay policy (flo <c>policy.h</c>, <c>validation.h</c>).</summary>
public sealed record MempoolLimits
{
    /// <summary>floData bytes: 1040 since 0.15, 528 before.</summary>
    public int FloDataBytes { get; init; } = FloTransaction.MaxRelayedFloData;

    /// <summary>Satoshi for 1000 virtual bytes.</summary>
    public long RelayFeePerKilobyte { get; init; } = 1000;

    /// <summary>Satoshi for 1000 bytes that spending an output must not cost more than a third of: 546 for P2PKH.</summary>
    public long DustFeePerKilobyte { get; init; } = 3000;

    /// <summary>Largest fee taken without being told to: 0.1 FLO.</summary>
    public long AbsurdFee { get; init; } = Money.Coin / 10;

    /// <summary>Unconfirmed ancestors of a transaction, itself included. 25 before 2019.</summary>
    public int Ancestors { get; init; } = 1250;

    /// <summary>Unconfirmed descendants of a transaction, itself included.</summary>
    public int Descendants { get; init; } = 1250;

    /// <summary>Virtual bytes of a transaction and its unconfirmed relatives on one side.</summary>
    public long FamilyBytes { get; init; } = 1_750_000;

    /// <summary>Weight of one transaction.</summary>
    public int TransactionWeight { get; init; } = 400_000;

    /// <summary>How long a transaction waits for a block: 336 hours.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromHours(336);

    /// <summary>Virtual bytes of all waiting transactions (300 MB in nodes; less here, for tests and demonstrations).</summary>
    public long TotalBytes { get; init; } = 64 << 20;

    /// <summary>Transactions a replacement may put out (BIP 125).</summary>
    public int Replaced { get; init; } = 100;
}
