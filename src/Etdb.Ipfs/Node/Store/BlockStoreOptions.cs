namespace Etdb.Ipfs.Node.Store;

/// <summary>How a block store uses its folder. All sizes are bytes.</summary>
public sealed record BlockStoreOptions
{
    /// <summary>Largest block that is kept: 4 MiB, twice the largest that IPFS nodes exchange (bitswap's limit is 2 MiB).</summary>
    public const int MaxBlockBytes = 4 << 20;

    /// <summary>Most bytes of records the store may hold; 0 means no limit but the disk's. <value>Default: 0.</value></summary>
    public long CapacityBytes { get; init; }

    /// <summary>Free bytes of the file system that are never used, so that the machine can still work. <value>Default: 256 MiB.</value></summary>
    public long ReserveBytes { get; init; } = 256L << 20;

    /// <summary>Size at which a segment file is closed and the next begun. <value>Default: 256 MiB.</value></summary>
    public long SegmentBytes { get; init; } = 256L << 20;

    /// <summary>Whether every read hashes what it returns. Off only where the caller hashes anyway. <value>Default: true.</value></summary>
    public bool HashOnRead { get; init; } = true;

    /// <summary>Clock for times of findings. <value>Default: the system's.</value></summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Faults to inject into writing, for tests; null in production.</summary>
    internal IStoreFaults? Faults { get; init; }
}

/// <summary>Lets a test play a failing disk.</summary>
internal interface IStoreFaults
{
    /// <summary>Called before <paramref name="bytes"/> are written; may throw <see cref="IOException"/>.</summary>
    void BeforeWrite(long bytes);
}
