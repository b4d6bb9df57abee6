using Etdb.Domain.Content;
using Etdb.Domain.Replication;

namespace Etdb.Grains.Ports;

/// <summary>
/// One member's IPFS node as the cluster sees it. Implementations (Kubo by RPC, the embedded node, simulated nodes) keep every
/// trap of their protocol to themselves: a stall is <c>Unknown</c>, never <c>Missing</c>; bytes are hashed on our side; nothing throws
/// for an expected failure (only <see cref="OperationCanceledException"/> escapes).
/// </summary>
public interface IArchiveNode
{
    /// <summary>Asks who it is, how much room it has and whether our sentinel is still there.</summary>
    Task<NodeProbe> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Streams every recursive pin in one listing, in no particular order. Throws <see cref="NodeUnavailableException"/> when the
    /// listing cannot be finished: a partial listing proves nothing about what it did not name.</summary>
    IAsyncEnumerable<ContentId> ListPinsAsync(CancellationToken cancellationToken);

    /// <summary>Brings the whole DAG under <see cref="PinRequest.Root"/> to the node and pins it. Idempotent; never re-pins what is pinned.</summary>
    Task<PinResult> PinAsync(PinRequest request, IProgress<PinProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Removes the pin; "was not pinned" is success.</summary>
    Task<NodeOutcome> UnpinAsync(ContentId root, CancellationToken cancellationToken);

    /// <summary>Reads blocks from this node only (offline) and hashes them here.</summary>
    Task<ReplicaCheck> VerifyAsync(VerifyRequest request, CancellationToken cancellationToken);

    /// <summary>Puts good copies of the named blocks, taken from <see cref="HealRequest.Sources"/>, onto the node.</summary>
    Task<HealResult> HealAsync(HealRequest request, CancellationToken cancellationToken);
}

/// <summary>Opens nodes by their endpoint. Cheap; connections are pooled behind it.</summary>
public interface IArchiveNodeConnector
{
    /// <summary>The node at <paramref name="endpoint"/>; no call is made yet.</summary>
    IArchiveNode Connect(NodeEndpoint endpoint);
}

/// <summary>Where a node answers.</summary>
/// <param name="Node">Whose endpoint it is.</param>
/// <param name="Rpc">Base of the Kubo-style RPC, e.g. <c>http://127.0.0.1:5001</c>.</param>
/// <param name="Gateway">Base of its trustless gateway, for other nodes to fetch from; null when it has none.</param>
/// <param name="Authorization">Its credential, sealed by the host and opened only where the node is called; null when none is needed.</param>
[GenerateSerializer, Immutable, Alias("etdb.node-endpoint")]
public sealed record NodeEndpoint(
    [property: Id(0)] NodeId Node,
    [property: Id(1)] string Rpc,
    [property: Id(2)] string? Gateway,
    [property: Id(3)] string? Authorization);

/// <summary>What a probe found. <see cref="Reachable"/> false leaves the rest empty.</summary>
/// <param name="Reachable">The node answered the identity call.</param>
/// <param name="Agent">Agent version, e.g. <c>kubo/0.42.0</c>.</param>
/// <param name="RepositoryId">Identity of the repository behind it; a change means the disk was replaced.</param>
/// <param name="CapacityBytes">Most bytes the store may hold; 0 when unknown.</param>
/// <param name="UsedBytes">Bytes in the store.</param>
/// <param name="Problem">Why it is not reachable or not fit, for people; null when all is well.</param>
[GenerateSerializer, Immutable, Alias("etdb.node-probe")]
public sealed record NodeProbe(
    [property: Id(0)] bool Reachable,
    [property: Id(1)] string? Agent,
    [property: Id(2)] string? RepositoryId,
    [property: Id(3)] long CapacityBytes,
    [property: Id(4)] long UsedBytes,
    [property: Id(5)] string? Problem);

/// <summary>A pin to make and where its blocks can be had.</summary>
/// <param name="Root">Root of the DAG.</param>
/// <param name="Sources">Nodes believed to hold it, best first; at most 8 are tried.</param>
/// <param name="BytesExpected">For the room check before any byte moves.</param>
[GenerateSerializer, Immutable, Alias("etdb.pin-request")]
public sealed record PinRequest(
    [property: Id(0)] ContentId Root,
    [property: Id(1)] IReadOnlyList<NodeEndpoint> Sources,
    [property: Id(2)] long BytesExpected);

/// <summary>How far a pin has come; monotonous.</summary>
[GenerateSerializer, Immutable, Alias("etdb.pin-progress")]
public readonly record struct PinProgress([property: Id(0)] long Blocks, [property: Id(1)] long Bytes);

/// <summary>How a call on a node ended.</summary>
public enum NodeOutcome
{
    /// <summary>Done, durable on the node.</summary>
    Done = 0,

    /// <summary>No source had a block; another source may.</summary>
    NoProviders = 1,

