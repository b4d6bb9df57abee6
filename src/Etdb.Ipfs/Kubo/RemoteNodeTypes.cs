using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Kubo;

/// <summary>What a probe found; not reachable leaves the rest empty.</summary>
public sealed record RemoteProbe(bool Reachable, string? Agent, NodeSoftware Software, string? RepositoryId, long CapacityBytes, long UsedBytes, string? Problem);

/// <summary>How bytes came to a node.</summary>
public enum TransferRoute
{
    /// <summary>Nothing had to move.</summary>
    None = 0,

    /// <summary>Node to node by bitswap.</summary>
    Peer = 1,

    /// <summary>Node to node, from the source's trustless gateway.</summary>
    Gateway = 2,

    /// <summary>Through us: read from a source, hashed, put onto the node.</summary>
    Relay = 3,
}

/// <summary>How a pin ended and what it moved.</summary>
public sealed record RemotePinResult(KuboOutcome Outcome, long BlocksMoved, long BytesMoved, TransferRoute Route, string? Detail);
