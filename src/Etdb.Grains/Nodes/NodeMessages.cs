using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Nodes;

/// <summary>What is registered of a node.</summary>
/// <param name="Member">Whose it is.</param>
/// <param name="Site">Place within the member; null for its one unnamed place.</param>
/// <param name="Country">ISO 3166 code; null when unknown.</param>
/// <param name="Tags">Free words policies may ask for.</param>
/// <param name="Endpoint">Where it answers.</param>
/// <param name="CapacityBytes">Most bytes to use; null leaves it to what the node says.</param>
/// <param name="SourceOnly">True for a lab's own node: content is read from it, nothing is placed on it and it never counts.</param>
[GenerateSerializer, Immutable, Alias("etdb.node-registration")]
public sealed record NodeRegistration(
    [property: Id(0)] MemberId Member,
    [property: Id(1)] string? Site,
    [property: Id(2)] string? Country,
    [property: Id(3)] IReadOnlyList<string> Tags,
    [property: Id(4)] NodeEndpoint Endpoint,
    [property: Id(5)] long? CapacityBytes,
    [property: Id(6)] bool SourceOnly)
{
    /// <inheritdoc/>
    public bool Equals(NodeRegistration? other) =>
        other is not null && Member == other.Member && Site == other.Site && Country == other.Country && Endpoint == other.Endpoint
        && CapacityBytes == other.CapacityBytes && SourceOnly == other.SourceOnly && Tags.SequenceEqual(other.Tags, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Member, Site, Country, Endpoint, CapacityBytes, SourceOnly, Tags.Count);
}

/// <summary>A node, for readers.</summary>
[GenerateSerializer, Immutable, Alias("etdb.node-detail")]
public sealed record NodeDetail(
    [property: Id(0)] NodeId Id,
    [property: Id(1)] NodeRegistration Registration,
    [property: Id(2)] NodeView View,
    [property: Id(3)] string? Agent,
    [property: Id(4)] string? RepositoryId,
    [property: Id(5)] DateTimeOffset? LastProbeAt,
    [property: Id(6)] string? Problem,
    [property: Id(7)] int QueuedTransfers,
    [property: Id(8)] int QueuedAudits,
    [property: Id(9)] long Orphans,
    [property: Id(10)] IReadOnlyList<IncidentState> OpenIncidents,
    [property: Id(20)] DateTimeOffset? DrainSince,
    [property: Id(21)] int DrainReplicas);

/// <summary>Which way bytes go.</summary>
public enum SlotDirection
{
    /// <summary>Into the node.</summary>
    In = 0,

    /// <summary>Out of the node.</summary>
    Out = 1,
}

/// <summary>A slot asked for.</summary>
/// <param name="Op">The work it is for.</param>
/// <param name="Direction">Which way.</param>
/// <param name="Bytes">Bytes that will arrive; 0 for <see cref="SlotDirection.Out"/>.</param>
/// <param name="Urgent">The dataset is down to its last copies: it may use the slots kept back for such.</param>
/// <param name="Renew">The work already runs: it is let in even while a restarted node waits for such.</param>
[GenerateSerializer, Immutable, Alias("etdb.slot-request")]
public sealed record SlotRequest(
    [property: Id(0)] string Op,
    [property: Id(1)] SlotDirection Direction,
    [property: Id(2)] long Bytes,
    [property: Id(3)] bool Urgent,
    [property: Id(4)] bool Renew);

/// <summary>Whether a slot was given.</summary>
public enum ReserveAnswer
{
    /// <summary>Given, or already held by this work.</summary>
    Granted = 0,

    /// <summary>All slots of that direction are taken.</summary>
    Busy = 1,

    /// <summary>Not enough room for the bytes.</summary>
    NoRoom = 2,

    /// <summary>The node does not answer or takes nothing new.</summary>
    Unavailable = 3,
}

/// <summary>Kinds of work on a node.</summary>
public enum JobKind
{
    /// <summary>Bring the DAG, pin it, then check every block.</summary>
    Replicate = 0,

    /// <summary>Read and hash.</summary>
    Verify = 1,

    /// <summary>Replace bad blocks, then check every block.</summary>
    Heal = 2,

    /// <summary>Remove the pin, unless another dataset here refers to the same root.</summary>
    Unpin = 3,
}

