using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>What made us doubt ourselves.</summary>
public enum BrakeKind
{
    /// <summary>Not enough nodes have reported since the start.</summary>
    SafeMode = 0,

    /// <summary>Too many nodes are silent.</summary>
    NodesSilent = 1,

    /// <summary>All nodes of several members are silent.</summary>
    MembersSilent = 2,

    /// <summary>Too many replicas went missing within an hour.</summary>
    ReplicasMissing = 3,

    /// <summary>Operators pulled it.</summary>
    Operator = 4,
}

/// <summary>One brake that is on.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Text">The figures, for people.</param>
public sealed record ActiveBrake(BrakeKind Kind, string Text);

/// <summary>What the brake looks at.</summary>
public sealed record BrakeInput
{
    /// <summary>All nodes.</summary>
    public required ClusterView Cluster { get; init; }

    /// <summary>Nodes that have reported at least once since the start; nodes beyond the known ones do no harm.</summary>
    public IReadOnlyCollection<NodeId> Reported { get; init; } = [];

    /// <summary>The process has been through start-up once; safe mode does not come back.</summary>
    public bool StartupOver { get; init; }

    /// <summary>Replicas known.</summary>
    public long Replicas { get; init; }

    /// <summary>Replicas that became missing within the last hour, not counting nodes that said themselves that their repository is new.</summary>
    public long NewlyMissing { get; init; }

    /// <summary>Why operators pulled the brake; null when they did not.</summary>
    public string? OperatorReason { get; init; }
}

/// <summary>Which brakes are on and what they let through.</summary>
/// <param name="Brakes">Those that are on; empty when all is free.</param>
public sealed record BrakeDecision(IReadOnlyList<ActiveBrake> Brakes)
{
    /// <summary>No brake.</summary>
    public static BrakeDecision Free { get; } = new([]);

    /// <summary>Some brake is on.</summary>
    public bool IsOn => Brakes.Count > 0;

    /// <summary>Whether an action may run. Checks always may: they only learn. Safe mode and operators stop all else, storms let last copies through.</summary>
    public bool Allows(ActionKind kind, RepairLevel level)
    {
        if (!IsOn || kind == ActionKind.Verify)
        {
            return true;
        }

        var hard = Brakes.Any(b => b.Kind is BrakeKind.SafeMode or BrakeKind.Operator);
        return !hard && level == RepairLevel.LastCopy && (kind is ActionKind.Assign or ActionKind.Replicate or ActionKind.Heal);
    }
}

/// <summary>
/// When very much is lost at once, the fault is more likely ours (a partition, a bad scan) than everyone's: all work but that for last
/// copies pauses until the figures are believable again. After a start nothing moves before nearly all nodes have reported once.
/// </summary>
public sealed record StormBrake
{
    /// <summary>The consortium's figures.</summary>
    public static StormBrake Default { get; } = new();

    /// <summary>Part of the nodes that may be silent, 0..1.</summary>
    public double SilentNodes { get; init; } = 0.25;

    /// <summary>Members whose nodes are all silent, from this count.</summary>
    public int SilentMembers { get; init; } = 2;

    /// <summary>Part of the replicas that may go missing within an hour, 0..1.</summary>
    public double MissingReplicas { get; init; } = 0.05;

    /// <summary>Fewest replicas that must have gone missing for that brake: in a small cluster one disk is more than any percentage.</summary>
    public long MissingReplicasLeast { get; init; } = 1000;

    /// <summary>Part of the nodes that must have reported once to leave safe mode, 0..1.</summary>
    public double ReportedToStart { get; init; } = 0.95;

    /// <summary>Decides.</summary>
    public BrakeDecision Decide(BrakeInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var brakes = new List<ActiveBrake>();
        var nodes = input.Cluster.Nodes;
        if (input.OperatorReason is { } reason)
        {
            brakes.Add(new ActiveBrake(BrakeKind.Operator, reason));
        }

        var reported = nodes.Count(n => input.Reported.Contains(n.Node));
        if (!input.StartupOver && nodes.Count > 0 && reported < Math.Ceiling(nodes.Count * ReportedToStart))
        {
            brakes.Add(new ActiveBrake(BrakeKind.SafeMode, $"{reported} of {nodes.Count} nodes have reported since the start; nothing moves before {ReportedToStart:P0} have."));
        }

        AddSilence(brakes, nodes);
        if (input.NewlyMissing >= MissingReplicasLeast && input.NewlyMissing > input.Replicas * MissingReplicas)
        {
            brakes.Add(new ActiveBrake(BrakeKind.ReplicasMissing, $"{input.NewlyMissing} of {input.Replicas} replicas went missing within an hour: more than {MissingReplicas:P0}, so the scan is doubted first."));
        }

        return brakes.Count == 0 ? BrakeDecision.Free : new BrakeDecision(brakes);
    }

    private void AddSilence(List<ActiveBrake> brakes, IReadOnlyList<NodeView> nodes)
    {
        // A node already written off, or away by announcement, says nothing about a storm now.
        var watched = nodes.Where(n => n.Status is not (NodeStatus.PresumedLost or NodeStatus.Maintenance)).ToList();
        var silent = watched.Count(n => n.Status == NodeStatus.Unreachable);
        if (silent > 1 && silent > watched.Count * SilentNodes)
        {
            brakes.Add(new ActiveBrake(BrakeKind.NodesSilent, $"{silent} of {watched.Count} nodes are silent: more than {SilentNodes:P0}, so our own connection is doubted first."));
        }

        var members = watched.GroupBy(n => n.Member).Where(g => g.All(n => n.Status == NodeStatus.Unreachable)).Select(g => g.Key.Value).Order(StringComparer.Ordinal).ToList();
        if (members.Count >= SilentMembers)
        {
            brakes.Add(new ActiveBrake(BrakeKind.MembersSilent, $"All nodes of {members.Count} members are silent ({string.Join(", ", members.Take(5))}), so our own connection is doubted first."));
        }
    }
}
