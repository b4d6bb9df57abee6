namespace Etdb.Ledger.Flo;

/// <summary>Amounts in satoshi.</summary>
public static class Money
{
    /// <summary>Satoshi in one FLO.</summary>
    public const long Coin = 100_000_000;

    /// <summary>More FLO than will ever be: 160 million.</summary>
    public const long Max = 160_000_000 * Coin;

    /// <summary>True for 0 to <see cref="Max"/>.</summary>
    public static bool InRange(long satoshi) => satoshi is >= 0 and <= Max;

    /// <summary>FLO with eight decimals, exact.</summary>
    public static decimal ToFlo(long satoshi) => decimal.Round(satoshi / 100_000_000m, 8) + 0.00000000m;

    /// <summary>Satoshi of an amount in FLO; throws <see cref="FormatException"/> when it has more than eight decimals or is out of range.</summary>
    public static long FromFlo(decimal flo)
    {
        var satoshi = flo is >= -160_000_000 and <= 160_000_000 ? flo * Coin : throw new FormatException("The amount is out of range.");
        return decimal.Truncate(satoshi) == satoshi ? (long)satoshi : throw new FormatException("FLO has eight decimals.");
    }
}
