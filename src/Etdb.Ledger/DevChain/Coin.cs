namespace Etdb.Ledger.DevChain;

/// <summary>An unspent output and where it comes from.</summary>
/// <param name="Output">Value and script.</param>
/// <param name="Height">Height of its block; <see cref="InMempool"/> when unconfirmed.</param>
/// <param name="Coinbase">Coinbase outputs are spendable after <see cref="CoinbaseMaturity"/> blocks.</param>
public readonly record struct Coin(TransactionOutput Output, int Height, bool Coinbase)
{
    /// <summary>Blocks on top of a coinbase before it may be spent.</summary>
    public const int CoinbaseMaturity = 100;

    /// <summary>Height of what is in no block yet.</summary>
    public const int InMempool = int.MaxValue;

    /// <summary>True when a transaction in a block at <paramref name="height"/> may spend it.</summary>
    public bool IsMatureAt(int height) => !Coinbase || height - Height >= CoinbaseMaturity;
}
