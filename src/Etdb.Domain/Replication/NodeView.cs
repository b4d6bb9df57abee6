namespace Etdb.Domain.Replication;

/// <summary>What the cluster thinks of a node at one moment.</summary>
public enum NodeStatus
{
    /// <summary>Answers.</summary>
    Up = 0,

    /// <summary>Has not answered for a short while; its replicas still count, no new work is given to it.</summary>
    Suspect = 1,

    /// <summary>Has not answered for longer; its replicas do not count but may return.</summary>
    Unreachable = 2,

    /// <summary>Away beyond every grace, or an operator said so: its replicas are written off.</summary>
    PresumedLost = 3,

    /// <summary>Leaving: its replicas are sources but do not count.</summary>
    Draining = 4,

    /// <summary>Away or busy by announcement; the clock of the grace ladder stands still.</summary>
    Maintenance = 5,

    /// <summary>New: takes replicas, they are audited, they do not count yet.</summary>
    Probation = 6,
}

/// <summary>One node as deciders see it: an immutable snapshot. Sizes are bytes.</summary>
public sealed record NodeView
{
    /// <summary>Prior of the yearly rate of permanent loss of a node, with its institution's mistakes.</summary>
    public const double DefaultLossRatePerYear = 0.05;

    /// <summary>Which node.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Whose node.</summary>
    public required MemberId Member { get; init; }

    /// <summary>Place, named within the member; null is the member's one unnamed place.</summary>
    public string? Site { get; init; }

    /// <summary>ISO 3166 code; null when unknown, and all unknown countries are taken for the same one.</summary>
    public string? Country { get; init; }

    /// <summary>Free tags policies may include or exclude.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>How it stands.</summary>
    public NodeStatus Status { get; init; }

    /// <summary>Since when it stands so.</summary>
    public DateTimeOffset StatusSince { get; init; }

    /// <summary>Last answer, moved forward by the maintenance time since (<see cref="MaintenanceSchedule"/>); null while it answers.</summary>
    public DateTimeOffset? AbsentSince { get; init; }

    /// <summary>End of the running maintenance window, if known.</summary>
    public DateTimeOffset? MaintenanceUntil { get; init; }

    /// <summary>Leaving, whatever the status: a node can be draining and unreachable at once.</summary>
    public bool Exiting { get; init; }

    /// <summary>Still on trial, whatever the status.</summary>
    public bool OnProbation { get; init; }

    /// <summary>On trial, and it holds fewer trial copies than it takes to judge it.</summary>
    public bool TrialWanted { get; init; }

    /// <summary>Operators asked that nothing new be placed here.</summary>
    public bool NoNewReplicas { get; init; }

    /// <summary>Most bytes the store may hold; 0 when unknown: nothing is placed there, as the room cannot be promised.</summary>
    public long CapacityBytes { get; init; }

    /// <summary>Bytes in the store.</summary>
    public long UsedBytes { get; init; }

    /// <summary>Bytes promised to replicas on their way.</summary>
    public long ReservedBytes { get; init; }

    /// <summary>Replicas it may receive at once, 0..64.</summary>
    public int InSlots { get; init; } = 2;

    /// <summary>Replicas it may send at once, 0..64.</summary>
    public int OutSlots { get; init; } = 2;

    /// <summary>In slots taken.</summary>
    public int InSlotsUsed { get; init; }

    /// <summary>Out slots taken.</summary>
    public int OutSlotsUsed { get; init; }

    /// <summary>Permanent losses expected a year (λ), learned from history.</summary>
    public double LossRatePerYear { get; init; } = DefaultLossRatePerYear;

    /// <summary>Score 0..1 of audits passed; weights placement, never expels.</summary>
    public double Reputation { get; init; } = 1;

    /// <summary>This member's own time until its absent copies are written off; null means the ladder's.</summary>
    public TimeSpan? LostAfterOverride { get; init; }

    /// <summary>Drains, by status or by flag.</summary>
    public bool IsExiting => Exiting || Status == NodeStatus.Draining;

    /// <summary>On trial, by status or by flag.</summary>
    public bool IsOnProbation => OnProbation || Status == NodeStatus.Probation;

    /// <summary>Can be read from now.</summary>
    public bool Answers => Status is NodeStatus.Up or NodeStatus.Suspect or NodeStatus.Draining or NodeStatus.Probation;
}
