using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node.Pins;

/// <summary>How much a pin keeps.</summary>
public enum PinKind
{
    /// <summary>The block alone.</summary>
    Direct = 0,

    /// <summary>The block and everything below it.</summary>
    Recursive = 1,
}

/// <summary>One pin: what is kept, how much of it, and the name it was given.</summary>
public readonly record struct Pin(Cid Cid, PinKind Kind, string? Name);

/// <summary>What a pin is filed under: version 0 and version 1 of a CID are the same pin.</summary>
internal readonly record struct PinKey(BlockKey Block, ulong Codec)
{
    /// <summary>False for CIDs that are not named by sha2-256: there is nothing to keep for them.</summary>
    public static bool TryFrom(Cid cid, out PinKey key)
    {
        var possible = BlockKeys.TryFrom(cid, out var block);
        key = possible ? new PinKey(block, cid.Codec) : default;
        return possible;
    }

    /// <summary>The CID in the version it was pinned in.</summary>
    public Cid ToCid(int version)
    {
        var v1 = Cid.V1(Codec, BlockKeys.ToMultihash(Block));
        return version == 0 && v1.TryToV0(out var v0) ? v0 : v1;
    }
}
