using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Tests.Repair;

/// <summary>
/// One dataset on eight nodes of eight members, hour by hour: nodes fall silent and return, disks are wiped, blocks rot unseen, operators remove pins,
/// work takes hours and fails. What the planner is told is true when it is told; the truth itself is kept beside it.
/// </summary>
internal sealed class FaultyWorld
{
    private const int Nodes = 8;
    private const int ScanEveryHours = 6;
    private const int AuditEveryHours = 120;

    private readonly Random _random;
    private readonly Truth[] _truth = new Truth[Nodes];
    private readonly Dictionary<NodeId, (PlannedAction Action, int EndsAt)> _work = [];
    private int _hour;

    public FaultyWorld(int seed)
    {
        _random = new Random(seed);
        for (var i = 0; i < Nodes; i++)
        {
            _truth[i] = new Truth { LastAnswer = World.Now };
        }

        Dataset = World.Dataset() with
        {
            Policy = new ReplicationPolicy { Target = 3 + _random.Next(2), Floor = 2, Most = 5, SurplusGrace = TimeSpan.FromDays(5) },
            RegisteredAt = World.Now,
            EstablishedAt = null,
            HasOutsideSource = true,
        };
    }

    public DatasetView Dataset { get; private set; }

    public DateTimeOffset Now => World.Now.AddHours(_hour);

    public int Assigned { get; private set; }

    public int Faults { get; private set; }

    public int GoodCopies => _truth.Count(t => t is { Pinned: true, Whole: true });

    private bool HasBeenWhole { get; set; }

    public void Step(bool faults)
    {
        _hour++;
        if (faults)
        {
            BreakSomething();
        }

        Return(faults);
        Look();
        FinishWork();
        var cluster = ClusterView.From(Enumerable.Range(0, Nodes).Select(View));
        Dataset = Dataset with { Running = [.. _work.Select(w => new RunningOperation(w.Key, w.Value.Action.Kind, Now))] };
        var plan = RepairPlanner.Plan(Dataset, new PlannerContext { Cluster = cluster, Now = Now });
        Dataset = Dataset.Note(plan.Health, Now);
        HasBeenWhole |= GoodCopies >= Dataset.Policy.Target;
        Check(plan, cluster);
        foreach (var action in plan.Actions)
        {
            Begin(action);
        }

        if (HasBeenWhole)
        {
            Assert.True(GoodCopies >= 1, "the dataset is lost though one fault never took the last good copy");
        }
    }

    private void Check(DatasetPlan plan, ClusterView cluster)
    {
        foreach (var trim in plan.Actions.Where(a => a.Kind == ActionKind.Trim))
        {
            var others = Scenario.Classify(Dataset with { Replicas = [.. Dataset.Replicas.Where(r => r.Node != trim.Node)] }, cluster, Now);
            Assert.True(others.VerifiedIndependent >= Dataset.Policy.Target, "unpinned below target");
        }

        Assert.All(plan.Actions, a => Assert.DoesNotContain(a.Node, _work.Keys));
        if (plan.Health.VerifiedIndependent < Dataset.Policy.Target && plan.Actions.Count == 0)
        {
            Assert.NotEmpty(plan.NotYet);
        }
    }

    private void BreakSomething()
    {
        var truth = _truth[_random.Next(Nodes)];
        var chance = _random.Next(100);
        if (chance == 0)
        {
            truth.SilentUntil = _hour + _random.Next(1, 250);
            Faults++;
        }
        else if (chance == 1 && GoodCopies >= 3)
        {
            (truth.Pinned, truth.Whole, truth.Replaced) = (false, false, true);
            Faults++;
        }
        else if (chance == 2 && GoodCopies >= 3)
        {
            truth.Whole = false;
            Faults++;
        }
        else if (chance == 3 && GoodCopies >= 3)
        {
            (truth.Pinned, truth.Whole) = (false, false);
            Faults++;
        }
    }

    private void Return(bool faults)
    {
        foreach (var truth in _truth)
        {
            truth.SilentUntil = faults ? truth.SilentUntil : 0;
            if (Answers(truth))
            {
                truth.LastAnswer = Now;
            }
        }
    }

    private void Look()
    {
        TakeBack();
        foreach (var row in Dataset.Replicas.ToList())
        {
            var truth = Of(row.Node);
            if (!Answers(truth))
            {
                continue;
            }

            if (truth.Replaced && _hour % ScanEveryHours == 0)
            {
                See(row.Node, ObservationKind.RepositoryReplaced);
                truth.Replaced = false;
            }

            if (_hour % ScanEveryHours == 0)
            {
                See(row.Node, truth.Pinned ? ObservationKind.Listed : ObservationKind.NotListed);
            }

            if ((_hour + IndexOf(row.Node)) % AuditEveryHours == 0 && row.LastVerification is not null && !_work.ContainsKey(row.Node))
            {
                Audit(row.Node);
            }
        }
    }