    /// <summary>No progress within the limit. Says nothing about what is there.</summary>
    Stalled = 2,

    /// <summary>The node has no room.</summary>
    DiskFull = 3,

    /// <summary>The node did not answer.</summary>
    Unreachable = 4,

    /// <summary>The node refused our credentials or the path.</summary>
    Unauthorized = 5,

    /// <summary>The content can never be pinned: malformed, unsupported or above a limit.</summary>
    BadContent = 6,

    /// <summary>The node answered with an error of its own.</summary>
    NodeError = 7,
}

/// <summary>How a pin ended and what it moved.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="BlocksMoved">Blocks that had to be brought.</param>
/// <param name="BytesMoved">Bytes that had to be brought.</param>
/// <param name="Via">How bytes moved: <c>peer</c>, <c>gateway</c>, <c>relay</c>, or null when nothing moved.</param>
/// <param name="Detail">For people.</param>
[GenerateSerializer, Immutable, Alias("etdb.pin-result")]
public sealed record PinResult(
    [property: Id(0)] NodeOutcome Outcome,
    [property: Id(1)] long BlocksMoved,
    [property: Id(2)] long BytesMoved,
    [property: Id(3)] string? Via,
    [property: Id(4)] string? Detail);

/// <summary>What to check.</summary>
/// <param name="Root">Root of the DAG.</param>
/// <param name="SampleLeaves">0 = every block; else this many leaves chosen by <paramref name="Seed"/>, with all inner blocks on their paths.</param>
/// <param name="Seed">Seed of the choice, so that an audit can be repeated.</param>
[GenerateSerializer, Immutable, Alias("etdb.verify-request")]
public sealed record VerifyRequest([property: Id(0)] ContentId Root, [property: Id(1)] int SampleLeaves, [property: Id(2)] ulong Seed);

/// <summary>The answer of a check.</summary>
public enum ReplicaVerdict
{
    /// <summary>Every block asked for was there and matched its hash.</summary>
    Complete = 0,

    /// <summary>The node answered that at least one block is not there; none was corrupt.</summary>
    Missing = 1,

    /// <summary>At least one block did not match its hash.</summary>
    Corrupt = 2,

    /// <summary>The check could not be finished; nothing is concluded.</summary>
    Unknown = 3,
}

/// <summary>What a check found.</summary>
/// <param name="Verdict">The answer.</param>
/// <param name="BlocksChecked">Blocks read and hashed.</param>
/// <param name="BytesChecked">Bytes read and hashed.</param>
/// <param name="Missing">Blocks the node says it has not (at most 1000 named).</param>
/// <param name="Corrupt">Blocks whose bytes do not match (at most 1000 named).</param>
/// <param name="Full">True when every block of the DAG was checked; false for a sample.</param>
/// <param name="Detail">Why unknown, for people.</param>
[GenerateSerializer, Immutable, Alias("etdb.replica-check")]
public sealed record ReplicaCheck(
    [property: Id(0)] ReplicaVerdict Verdict,
    [property: Id(1)] long BlocksChecked,
    [property: Id(2)] long BytesChecked,
    [property: Id(3)] IReadOnlyList<ContentId> Missing,
    [property: Id(4)] IReadOnlyList<ContentId> Corrupt,
    [property: Id(5)] bool Full,
    [property: Id(6)] string? Detail);

/// <summary>Blocks to bring back, and from where.</summary>
[GenerateSerializer, Immutable, Alias("etdb.heal-request")]
public sealed record HealRequest(
    [property: Id(0)] ContentId Root,
    [property: Id(1)] IReadOnlyList<ContentId> Blocks,
    [property: Id(2)] IReadOnlyList<NodeEndpoint> Sources);

/// <summary>How a heal ended; blocks are counted only after they were read back from the node and hashed.</summary>
/// <param name="Outcome">Whether it worked.</param>
/// <param name="BlocksHealed">How many blocks were put right.</param>
/// <param name="BytesMoved">Bytes of them.</param>
/// <param name="Detail">Why not, for people.</param>
/// <param name="Healed">Which; null from a silo that does not name them yet.</param>
[GenerateSerializer, Immutable, Alias("etdb.heal-result")]
public sealed record HealResult(
    [property: Id(0)] NodeOutcome Outcome,
    [property: Id(1)] int BlocksHealed,
    [property: Id(2)] long BytesMoved,
    [property: Id(3)] string? Detail,
    [property: Id(4)] IReadOnlyList<ContentId>? Healed)
{
    /// <summary>Most blocks named in <see cref="Healed"/>, which holds those asked for and those found bad below them: 10,000.</summary>
    public const int MostNamed = 10_000;
}

/// <summary>A listing could not be finished.</summary>
public sealed class NodeUnavailableException : Exception
{
    public NodeUnavailableException()
    {
    }

    public NodeUnavailableException(string message)
        : base(message)
    {
    }

    public NodeUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
