namespace Etdb.Ipfs.UnixFs;

/// <summary>How the size of a directory is measured against <see cref="ImportProfile.ShardAboveBytes"/>.</summary>
public enum DirectorySizing
{
    /// <summary>Sum of the lengths of names and CIDs (Kubo before 0.40).</summary>
    Links,

    /// <summary>Length of the whole block.</summary>
    Block,
}

/// <summary>
/// Everything that decides which CID the same bytes get. The two named profiles are those of IPIP-499 and give the CIDs of Kubo with the profile of
/// that name; any field can be changed by <c>with</c>. Source: specs.ipfs.tech/ipips/ipip-0499.
/// </summary>
public sealed record ImportProfile
{
    /// <summary>Smallest and largest chunk, in bytes; the largest leaves room for a dag-pb header in a block that bitswap carries.</summary>
    public const int MinChunkBytes = 1;

    /// <inheritdoc cref="MinChunkBytes"/>
    public const int MaxChunkBytes = (2 << 20) - 256;

    /// <summary>Most links of a file node.</summary>
    public const int MaxFileLinks = 8192;

    /// <summary>CID version 0, dag-pb leaves of 256 KiB, 174 links: what Kubo and js-ipfs always did by default.</summary>
    public static ImportProfile V0Of2015 { get; } = new() { Name = "unixfs-v0-2015" };

    /// <summary>CID version 1, raw leaves of 1 MiB, 1024 links.</summary>
    public static ImportProfile V1Of2025 { get; } = new()
    {
        Name = "unixfs-v1-2025",
        CidVersion = 1,
        RawLeaves = true,
        ChunkBytes = 1 << 20,
        FileLinks = 1024,
        Sizing = DirectorySizing.Block,
    };

    /// <summary>Name for people; not part of what decides the CID.</summary>
    public string Name { get; init; } = "custom";

    /// <summary>0 or 1.</summary>
    public int CidVersion { get; init; }

    /// <summary>Leaves are the bare bytes (always CID version 1) and not dag-pb nodes around them.</summary>
    public bool RawLeaves { get; init; }

    /// <summary>Bytes of every chunk but the last.</summary>
    public int ChunkBytes { get; init; } = 256 << 10;

    /// <summary>Most links of a file node in the balanced layout.</summary>
    public int FileLinks { get; init; } = 174;

    /// <summary>How a directory is measured.</summary>
    public DirectorySizing Sizing { get; init; } = DirectorySizing.Links;

    /// <summary>A directory of more than this is written as a HAMT, in bytes.</summary>
    public int ShardAboveBytes { get; init; } = 256 << 10;

    /// <summary>Slots of a HAMT node: a power of two from 8 to 1024.</summary>
    public int ShardFanout { get; init; } = 256;

    /// <summary>The profile of that name, or null.</summary>
    public static ImportProfile? ByName(string name) => name switch
    {
        "unixfs-v0-2015" or "legacy-cid-v0" => V0Of2015,
        "unixfs-v1-2025" => V1Of2025,
        _ => null,
    };

    /// <summary>
    /// The same profile with <paramref name="chunker"/> (<c>size-N</c>). Content-defined chunkers (rabin, buzhash) are refused when writing; files made
    /// by them are read like any other.
    /// </summary>
    /// <exception cref="FormatException">Another chunker, or a size that cannot be.</exception>
    public ImportProfile WithChunker(string chunker)
    {
        ArgumentNullException.ThrowIfNull(chunker);
        const string Prefix = "size-";
        if (!chunker.StartsWith(Prefix, StringComparison.Ordinal))
        {
            throw new FormatException($"Chunker '{chunker}' cannot be used for writing; 'size-N' can, with N bytes of {MinChunkBytes} to {MaxChunkBytes}.");
        }

        var digits = chunker.AsSpan(Prefix.Length);
        var isNumber = int.TryParse(digits, System.Globalization.NumberStyles.None, null, out var bytes);
        return isNumber && bytes is >= MinChunkBytes and <= MaxChunkBytes
            ? this with { ChunkBytes = bytes }
            : throw new FormatException($"Chunker '{chunker}': the size must be a number of bytes from {MinChunkBytes} to {MaxChunkBytes}.");
    }

    /// <summary>What is wrong with the combination, or null.</summary>
    public string? Problem() => this switch
    {
        { CidVersion: not (0 or 1) } => $"CID version {CidVersion}: 0 and 1 are possible",
        { ChunkBytes: < MinChunkBytes or > MaxChunkBytes } => $"chunks of {ChunkBytes} bytes: {MinChunkBytes} to {MaxChunkBytes} are possible",
        { FileLinks: < 2 or > MaxFileLinks } => $"{FileLinks} links of a file node: 2 to {MaxFileLinks} are possible",
        { ShardFanout: < 8 or > UnixFsData.MaxFanout } => $"a HAMT of {ShardFanout} slots: 8 to {UnixFsData.MaxFanout} are possible",
        _ when !System.Numerics.BitOperations.IsPow2(ShardFanout) => $"a HAMT of {ShardFanout} slots: only powers of two are possible",
        { ShardAboveBytes: < 0 or > 1 << 20 } => $"sharding above {ShardAboveBytes} bytes: 0 to 1048576 are possible",
        _ => null,
    };
}
