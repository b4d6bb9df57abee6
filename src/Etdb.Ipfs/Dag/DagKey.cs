using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>
/// What a walk remembers of a link: the bytes by their hash, and the codec they are read with, since that decides what lies below. By the hash alone a raw
/// link to the bytes of a dag-pb block would hide everything below the dag-pb link beside it. Version 0 and version 1 of a CID have the same key.
/// </summary>
internal readonly record struct DagKey(Multihash Hash, ulong Codec)
{
    public static DagKey Of(Cid cid) => new(cid.Hash, cid.Codec);
}
