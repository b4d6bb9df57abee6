namespace Etdb.Ledger.DevChain;

/// <summary>A block's place in the tree of all blocks known.</summary>
public sealed class ChainEntry
{
    internal ChainEntry(FloBlockHeader header, ChainEntry? parent, int transactions, int size, long order)
    {
        Header = header;
        Parent = parent;
        Height = parent is null ? 0 : parent.Height + 1;
        Work = (parent?.Work ?? default) + CompactTarget.Work(header.Bits);
        Transactions = transactions;
        Size = size;
        Order = order;
    }

    public FloBlockHeader Header { get; }

    public Hash256 Hash => Header.Hash;

    /// <summary>Null for the genesis block.</summary>
    public ChainEntry? Parent { get; }

    public int Height { get; }

    /// <summary>Expected hashes up to and including this block.</summary>
    public UInt256 Work { get; }

    public int Transactions { get; }

    /// <summary>Bytes of the block.</summary>
    public int Size { get; }

    internal long LogPosition { get; set; }

    /// <summary>Order of arrival: of two equal branches the first stays.</summary>
    internal long Order { get; }

    /// <summary>Found invalid, or invalidated by hand. Written under the chain's lock.</summary>
    internal bool Invalid { get; set; }

    /// <summary>Coins the block spent, while it is on the best chain.</summary>
    internal IReadOnlyList<(OutPoint OutPoint, Coin Coin)>? Undo { get; set; }

    /// <summary>Median of the last 11 header times (BIP 113).</summary>
    public uint MedianTime()
    {
        var times = new List<uint>(11);
        for (var entry = this; entry is not null && times.Count < 11; entry = entry.Parent)
        {
            times.Add(entry.Header.Time);
        }

        times.Sort();
        return times[times.Count / 2];
    }

    /// <summary>The ancestor at a height, or this entry itself.</summary>
    internal ChainEntry At(int height)
    {
        var entry = this;
        while (entry.Height > height)
        {
            entry = entry.Parent!;
        }

        return entry;
    }
}
