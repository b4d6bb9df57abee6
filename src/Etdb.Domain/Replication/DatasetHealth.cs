namespace Etdb.Domain.Replication;

/// <summary>How well a dataset is kept.</summary>
public enum HealthLevel
{
    /// <summary>Target met by verified independent replicas.</summary>
    Healthy = 0,

    /// <summary>Below target, at or above floor.</summary>
    Degraded = 1,

    /// <summary>Below floor, at least one replica can be read.</summary>
    Endangered = 2,

    /// <summary>No replica is known that can be read now.</summary>
    Lost = 3,

    /// <summary>New: the first replication is not finished.</summary>
    Pending = 4,
}

/// <summary>Why one replica counts or does not. Each replica has exactly one class: the first that applies, in the order of the list.</summary>
public enum ReplicaClass
{
    /// <summary>Verified deep and recently enough, independent, in placement, on a node that stays: it counts.</summary>
    Healthy = 0,

    /// <summary>On a node that is not known any more.</summary>
    UnknownNode = 1,

    /// <summary>Written off: silent beyond the grace.</summary>
    PresumedLost = 2,

    /// <summary>In an announced maintenance window.</summary>
    Maintenance = 3,

    /// <summary>Silent, may return.</summary>
    Away = 4,

    /// <summary>Blocks do not match.</summary>
    Corrupt = 5,

    /// <summary>Blocks or pin are gone.</summary>
    Missing = 6,

    /// <summary>Wanted, nothing there yet.</summary>
    Awaited = 7,

    /// <summary>Listed by the node, never proven.</summary>
    Claimed = 8,

    /// <summary>To be checked again.</summary>
    Suspect = 9,

    /// <summary>On a node that leaves: a source, not safety.</summary>
    Exiting = 10,

    /// <summary>On a node on trial.</summary>
    Probation = 11,

    /// <summary>On a node the policy does not allow.</summary>
    OutOfPlacement = 12,

    /// <summary>Verified too long ago or not deep enough.</summary>
    Stale = 13,

    /// <summary>Good, but another replica of the same failure domain counts already.</summary>
    Clumped = 14,
}

/// <summary>One replica with its class.</summary>
/// <param name="Node">Where.</param>
/// <param name="Class">Why it counts or not.</param>
/// <param name="Retrievable">Proven once, not disproved, and the node answers: it can be read from now.</param>
/// <param name="Prospective">It counts or may soon count without new bytes being moved elsewhere: no other copy is sought in its place.</param>
/// <param name="Until">When a silent replica is written off, a window ends or patience is over; null when no clock runs.</param>
public sealed record ReplicaStanding(NodeId Node, ReplicaClass Class, bool Retrievable, bool Prospective, DateTimeOffset? Until);

/// <summary>
/// The classifier's answer. Repair is decided on <see cref="Healthy"/>, feasibility on <see cref="Retrievable"/>. Never more optimistic
/// than the evidence: what was not hashed does not count, what was disproved cannot be read.
/// </summary>
public sealed record DatasetHealth
{
    /// <summary>How well it is kept.</summary>
    public HealthLevel Level { get; init; }

    /// <summary>Wanted.</summary>
    public int Target { get; init; }

    /// <summary>Failure domains with a replica that counts: the number compared with target and floor.</summary>
    public int VerifiedIndependent { get; init; }

    /// <summary>Failure domains with a replica that can be read.</summary>
    public int RetrievableIndependent { get; init; }

    /// <summary>Failure domains with a replica that counts or may soon count.</summary>
    public int ProspectiveIndependent { get; init; }

    /// <summary>Every replica with its class, in the order given.</summary>
    public IReadOnlyList<ReplicaStanding> Replicas { get; init; } = [];

    /// <summary>Replicas that were left out because a dataset's table is limited to <see cref="ReplicaClassifier.ReplicasMaximum"/>.</summary>
    public int Omitted { get; init; }

    /// <summary>Nodes whose replica counts.</summary>
    public IReadOnlyList<NodeId> Healthy => Of(ReplicaClass.Healthy);

    /// <summary>Nodes whose replica can be read now.</summary>
    public IReadOnlyList<NodeId> Retrievable => [.. Replicas.Where(r => r.Retrievable).Select(r => r.Node)];

    /// <summary>Nodes whose replica is of that class.</summary>
    public IReadOnlyList<NodeId> Of(ReplicaClass kind) => [.. Replicas.Where(r => r.Class == kind).Select(r => r.Node)];

    /// <summary>New copies to seek now; 0 when those there or on their way suffice.</summary>
    public int Needed => Math.Max(0, Target - ProspectiveIndependent);
}
