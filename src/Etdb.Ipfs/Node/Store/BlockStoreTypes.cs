namespace Etdb.Ipfs.Node.Store;

/// <summary>What became of a block that was given to the store.</summary>
public enum PutOutcome
{
    /// <summary>It is on disk now, synchronised.</summary>
    Stored = 0,

    /// <summary>It was on disk already, synchronised.</summary>
    Present = 1,

    /// <summary>There is no room for it within capacity and reserve. Nothing was written.</summary>
    NoRoom = 2,

    /// <summary>Its bytes do not match the key. Nothing was written.</summary>
    Mismatch = 3,

    /// <summary>It is larger than <see cref="BlockStoreOptions.MaxBlockBytes"/>. Nothing was written.</summary>
    TooLarge = 4,
}

/// <summary>How a read ended.</summary>
public enum ReadStatus
{
    /// <summary>The bytes are here and match the key.</summary>
    Found = 0,

    /// <summary>The store does not hold the block.</summary>
    NotFound = 1,

    /// <summary>The store held the block but its bytes are wrong; it is quarantined until a good copy is put.</summary>
    Corrupt = 2,

    /// <summary>The disk gave an error; nothing is known about the block.</summary>
    Failed = 3,
}

/// <summary>The answer of a read.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Data">The bytes when <see cref="ReadStatus.Found"/>, else empty.</param>
/// <param name="Detail">The disk's error when <see cref="ReadStatus.Failed"/>.</param>
public readonly record struct BlockRead(ReadStatus Status, ReadOnlyMemory<byte> Data, string? Detail = null)
{
    /// <summary>True when the bytes are here.</summary>
    public bool Found => Status == ReadStatus.Found;
}

/// <summary>Size of a store.</summary>
/// <param name="Blocks">Readable blocks.</param>
/// <param name="Bytes">Bytes on disk of their records.</param>
/// <param name="CapacityBytes">Most bytes it may hold, by option and by what the disk has free; at least <paramref name="Bytes"/>.</param>
/// <param name="Quarantined">Blocks found corrupt and not replaced yet.</param>
/// <param name="Segments">Segment files.</param>
public sealed record BlockStoreStat(long Blocks, long Bytes, long CapacityBytes, int Quarantined, int Segments);

/// <summary>What a scrub has read so far.</summary>
/// <param name="Blocks">Blocks read and hashed.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Corrupt">Keys whose bytes were wrong (at most 10,000 named).</param>
/// <param name="Missing">Keys the index named and the disk did not have (at most 10,000 named).</param>
/// <param name="Failed">Reads the disk refused.</param>
public sealed record ScrubReport(long Blocks, long Bytes, IReadOnlyList<BlockKey> Corrupt, IReadOnlyList<BlockKey> Missing, long Failed)
{
    /// <summary>Most keys that are named in each list.</summary>
    public const int NamedLimit = 10_000;

    /// <summary>True when every block was read and was right.</summary>
    public bool Clean => Corrupt.Count == 0 && Missing.Count == 0 && Failed == 0;
}

/// <summary>The store is closed, lost its folder, or its disk refuses to write.</summary>
public sealed class BlockStoreException : IOException
{
    public BlockStoreException()
    {
    }

    public BlockStoreException(string message)
        : base(message)
    {
    }

    public BlockStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
