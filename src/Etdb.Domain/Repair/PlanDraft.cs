using Etdb.Domain.Common;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>A plan in the making: collects actions and deferrals, applies brakes and "one live operation a node" in one place.</summary>
internal sealed class PlanDraft
{
    private const int DoubtfulRank = 4;
    private const int DamagedRank = 6;

    /// <summary>Behind every row that may hold some blocks.</summary>
    private const int OriginRank = 8;

    private readonly List<PlannedAction> _actions = [];
    private readonly List<NotYet> _notYet = [];
    private readonly Dictionary<NodeId, RunningOperation> _running;

    public PlanDraft(DatasetView dataset, DatasetHealth health, PlannerContext context)
    {
        Dataset = dataset;
        Health = health;
        Context = context;
        Priority = RepairPlanner.Priority(dataset, health, context);
        _running = [];
        foreach (var operation in dataset.Running)
        {
            if (_running.TryAdd(operation.Node, operation))
            {
                Defer(NotYetReason.Running, operation.Node, null, $"{PlanExplanation.Running(operation.Kind, operation.Node)} since {operation.Since:u}.");
            }
        }
    }

    public DatasetView Dataset { get; }

    public DatasetHealth Health { get; }

    public PlannerContext Context { get; }

    public PriorityKey Priority { get; }

    public bool HasActions => _actions.Count > 0;

    public bool HasRunning => _running.Count > 0;

    public void Add(PlannedAction action)
    {
        if (_running.ContainsKey(action.Node))
        {
            return;
        }

        if (!Dataset.Forced && !Context.Brakes.Allows(action.Kind, Priority.Level))
        {
            var brake = Context.Brakes.Brakes[0];
            Defer(brake.Kind == BrakeKind.SafeMode ? NotYetReason.SafeMode : NotYetReason.StormBrake, action.Node, null, brake.Text);
            return;
        }

        _actions.Add(action);
    }

    public void Defer(NotYetReason reason, NodeId? node, DateTimeOffset? until, string text) => _notYet.Add(new NotYet(reason, node, until, text));

    /// <summary>True, and noted, while the next attempt on this row has to wait.</summary>
    public bool WaitsForBackoff(ReplicaRecord row)
    {
        if (!Waits(row))
        {
            return false;
        }

        var reason = row.AttemptCause is ReplicaCause.BadContent ? NotYetReason.Unobtainable : NotYetReason.Backoff;
        Defer(reason, row.Node, row.NextAttemptAt, $"Attempt {row.Attempts} on {row.Node} failed ({row.AttemptCause}). {RetryPolicy.Advice(row.AttemptCause)}");
        return true;
    }

    /// <summary>Nodes blocks can be had from, best first: proven ones, then listed ones; an own order for each dataset spreads the load.</summary>
    public IReadOnlyList<NodeId> Sources(NodeId? target)
    {
        var seed = Hashing.Of(Dataset.Id.Value);
        var ranked = new List<(int Rank, ulong Order, NodeId Node)>();
        for (var i = 0; i < Health.Replicas.Count; i++)
        {
            var standing = Health.Replicas[i];
            if (standing.Node == target || !Context.Cluster.TryGet(standing.Node, out var node) || !node.Answers)
            {
                continue;
            }

            if (Rank(standing, Dataset.Replicas[i], node) is { } rank)
            {
                ranked.Add((rank, Hashing.Mix(seed, Hashing.Of(standing.Node.Value)), standing.Node));
            }
        }

        if (ranked.Exists(r => r.Rank < DoubtfulRank))
        {
            ranked.RemoveAll(r => r.Rank >= DamagedRank);
        }

        foreach (var origin in Dataset.Origins)
        {
            if (origin != target && Context.Cluster.TryGet(origin, out var node) && node.Answers)
            {
                ranked.Add((OriginRank, Hashing.Mix(seed, Hashing.Of(origin.Value)), origin));
            }
        }

        ranked.Sort();
        return [.. ranked.Take(RepairPlanner.SourcesMaximum).Select(r => r.Node)];
    }

    /// <summary>True, and noted, when there is nothing to copy from: only an event can change that.</summary>
    public bool LacksSource(IReadOnlyList<NodeId> sources, NodeId? target)
    {
        if (sources.Count > 0 || Dataset.HasOutsideSource || (Dataset.EstablishedAt is null && !Dataset.AwaitsOrigin))
        {
            return false;
        }

        var text = Dataset.EstablishedAt is null
            ? "Its files are on no member's node yet, and no node of a lab answers to take them from; they are fetched as soon as one does."
            : "No copy can be read now, so there is nothing to copy from; every copy that comes back is tried at once.";
        Defer(NotYetReason.NoSource, target, null, text);
        return true;
    }

    /// <summary>
    /// Nodes a new copy must not go to: those with a row (but for wiped ones, which may be filled again after their wait) and those operators excluded. Wiped
    /// ones that could not be filled are the <paramref name="last"/> resort, used when no other node is left: giving up is never for good.
    /// </summary>
    public IReadOnlyList<NodeId> Excluded(bool last = false)
    {
        var excluded = new List<NodeId>(Dataset.ExcludedNodes);
        foreach (var row in Dataset.Replicas)
        {
            if (!IsWiped(row) || Waits(row) || (row.GivenUp && !last))
            {
                excluded.Add(row.Node);
            }
        }

        excluded.AddRange(_running.Keys);
        excluded.AddRange(_actions.Select(a => a.Node));
        return excluded;
    }

    /// <summary>Says of wiped nodes that could not be filled when they are tried again.</summary>
    public void DeferWiped()
    {
        foreach (var row in Dataset.Replicas.Where(IsWiped))
        {
            WaitsForBackoff(row);
        }
    }

    public DatasetPlan Build()
    {
        DateTimeOffset? next = null;
        foreach (var until in _notYet.Select(n => n.Until).Concat(Health.Replicas.Select(r => r.Until)).Concat(Ageing()))
        {
            if (until > Context.Now && !(until >= next))
            {
                next = until;
            }
        }

        return new DatasetPlan { Dataset = Dataset.Id, Health = Health, Priority = Priority, Actions = _actions, NotYet = _notYet, NextAt = next };
    }

    private bool Waits(ReplicaRecord row) => !Dataset.Forced && row.NextAttemptAt > Context.Now;

    private static bool IsWiped(ReplicaRecord row) => row is { State: ReplicaState.Missing, IsListed: false };

    private IEnumerable<DateTimeOffset?> Ageing() =>
        Health.Replicas.Zip(Dataset.Replicas).Where(r => r.First.Class == ReplicaClass.Healthy).Select(r => Dataset.Policy.RecheckAt(r.Second));

    private static int? Rank(ReplicaStanding standing, ReplicaRecord row, NodeView node)
    {
        var busy = node.OutSlotsUsed >= node.OutSlots ? 1 : 0;
        if (standing.Retrievable)
        {
            return row.State == ReplicaState.Verified ? busy : 2 + busy;
        }

        // What a node lists, or holds in part, may still give some blocks: every block is hashed on arrival.
        return row.State switch
        {
            ReplicaState.Claimed => DoubtfulRank,
            ReplicaState.Suspect => DoubtfulRank + 1,
            ReplicaState.Corrupt => DamagedRank,
            ReplicaState.Missing when row.Cause is ReplicaCause.BlocksMissing => DamagedRank + 1,
            _ => null,
        };
    }
}
