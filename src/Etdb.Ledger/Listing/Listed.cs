namespace Etdb.Ledger.Listing;

/// <summary>Something of the ledger that is listed, newest first: by <see cref="Time"/> falling, then by <see cref="Txid"/> rising.</summary>
public abstract record Listed
{
    /// <summary>Header time of its block, Unix seconds.</summary>
    public abstract long Time { get; }

    /// <summary>Its transaction, lower-case hex.</summary>
    public abstract string Txid { get; }

    /// <summary>It as one JSON object, UTF-8, as oipd's readers know it.</summary>
    public abstract ReadOnlyMemory<byte> ToJson();

    /// <summary>Order of lists.</summary>
    public static int Compare(Listed a, Listed b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var order = b.Time.CompareTo(a.Time);
        return order != 0 ? order : string.CompareOrdinal(a.Txid, b.Txid);
    }
}
