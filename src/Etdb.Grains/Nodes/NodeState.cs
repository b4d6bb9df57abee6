using System.Collections.Immutable;
using Etdb.Domain.Audit;
using Etdb.Domain.Membership;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;

namespace Etdb.Grains.Nodes;

/// <summary>Durable state of a <see cref="NodeGrain"/>.</summary>
[GenerateSerializer, Immutable, Alias("etdb.node-state")]
public sealed record NodeState
{
    /// <summary>Grows with every visible change.</summary>
    [Id(0)]
    public long Version { get; init; }

    /// <summary>Null until somebody registers.</summary>
    [Id(1)]
    public NodeRegistration? Registration { get; init; }

    [Id(2)]
    public DateTimeOffset JoinedAt { get; init; }

    /// <summary>By its silence; see <see cref="GraceLadder"/>.</summary>
    [Id(3)]
    public NodeStatus Status { get; init; } = NodeStatus.Suspect;

    [Id(4)]
    public DateTimeOffset StatusSince { get; init; }

    /// <summary>Last answer as far as it was written down (with every change of status and once an hour).</summary>
    [Id(5)]
    public DateTimeOffset? LastAnswerAt { get; init; }

    /// <summary>Repository seen last; a change is the loss of everything on it.</summary>
    [Id(6)]
    public string? RepositoryId { get; init; }

    [Id(7)]
    public string? Agent { get; init; }

    [Id(8)]
    public long CapacityBytes { get; init; }

    [Id(9)]
    public long UsedBytes { get; init; }

    [Id(10)]
    public string? Problem { get; init; }

    [Id(11)]
    public MemberStanding Standing { get; init; } = MemberStanding.Active;

    /// <summary>An operator empties this node.</summary>
    [Id(12)]
    public bool Draining { get; init; }

    [Id(13)]
    public DateTimeOffset? MaintenanceFrom { get; init; }

    [Id(14)]
    public DateTimeOffset? MaintenanceUntil { get; init; }

    /// <summary>Times its content was lost.</summary>
    [Id(15)]
    public int Losses { get; init; }

    /// <summary>When the repository was last found replaced: the shelves must have heard of it.</summary>
    [Id(16)]
    public DateTimeOffset? ReplacedAt { get; init; }

    /// <summary>The incident of that replacement.</summary>
    [Id(17)]
    public string? ReplacedIncident { get; init; }

    /// <summary>The shelves have all been told of the replacement and of the status.</summary>
    [Id(18)]
    public bool ShelvesTold { get; init; } = true;

    /// <summary>Numbers incidents.</summary>
    [Id(19)]
    public int IncidentSequence { get; init; }

    /// <summary>Open ones, oldest first.</summary>
    [Id(20)]
    public ImmutableArray<IncidentState> Incidents { get; init; } = [];

    /// <summary>What audits came to; weighs in placement and auditing, never expels.</summary>
    [Id(21)]
    [System.Text.Json.Serialization.JsonPropertyName("audited")] // Version 1 kept a bare number under "reputation".
    public NodeReputation Reputation { get; init; } = NodeReputation.New;

    /// <summary>How it has done on probation; null before its first check.</summary>
    [Id(22)]
    public NodeTrial? Trial { get; init; }

    /// <summary>When it was taken out of the cluster for good; null while it is in.</summary>
    [Id(23)]
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>When the drain began; null when none runs.</summary>
    [Id(40)]
    public DateTimeOffset? DrainSince { get; init; }

    /// <summary>Replicas here when it began.</summary>
    [Id(41)]
    public int DrainReplicas { get; init; }
}

/// <summary>An incident that is not healed yet.</summary>
[GenerateSerializer, Immutable, Alias("etdb.incident-state")]
public sealed record IncidentState
{
    [Id(0)]
    public required string Id { get; init; }

    /// <summary><c>disk-loss|corruption|outage|pins-removed</c>.</summary>
    [Id(1)]
    public required string Kind { get; init; }

    [Id(2)]
    public DateTimeOffset OpenedAt { get; init; }

    [Id(3)]
    public DateTimeOffset? LastGoodAt { get; init; }

    /// <summary>Grows with every change.</summary>
    [Id(4)]
    public long Version { get; init; } = 1;

    /// <summary>All datasets ever touched.</summary>
    [Id(5)]
    public int Touched { get; init; }

    /// <summary>Datasets not whole yet, as version 1 kept them; moved to the node's table of pages when it wakes.</summary>
    [Id(6)]
    public ImmutableSortedSet<string> Pending { get; init; } = [];

    /// <summary>How many are not whole yet; counted again when the node wakes.</summary>
    [Id(10)]
    public int PendingCount { get; init; }

    /// <summary>All datasets it touches have been named.</summary>
    [Id(7)]
    public bool Complete { get; init; }

    [Id(8)]
    public long BytesReseeded { get; init; }

    [Id(9)]
    public string Text { get; init; } = "";

    /// <summary>Blocks that audits found, each once; the oldest of them when there are more than are kept.</summary>
    [Id(11)]
    public ImmutableSortedSet<string> Corrupt { get; init; } = [];

    /// <summary>Blocks that audits found gone, likewise.</summary>
    [Id(12)]
    public ImmutableSortedSet<string> Missing { get; init; } = [];
}
