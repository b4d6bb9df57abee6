namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>How building a transaction ended.</summary>
public enum BuildStatus
{
    /// <summary>There is a transaction.</summary>
    Built = 0,

    /// <summary>The outputs that may be spent are not worth enough.</summary>
    NotEnough = 1,

    /// <summary>There is enough, but only on chains of unconfirmed transactions that are as long as nodes take; wait for a block.</summary>
    ChainTooLong = 2,

    /// <summary>The comment is longer than nodes relay.</summary>
    FloDataTooLong = 3,

    /// <summary>A payment is worth less than nodes relay.</summary>
    Dust = 4,

    /// <summary>The fee would exceed <see cref="SpendingPolicy.MaxFee"/>.</summary>
    FeeTooHigh = 5,

    /// <summary>An output that was asked for is not among those offered, is no coin of this key, or is not mature.</summary>
    NotSpendable = 6,
}

/// <summary>A signed transaction and what it does to the wallet.</summary>
/// <param name="Transaction">Ready to be sent.</param>
/// <param name="Fee">Satoshi.</param>
/// <param name="Spent">The wallet's outputs it spends.</param>
/// <param name="Created">The wallet's outputs it makes.</param>
public sealed record BuiltTransaction(FloTransaction Transaction, long Fee, IReadOnlyList<WalletOutput> Spent, IReadOnlyList<WalletOutput> Created)
{
    public Hash256 Txid => Transaction.Txid;

    public string Hex => Transaction.ToHex();

    /// <summary>The wallet after this transaction: spent outputs gone, created ones there.</summary>
    public IReadOnlyList<WalletOutput> ApplyTo(IEnumerable<WalletOutput> outputs)
    {
        var gone = Spent.Select(o => o.OutPoint).ToHashSet();
        return [.. outputs.Where(o => !gone.Contains(o.OutPoint)), .. Created];
    }
}

/// <summary>A transaction, or why there is none.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Transaction">Set when <see cref="BuildStatus.Built"/>.</param>
/// <param name="Needed">Satoshi that would have been needed.</param>
/// <param name="Available">Satoshi that may be spent now.</param>
public sealed record BuildOutcome(BuildStatus Status, BuiltTransaction? Transaction, long Needed, long Available);
