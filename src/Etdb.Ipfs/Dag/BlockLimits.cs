namespace Etdb.Ipfs.Dag;

/// <summary>Sizes that every part of the library keeps to.</summary>
public static class BlockLimits
{
    /// <summary>Largest block that is read, in bytes: twice the 2 MiB that bitswap carries, because old importers wrote somewhat larger ones.</summary>
    public const int MaxReadBytes = 4 << 20;

    /// <summary>Largest block that is written, in bytes: what bitswap carries.</summary>
    public const int MaxWriteBytes = 2 << 20;

    /// <summary>Most links of one block: the smallest dag-pb link (an identity CID of 4 bytes) takes 8 bytes.</summary>
    public const int MaxLinks = MaxReadBytes / 8;
}
