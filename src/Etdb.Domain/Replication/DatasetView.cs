using Etdb.Domain.Content;
using Etdb.Domain.Records;

namespace Etdb.Domain.Replication;

/// <summary>What the ledger says of a dataset.</summary>
public enum DatasetLifecycle
{
    /// <summary>Current.</summary>
    Active = 0,

    /// <summary>Deactivated by its owner.</summary>
    Deactivated = 1,

    /// <summary>This content was replaced by an edit that names another root.</summary>
    Superseded = 2,

    /// <summary>A reorganisation took the record back.</summary>
    Retracted = 3,
}

/// <summary>Work that runs for a dataset on a node; at most one a node.</summary>
/// <param name="Node">Where.</param>
/// <param name="Kind">What.</param>
/// <param name="Since">Since when.</param>
public sealed record RunningOperation(NodeId Node, Repair.ActionKind Kind, DateTimeOffset Since);

/// <summary>A dataset as the planner sees it: what is wanted, what was seen, what runs. An immutable snapshot.</summary>
public sealed record DatasetView
{
    /// <summary>Which dataset.</summary>
    public required DatasetId Id { get; init; }

    /// <summary>Root of its files; null when the record names none that can be kept: nothing is planned.</summary>
    public ContentId? Root { get; init; }

    /// <summary>Size, declared or measured; 0 when unknown.</summary>
    public long Bytes { get; init; }

    /// <summary>What is wished.</summary>
    public ReplicationPolicy Policy { get; init; } = ReplicationPolicy.Default;

    /// <summary>When the cluster learned of it.</summary>
    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>When the target was first met; null while the first replication runs.</summary>
    public DateTimeOffset? EstablishedAt { get; init; }

    /// <summary>What the ledger says.</summary>
    public DatasetLifecycle Lifecycle { get; init; }

    /// <summary>When it last changed that.</summary>
    public DateTimeOffset? LifecycleSince { get; init; }

    /// <summary>Something that is kept (another dataset, a newer version never whole yet) refers to blocks of this one: nothing may be unpinned for retirement.</summary>
    public bool ReferencedElsewhere { get; init; }

    /// <summary>The replica table, at most one row a node.</summary>
    public IReadOnlyList<ReplicaRecord> Replicas { get; init; } = [];

    /// <summary>Nodes outside the table that may still have it (labs' own): asked for blocks after all others, never counted.</summary>
    public IReadOnlyList<NodeId> Origins { get; init; } = [];

    /// <summary>What runs.</summary>
    public IReadOnlyList<RunningOperation> Running { get; init; } = [];

    /// <summary>The publisher's own node, or another place outside the cluster, may serve the content: copies may be sought though no replica can be read.</summary>
    public bool HasOutsideSource { get; init; }

    /// <summary>No node the content could first be had from answers now: a new dataset waits for one instead of being tried in vain.</summary>
    public bool AwaitsOrigin { get; init; }

    /// <summary>The last unpin commanded for it; at most one a day.</summary>
    public DateTimeOffset? LastTrimAt { get; init; }

    /// <summary>When the count of healthy replicas first exceeded the target in the present run; null when it does not.</summary>
    public DateTimeOffset? SurplusSince { get; init; }

    /// <summary>Operators asked that nothing be done.</summary>
    public bool Paused { get; init; }

    /// <summary>Operators asked to go ahead: neither brakes nor the wait after a failure hold work for it.</summary>
    public bool Forced { get; init; }

    /// <summary>Why its publisher's quota does not reach to it, so that no first copies are made; null when it does. Copies that are there are kept up.</summary>
    public string? OverQuota { get; init; }

    /// <summary>A node fuller than others that asked to keep one dataset less; null when none did.</summary>
    public NodeId? SpreadFrom { get; init; }

    /// <summary>Nodes operators excluded for this dataset.</summary>
    public IReadOnlyList<NodeId> ExcludedNodes { get; init; } = [];

    /// <summary>The same dataset with a row for every node bytes are being brought to: a plan must not overlook work whose row was lost.</summary>
    public DatasetView WithRunningRows()
    {
        var unlisted = Running.Where(o => IsBringing(o.Kind) && Replicas.All(r => r.Node != o.Node)).Select(o => ReplicaRecord.Assign(o.Node, o.Since)).ToList();
        return unlisted.Count == 0 ? this : this with { Replicas = [.. Replicas, .. unlisted] };
    }

    /// <summary>The classifier's view of a row, with the work that runs on it.</summary>
    public ReplicaView ViewOf(ReplicaRecord replica)
    {
        ArgumentNullException.ThrowIfNull(replica);
        return replica.ToView() with { Underway = Running.Any(o => o.Node == replica.Node && IsBringing(o.Kind)) };
    }

    /// <summary>Still in its first replication: not established, and young or never proven anywhere.</summary>
    public bool IsPending(DateTimeOffset now)
    {
        if (EstablishedAt is not null)
        {
            return false;
        }

        return now - RegisteredAt <= Policy.FirstReplicationWithin || Replicas.All(r => r.Evidence.Complete is null);
    }

    /// <summary>The same dataset with what follows from its health noted: since when it is established, since when it has surplus copies.</summary>
    public DatasetView Note(DatasetHealth health, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(health);
        return this with
        {
            EstablishedAt = EstablishedAt ?? (health.VerifiedIndependent >= Policy.Target ? now : null),
            SurplusSince = health.VerifiedIndependent > Policy.Target ? SurplusSince ?? now : null,
        };
    }

    private static bool IsBringing(Repair.ActionKind kind) => kind is Repair.ActionKind.Assign or Repair.ActionKind.Replicate or Repair.ActionKind.Heal;
}
