using System.Net;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.Node;

/// <summary>How an embedded node runs. Sizes are bytes.</summary>
public sealed record EmbeddedNodeOptions
{
    /// <summary>Folder of the node: identity key, and below <c>store/</c> its repository.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Whether to go on when the store's folder is empty or holds another repository than this node had there. Else that is refused, since the disk is
    /// probably not mounted. <value>Default: false.</value>
    /// </summary>
    public bool AcceptOtherStore { get; init; }

    /// <summary>Address the RPC listens on. Others than loopback need <see cref="Authorizations"/>. <value>Default: 127.0.0.1.</value></summary>
    public IPAddress ApiAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Port of the RPC; 0 takes a free one. <value>Default: 0.</value></summary>
    public int ApiPort { get; init; }

    /// <summary>Address the trustless gateway listens on, for other nodes. <value>Default: 127.0.0.1.</value></summary>
    public IPAddress GatewayAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Port of the gateway; 0 takes a free one. <value>Default: 0.</value></summary>
    public int GatewayPort { get; init; }

    /// <summary>Most bytes of blocks; 0 means what the disk has. <value>Default: 0.</value></summary>
    public long CapacityBytes { get; init; }

    /// <summary>Free bytes of the disk that are never used. <value>Default: 256 MiB.</value></summary>
    public long ReserveBytes { get; init; } = 256L << 20;

    /// <summary>Size at which a file of blocks is closed. <value>Default: 256 MiB.</value></summary>
    public long SegmentBytes { get; init; } = 256L << 20;

    /// <summary>Gateways of other nodes that are asked for blocks this node has not got. <value>Default: none.</value></summary>
    public IReadOnlyList<Uri> Peers { get; init; } = [];

    /// <summary>Who may call what of the RPC; empty means that everyone who reaches the port may call everything. <value>Default: empty.</value></summary>
    public IReadOnlyList<RpcAuthorization> Authorizations { get; init; } = [];

    /// <summary>Silence after which a peer's answer is given up. <value>Default: 20 s.</value></summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Blocks that are asked for at the same time by one pin. <value>Default: 16.</value></summary>
    public int FetchParallel { get; init; } = 16;

    /// <summary>Threads that hash what is added; 0 is one for each processor. <value>Default: 0.</value></summary>
    public int ImportWorkers { get; init; }

    /// <summary>Most bytes a second that the scrub in the background reads; 0 runs none. <value>Default: 0.</value></summary>
    public long ScrubBytesPerSecond { get; init; }

    /// <summary>Pause between two scrubs of the whole store. <value>Default: 1 day.</value></summary>
    public TimeSpan ScrubPause { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Limits of the DAGs it takes. <value>Default: those of the library.</value></summary>
    public DagLimits Limits { get; init; } = new();

    /// <summary>Clock. <value>Default: the system's.</value></summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>One secret and the paths of the RPC it opens, as Kubo's <c>API.Authorizations</c> has it.</summary>
/// <param name="Name">Names the caller in logs.</param>
/// <param name="Secret"><c>bearer:TOKEN</c> or <c>basic:USER:PASSWORD</c>.</param>
/// <param name="AllowedPaths">Prefixes such as <c>/api/v0/pin/ls</c>; <c>/api/v0</c> opens everything.</param>
public sealed record RpcAuthorization(string Name, string Secret, IReadOnlyList<string> AllowedPaths)
{
    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"{Name}: {string.Join(", ", AllowedPaths)}";
}
