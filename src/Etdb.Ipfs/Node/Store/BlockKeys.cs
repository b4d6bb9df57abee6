using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Node.Store;

/// <summary>Between CIDs and the store's keys.</summary>
public static class BlockKeys
{
    private const int Sha256Prefix = 2; // code 0x12, length 0x20

    /// <summary>The key of a block named by sha2-256; false for every other hash function.</summary>
    public static bool TryFrom(Cid cid, out BlockKey key)
    {
        var bytes = cid.IsDefined ? cid.Hash.Bytes : default;
        var possible = bytes.Length == Sha256Prefix + BlockKey.Size && bytes[0] == Multicodec.Sha2X256 && bytes[1] == BlockKey.Size;
        key = possible ? new BlockKey(bytes[Sha256Prefix..]) : default;
        return possible;
    }

    /// <summary>The multihash of a key.</summary>
    public static Multihash ToMultihash(BlockKey key)
    {
        var bytes = new byte[Sha256Prefix + BlockKey.Size];
        bytes[0] = (byte)Multicodec.Sha2X256;
        bytes[1] = BlockKey.Size;
        key.CopyTo(bytes.AsSpan(Sha256Prefix));
        return new Multihash(bytes);
    }

    /// <summary>A version 1 CID with codec raw: how a store names a block whose codec it does not know (as Kubo's <c>refs/local</c> does).</summary>
    public static Cid ToRawCid(BlockKey key) => Cid.V1(Multicodec.Raw, ToMultihash(key));
}