/// <summary>Work for a node.</summary>
/// <param name="Op">Its id, unique for the life of the cluster.</param>
/// <param name="Dataset">For which dataset.</param>
/// <param name="Root">Which DAG.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Sources">Where blocks can be had, best first.</param>
/// <param name="BytesExpected">Size; 0 when unknown.</param>
/// <param name="Blocks">Blocks to heal.</param>
/// <param name="SampleLeaves">Depth of a check; 0 = every block.</param>
/// <param name="Seed">Choice of a sample.</param>
/// <param name="Row">Number of the work in its dataset, for the order of what is shown.</param>
/// <param name="Level">Urgency.</param>
/// <param name="Risk">Risk of the dataset.</param>
/// <param name="Since">When it was asked for.</param>
/// <param name="Attempts">Which attempt this is, from 1.</param>
[GenerateSerializer, Immutable, Alias("etdb.node-job")]
public sealed record NodeJob(
    [property: Id(0)] string Op,
    [property: Id(1)] DatasetId Dataset,
    [property: Id(2)] ContentId Root,
    [property: Id(3)] JobKind Kind,
    [property: Id(4)] IReadOnlyList<NodeEndpoint> Sources,
    [property: Id(5)] long BytesExpected,
    [property: Id(6)] IReadOnlyList<ContentId> Blocks,
    [property: Id(7)] int SampleLeaves,
    [property: Id(8)] ulong Seed,
    [property: Id(9)] long Row,
    [property: Id(10)] int Level,
    [property: Id(11)] double Risk,
    [property: Id(12)] DateTimeOffset Since,
    [property: Id(13)] int Attempts);

/// <summary>Whether work was started.</summary>
public enum StartAnswer
{
    /// <summary>It runs or waits for its turn.</summary>
    Started = 0,

    /// <summary>The same work, or other work on the same dataset, already runs here.</summary>
    AlreadyRunning = 1,

    /// <summary>The queue is full.</summary>
    QueueFull = 2,

    /// <summary>The node does not answer.</summary>
    Unavailable = 3,
}

/// <summary>How work stands.</summary>
/// <param name="Known">The node grain knows it.</param>
/// <param name="Progress">Last progress; null when not running.</param>
/// <param name="Report">Its end; null while it runs.</param>
[GenerateSerializer, Immutable, Alias("etdb.job-status")]
public sealed record JobStatus([property: Id(0)] bool Known, [property: Id(1)] PinProgress? Progress, [property: Id(2)] JobReport? Report);

/// <summary>How work ended. Only the parts that were reached are set.</summary>
/// <param name="Op">Which work.</param>
/// <param name="Node">Where.</param>
/// <param name="Kind">What it was.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="MovedAt">When the pin or heal ended.</param>
/// <param name="CheckedFrom">When the check began.</param>
/// <param name="FinishedAt">When all ended.</param>
/// <param name="Pin">Of a replication.</param>
/// <param name="Heal">Of a heal.</param>
/// <param name="Check">Of a check.</param>
/// <param name="Unpin">Of an unpin.</param>
/// <param name="Incident">Incident of the node the findings belong to.</param>
/// <param name="Failure">What was thrown, for people.</param>
[GenerateSerializer, Immutable, Alias("etdb.job-report")]
public sealed record JobReport(
    [property: Id(0)] string Op,
    [property: Id(1)] NodeId Node,
    [property: Id(2)] JobKind Kind,
    [property: Id(3)] DateTimeOffset StartedAt,
    [property: Id(4)] DateTimeOffset? MovedAt,
    [property: Id(5)] DateTimeOffset? CheckedFrom,
    [property: Id(6)] DateTimeOffset FinishedAt,
    [property: Id(7)] PinResult? Pin,
    [property: Id(8)] HealResult? Heal,
    [property: Id(9)] ReplicaCheck? Check,
    [property: Id(10)] NodeOutcome? Unpin,
    [property: Id(11)] string? Incident,
    [property: Id(12)] string? Failure);

/// <summary>A dataset and the content it names there.</summary>
[GenerateSerializer, Immutable, Alias("etdb.dataset-ref")]
public sealed record DatasetRef([property: Id(0)] DatasetId Dataset, [property: Id(1)] ContentId Root);