    /// <summary>A listing shows what a node that was written off still keeps: it becomes a row again.</summary>
    private void TakeBack()
    {
        for (var i = 0; i < Nodes && _hour % ScanEveryHours == 0; i++)
        {
            var node = World.Node(i, NodeStatus.Up).Node;
            if (_truth[i].Pinned && Answers(_truth[i]) && Dataset.Replicas.All(r => r.Node != node))
            {
                Dataset = Dataset with { Replicas = [.. Dataset.Replicas, ReplicaRecord.Assign(node, Now)] };
                See(node, ObservationKind.Listed);
            }
        }
    }

    private void Begin(PlannedAction action)
    {
        if (action.Kind == ActionKind.Forget)
        {
            Dataset = Dataset with { Replicas = [.. Dataset.Replicas.Where(r => r.Node != action.Node)] };
            return;
        }

        if (action.Kind == ActionKind.Assign && Dataset.Replicas.All(r => r.Node != action.Node))
        {
            Dataset = Dataset with { Replicas = [.. Dataset.Replicas, ReplicaRecord.Assign(action.Node, Now)] };
        }

        Assigned += action.Kind == ActionKind.Assign ? 1 : 0;
        if (action.Kind == ActionKind.Trim)
        {
            Dataset = Dataset with { LastTrimAt = Now };
            See(action.Node, ObservationKind.NotListed);
        }

        _work[action.Node] = (action, _hour + _random.Next(1, 5));
    }

    private void FinishWork()
    {
        foreach (var (node, (action, _)) in _work.Where(w => w.Value.EndsAt <= _hour).ToList())
        {
            _work.Remove(node);
            var truth = Of(node);
            if (action.Kind == ActionKind.Trim)
            {
                (truth.Pinned, truth.Whole) = (false, false);
            }
            else if (!Answers(truth))
            {
                Fail(node, ReplicaCause.NoAnswer);
            }
            else if (action.Kind == ActionKind.Verify)
            {
                Audit(node);
            }
            else if (_random.Next(5) == 0 || (HasBeenWhole && !action.Sources.Any(s => Of(s) is { Whole: true } source && Answers(source)) && !truth.Whole))
            {
                Fail(node, _random.Next(4) == 0 ? ReplicaCause.DiskFull : ReplicaCause.NoProviders);
            }
            else
            {
                Succeed(node, action, truth);
            }
        }
    }

    private void Succeed(NodeId node, PlannedAction action, Truth truth)
    {
        truth.Whole = true;
        if (action.Kind == ActionKind.Heal)
        {
            See(node, ObservationKind.Healed);
        }
        else
        {
            truth.Pinned = true;
            See(node, ObservationKind.Pinned);
        }

        Change(node, r => r.AttemptSucceeded());
    }

    private void Audit(NodeId node)
    {
        var truth = Of(node);
        See(node, truth.Whole ? ObservationKind.CheckComplete : truth.Pinned ? ObservationKind.CheckCorrupt : ObservationKind.CheckMissing);
        Change(node, r => r.AttemptSucceeded());
    }

    private void Fail(NodeId node, ReplicaCause cause) => Change(
        node,
        r => r.AttemptFailed(cause, Now, RetryPolicy.Default.Decide(cause, r.Attempts + 1, r.FailingSince ?? Now, Now, (ulong)_random.NextInt64())));

    private void See(NodeId node, ObservationKind kind) => Change(
        node,
        r => ReplicaObserver.Observe(r, new Observation(node, kind, Now, ObservationSource.Audit, VerificationDepth.Full, 10), Now).Replica);

    private void Change(NodeId node, Func<ReplicaRecord, ReplicaRecord> change) =>
        Dataset = Dataset with { Replicas = [.. Dataset.Replicas.Select(r => r.Node == node ? change(r) : r)] };

    private NodeView View(int i)
    {
        var (status, since, _) = MaintenanceSchedule.None.Stand(_truth[i].LastAnswer, Now, GraceLadder.Default);
        return World.Node(i, status) with { AbsentSince = since };
    }

    private bool Answers(Truth truth) => truth.SilentUntil <= _hour;

    private Truth Of(NodeId node) => _truth[IndexOf(node)];

    private static int IndexOf(NodeId node) => int.Parse(node.Value[1..]);

    private sealed class Truth
    {
        public bool Pinned { get; set; }

        public bool Whole { get; set; }

        public bool Replaced { get; set; }

        public int SilentUntil { get; set; }

        public DateTimeOffset LastAnswer { get; set; }
    }
}
