using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Kubo;

/// <summary>Where a node's RPC answers and what opens it.</summary>
/// <param name="Api">Base of the RPC, e.g. <c>http://127.0.0.1:5001</c> (https too).</param>
/// <param name="Gateway">Base of its trustless gateway for other nodes to fetch from; null when it has none.</param>
/// <param name="Authorization">Value of the Authorization header, e.g. <c>Bearer …</c>; null when none is needed.</param>
public sealed record KuboEndpoint(Uri Api, Uri? Gateway, string? Authorization)
{
    /// <summary>Never shows the secret.</summary>
    public override string ToString() => Api.GetLeftPart(UriPartial.Authority);
}

/// <summary>How a call ended. The order is of no meaning.</summary>
public enum KuboOutcome
{
    /// <summary>It did what was asked.</summary>
    Done = 0,

    /// <summary>The node says it has not got the block.</summary>
    NotFound = 1,

    /// <summary>The CID is not pinned in the way asked.</summary>
    NotPinned = 2,

    /// <summary>No source had a block.</summary>
    NoProviders = 3,

    /// <summary>No progress within the limit: a slow disk, a reprovide, a waiting garbage collection. Says nothing about what is there.</summary>
    Stalled = 4,

    /// <summary>The node has no room.</summary>
    DiskFull = 5,

    /// <summary>The node did not answer, or broke off.</summary>
    Unreachable = 6,

    /// <summary>The node refused the credentials or the path.</summary>
    Unauthorized = 7,

    /// <summary>The node does not know the call (404).</summary>
    Unsupported = 8,

    /// <summary>The node says the block's bytes are wrong on its disk.</summary>
    Corrupt = 9,

    /// <summary>The content or the argument can never do: malformed, unsupported, above a limit.</summary>
    BadContent = 10,

    /// <summary>The node answered with an error of its own, or with something that is no answer.</summary>
    NodeError = 11,
}

/// <summary>The answer of a call: a value when <see cref="KuboOutcome.Done"/>, else why not.</summary>
public readonly record struct KuboAnswer<T>(KuboOutcome Outcome, T? Value, string? Detail)
{
    /// <summary>True when there is a value.</summary>
    public bool Done => Outcome == KuboOutcome.Done;
}

/// <summary>What software answers.</summary>
public enum NodeSoftware
{
    /// <summary>Something else that speaks the RPC; treated as Kubo.</summary>
    Other = 0,

    /// <summary>Kubo, or go-ipfs as it was called.</summary>
    Kubo = 1,

    /// <summary>js-ipfs, which ignores <c>offline</c>, <c>progress</c> and <c>cid-codec</c>.</summary>
    JsIpfs = 2,

    /// <summary>The embedded node of this library.</summary>
    Embedded = 3,
}

/// <summary>Who a node is.</summary>
/// <param name="PeerId">Its peer id.</param>
/// <param name="Agent">Its agent version, e.g. <c>kubo/0.42.0</c>.</param>
/// <param name="Software">What that says it is.</param>
/// <param name="Addresses">Multiaddrs it can be dialled at.</param>
/// <param name="RepositoryId">Id of the repository, where it tells (the embedded node); else null.</param>
public sealed record KuboIdentity(string PeerId, string Agent, NodeSoftware Software, IReadOnlyList<string> Addresses, string? RepositoryId);

/// <summary>Size of a node's repository in bytes; 0 where it does not say.</summary>
public sealed record KuboRepoStat(long UsedBytes, long CapacityBytes, long Blocks, string? RepositoryId);

/// <summary>One line of a pin listing.</summary>
public readonly record struct KuboPin(Cid Cid, string Type, string? Name);

/// <summary>How far a pin has come on the node; both 0 where it does not say.</summary>
public readonly record struct KuboPinProgress(long Blocks, long Bytes, long BlocksMoved, long BytesMoved);

/// <summary>A stream of answers broke off: what came before proves nothing about what did not come.</summary>
public sealed class KuboException : Exception
{
    public KuboException()
    {
    }

    public KuboException(string message)
        : base(message)
    {
    }

    public KuboException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>How the call ended.</summary>
    public KuboException(KuboOutcome outcome, string message)
        : base(message) => Outcome = outcome;

    /// <summary>How the call ended.</summary>
    public KuboOutcome Outcome { get; } = KuboOutcome.NodeError;
}

/// <summary>Time limits and sizes of calls.</summary>
public sealed record KuboClientOptions
{
    /// <summary>Silence after which a call is given up. <value>Default: 30 s.</value></summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence after which a pin is given up; ipfs-cluster's default is 2 minutes. <value>Default: 2 min.</value></summary>
    public TimeSpan PinStallLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Longest line of a streamed answer, in bytes. <value>Default: 1 MiB.</value></summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>Clock. <value>Default: the system's.</value></summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
