using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Datasets;

/// <summary>What a dataset came to when it was asked to go on.</summary>
/// <param name="Key">Its place in the queue.</param>
/// <param name="Level">How well it is kept.</param>
/// <param name="DueAt">When to ask again at the latest.</param>
/// <param name="Version">Of its state.</param>
/// <param name="WaitsFor">Stamp of the topology it was decided on, when something waits for brakes, members or room to change; else null.</param>
[GenerateSerializer, Immutable, Alias("etdb.advance-result")]
public sealed record AdvanceResult(
    [property: Id(0)] PriorityKey Key,
    [property: Id(1)] HealthLevel Level,
    [property: Id(2)] DateTimeOffset DueAt,
    [property: Id(3)] long Version,
    [property: Id(4)] ulong? WaitsFor = null);

/// <summary>What an operator can do with a dataset.</summary>
public enum DatasetActKind
{
    /// <summary>Stop all work on it.</summary>
    Pause = 0,

    /// <summary>Go on.</summary>
    Resume = 1,

    /// <summary>Forget every wait and plan now.</summary>
    Force = 2,

    /// <summary>Place nothing of it on a node, and move away what is there.</summary>
    Exclude = 3,

    /// <summary>Allow the node again.</summary>
    Include = 4,

    /// <summary>Check every block of every replica now.</summary>
    Audit = 5,
}

/// <summary>An operator's act, with the hand that did it.</summary>
/// <param name="Kind">What.</param>
/// <param name="Node">About which node; null for all others than exclude and include.</param>
/// <param name="Author">Who.</param>
/// <param name="Reason">Why.</param>
[GenerateSerializer, Immutable, Alias("etdb.dataset-act")]
public sealed record DatasetAct(
    [property: Id(0)] DatasetActKind Kind,
    [property: Id(1)] NodeId? Node,
    [property: Id(2)] string Author,
    [property: Id(3)] string Reason);

/// <summary>Whose wish a policy is.</summary>
public enum PolicySource
{
    /// <summary>The consortium's default.</summary>
    Consortium = 0,

    /// <summary>The publisher's default for its datasets.</summary>
    Publisher = 1,

    /// <summary>Set for this dataset.</summary>
    Dataset = 2,
}

/// <summary>The policy of a dataset: the one that holds, and what each of the three says.</summary>
/// <param name="Holds">What is aimed at.</param>
/// <param name="Source">Whose wish that is.</param>
/// <param name="Own">Set for this dataset; null when not.</param>
/// <param name="Publishers">Of its publisher; null when it has none.</param>
/// <param name="Consortium">For datasets with neither.</param>
[GenerateSerializer, Immutable, Alias("etdb.dataset-policy")]
public sealed record DatasetPolicy(
    [property: Id(0)] ReplicationPolicy Holds,
    [property: Id(1)] PolicySource Source,
    [property: Id(2)] ReplicationPolicy? Own,
    [property: Id(3)] ReplicationPolicy? Publishers,
    [property: Id(4)] ReplicationPolicy Consortium);

/// <summary>A dataset, for readers.</summary>
[GenerateSerializer, Immutable, Alias("etdb.dataset-detail")]
public sealed record DatasetDetail(
    [property: Id(0)] string Id,
    [property: Id(1)] string Publisher,
    [property: Id(2)] DatasetRecord Record,
    [property: Id(3)] long Height,
    [property: Id(4)] string State,
    [property: Id(5)] ReplicationPolicy Policy,
    [property: Id(6)] int HealthyReplicas,
    [property: Id(7)] int RetrievableReplicas,
    [property: Id(8)] double Risk,
    [property: Id(9)] long Bytes,
    [property: Id(10)] IReadOnlyList<ReplicaDetail> Replicas);

/// <summary>One replica, for readers.</summary>
[GenerateSerializer, Immutable, Alias("etdb.replica-detail")]
public sealed record ReplicaDetail(
    [property: Id(0)] NodeId Node,
    [property: Id(1)] MemberId? Member,
    [property: Id(2)] ReplicaState State,
    [property: Id(3)] bool Counts,
    [property: Id(4)] bool Retrievable,
    [property: Id(5)] DateTimeOffset Since,
    [property: Id(6)] DateTimeOffset? VerifiedAt,
    [property: Id(7)] long VerifiedBlocks,
    [property: Id(8)] bool VerifiedFull,
    [property: Id(9)] string Why);

/// <summary>Why a dataset stands as it does.</summary>
/// <param name="Detail">The dataset.</param>
/// <param name="Sentence">One line for a librarian.</param>
/// <param name="Doing">Work that runs.</param>
/// <param name="NotYet">What is not done yet, and why.</param>
/// <param name="NextAt">When it is looked at again at the latest.</param>
/// <param name="Planned">What would be begun now.</param>
[GenerateSerializer, Immutable, Alias("etdb.dataset-why")]
public sealed record DatasetWhy(
    [property: Id(0)] DatasetDetail Detail,
    [property: Id(1)] string Sentence,
    [property: Id(2)] IReadOnlyList<DoingLine> Doing,
    [property: Id(3)] IReadOnlyList<NotYetLine> NotYet,
    [property: Id(4)] DateTimeOffset? NextAt,
    [property: Id(5)] IReadOnlyList<PlannedLine> Planned);

/// <summary>Work that would be begun now.</summary>
[GenerateSerializer, Immutable, Alias("etdb.planned-line")]
public sealed record PlannedLine([property: Id(0)] string Kind, [property: Id(1)] string Node, [property: Id(2)] string Reason, [property: Id(3)] IReadOnlyList<string> Sources);

/// <summary>Work that runs.</summary>
[GenerateSerializer, Immutable, Alias("etdb.doing-line")]
public sealed record DoingLine(
    [property: Id(0)] string Kind,
    [property: Id(1)] string Node,
    [property: Id(2)] DateTimeOffset Since,
    [property: Id(3)] int Attempts,
    [property: Id(4)] IReadOnlyList<string> Sources);

/// <summary>Something not done yet.</summary>
[GenerateSerializer, Immutable, Alias("etdb.not-yet-line")]
public sealed record NotYetLine([property: Id(0)] string Reason, [property: Id(1)] string? Node, [property: Id(2)] DateTimeOffset? Until, [property: Id(3)] string Text);
