using System.Collections.Immutable;
using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Datasets;

/// <summary>Durable state of a <see cref="DatasetGrain"/>: what is wanted, what was seen and what is being done, kept apart.</summary>
[Immutable]
public sealed record DatasetState
{
    /// <summary>Grows with every change.</summary>
    public long Version { get; init; }

    /// <summary>Who published it.</summary>
    public PublisherId Publisher { get; init; }

    /// <summary>The current version of the record; kept as it was when the ledger takes it back.</summary>
    public DatasetRecord? Record { get; init; }

    /// <summary>Sequence of the last ledger event applied.</summary>
    public long LedgerSequence { get; init; }

    /// <summary>Block height of it.</summary>
    public long Height { get; init; }

    /// <summary>What the ledger says.</summary>
    public DatasetLifecycle Lifecycle { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? LifecycleSince { get; init; }

    /// <summary>What it names (first) and named before, each with its own replicas.</summary>
    public ImmutableArray<ContentState> Contents { get; init; } = [];

    /// <summary>Work that was begun and has not reported its end; at most one for a content and node.</summary>
    public ImmutableArray<OperationState> Operations { get; init; } = [];

    /// <summary>Numbers operations.</summary>
    public long OperationSequence { get; init; }

    /// <summary>Incidents that wait for this dataset to be whole.</summary>
    public ImmutableArray<IncidentLink> Incidents { get; init; } = [];

    /// <summary>The latest lines of the story, oldest first.</summary>
    public ImmutableArray<StoryLine> Story { get; init; } = [];

    /// <summary>Numbers story lines.</summary>
    public long StorySequence { get; init; }

    /// <summary>Wished for this dataset in particular; null leaves it to the publisher and the consortium.</summary>
    public ReplicationPolicy? Policy { get; init; }

    /// <summary>What holds for it because of who published it, as last told; a transfer to another publisher leaves it without effect.</summary>
    public PublisherTerms? Terms { get; init; }

    /// <summary>A node fuller than others that is to keep one dataset less.</summary>
    public NodeId? SpreadFrom { get; init; }

    /// <summary>Until when that is wished.</summary>
    public DateTimeOffset? SpreadUntil { get; init; }

    /// <summary>Operators asked that nothing be done.</summary>
    public bool Paused { get; init; }

    /// <summary>Who, and why.</summary>
    public string? PausedBy { get; init; }

    /// <summary>When an operator last asked for a full check: replicas not read whole since then are due, whatever came in between.</summary>
    public DateTimeOffset? AuditAskedAt { get; init; }

    /// <summary>Transfers that wait for the line of a member, as of the last attempt: these waits are long, and readers ask why.</summary>
    public ImmutableArray<NotYetLine> LineWaits { get; init; } = [];

    /// <summary>Operators asked to go ahead: until then neither brakes nor waits hold work for it.</summary>
    public DateTimeOffset? ForcedUntil { get; init; }

    /// <summary>Nodes operators excluded for this dataset.</summary>
    public ImmutableArray<NodeId> Excluded { get; init; } = [];
}

/// <summary>One DAG a dataset names or named, and its replicas.</summary>
[Immutable]
public sealed record ContentState
{
    /// <summary>Its root.</summary>
    public ContentId Root { get; init; }

    /// <summary>Size: measured by a full check, else declared; 0 when unknown.</summary>
    public long Bytes { get; init; }

    /// <summary>The size was measured.</summary>
    public bool Measured { get; init; }

    /// <summary>When the cluster learned of it.</summary>
    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>When the target was first met.</summary>
    public DateTimeOffset? EstablishedAt { get; init; }

    /// <summary>Whether it is wanted.</summary>
    public DatasetLifecycle Lifecycle { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? LifecycleSince { get; init; }

    /// <summary>The last unpin commanded.</summary>
    public DateTimeOffset? LastTrimAt { get; init; }

    /// <summary>Since when there are more copies than wanted.</summary>
    public DateTimeOffset? SurplusSince { get; init; }

    /// <summary>At most one row a node.</summary>
    public ImmutableArray<ReplicaRecord> Replicas { get; init; } = [];

    /// <summary>Blocks found bad, by node, for healing.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<ContentId>> BadBlocks { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<ContentId>>.Empty;
}

/// <summary>Work on a replica that was begun.</summary>
[Immutable]
public sealed record OperationState
{
    /// <summary>Its id on the node.</summary>
    public required string Op { get; init; }

    /// <summary>Its number in this dataset.</summary>
    public long Number { get; init; }

    public ContentId Root { get; init; }

    public NodeId Node { get; init; }

    public ActionKind Kind { get; init; }

    public ActionReason Reason { get; init; }

    public DateTimeOffset Since { get; init; }

    /// <summary>If nothing was heard by then, the node is asked.</summary>
    public DateTimeOffset LeaseUntil { get; init; }

    /// <summary>Nodes whose out-slots it holds.</summary>
    public ImmutableArray<NodeId> Sources { get; init; } = [];

    public RepairLevel Level { get; init; }

    public double Risk { get; init; }

    public int Attempts { get; init; }

    public long Bytes { get; init; }

    /// <summary>Seed of a sample.</summary>
    public ulong Seed { get; init; }
}

/// <summary>An incident this dataset was touched by.</summary>
public sealed record IncidentLink(string Incident, NodeId Node, ContentId Root, long BytesMoved);

/// <summary>A line of the story; kinds as in docs/reference/api.md.</summary>
[GenerateSerializer, Immutable, Alias("etdb.story-line")]
public sealed record StoryLine(
    [property: Id(0)] long Sequence,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] string Kind,
    [property: Id(3)] string Text,
    [property: Id(4)] string? Node);
