using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.UnixFs;

/// <summary>A finished sub-DAG: its root, the file bytes in it (0 for directories) and the summed length of its blocks (Tsize).</summary>
public readonly record struct DagPart(Cid Cid, ulong FileBytes, ulong TotalBytes);
