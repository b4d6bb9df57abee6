using Etdb.Domain.Content;
using Etdb.Domain.Placement;
using Etdb.Domain.Reconciliation;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Repair;

public sealed class LifecycleTests
{
    private static readonly DatasetView s_deactivated = Dataset(Replica(1), Replica(2), Replica(3), Replica(4)) with
    {
        Lifecycle = DatasetLifecycle.Deactivated,
        LifecycleSince = Now.AddDays(-365),
    };

    [Fact]
    public void A_deactivated_dataset_is_kept_like_any_other_until_its_grace_ends()
    {
        var young = s_deactivated with { LifecycleSince = Now.AddDays(-364), Replicas = [Replica(1), Replica(2), Replica(3)] };
        var plan = RepairPlanner.Plan(young, Context(Cluster(6)));
        Assert.Equal(ActionKind.Assign, Assert.Single(plan.Actions).Kind);
        Assert.Contains(plan.NotYet, n => n.Reason == NotYetReason.RetireGrace && n.Until == Now.AddDays(1));
    }

    [Fact]
    public void After_the_grace_one_copy_a_day_is_let_go()
    {
        Assert.Equal(ActionKind.Retire, Assert.Single(RepairPlanner.Plan(s_deactivated, Context(Cluster(6))).Actions).Kind);
        var spaced = RepairPlanner.Plan(s_deactivated with { LastTrimAt = Now.AddHours(-23) }, Context(Cluster(6)));
        Assert.Empty(spaced.Actions);
        Assert.Equal(Now.AddHours(1), Assert.Single(spaced.NotYet).Until);
    }

    [Fact]
    public void Blocks_another_dataset_refers_to_are_never_let_go()
    {
        var plan = RepairPlanner.Plan(s_deactivated with { ReferencedElsewhere = true, LifecycleSince = Now.AddYears(-50) }, Context(Cluster(6)));
        Assert.Empty(plan.Actions);
        Assert.Equal(NotYetReason.StillReferenced, Assert.Single(plan.NotYet).Reason);
    }

    [Fact]
    public void The_last_copy_whose_pin_is_gone_is_hashed_before_it_is_called_lost()
    {
        var plan = RepairPlanner.Plan(Dataset(Replica(1, ReplicaState.Missing)), Context(Cluster(4)));
        Assert.Equal(HealthLevel.Lost, plan.Health.Level);
        Assert.Equal((ActionKind.Verify, ActionReason.LastHope), (plan.Actions[0].Kind, plan.Actions[0].Reason));
        Assert.DoesNotContain(plan.Actions, a => a.Kind == ActionKind.Assign);
        Assert.Contains(plan.NotYet, n => n.Reason == NotYetReason.NoSource);
    }

    [Fact]
    public void The_last_hope_is_looked_at_again_only_after_the_longest_backoff()
    {
        var gone = Replica(1, ReplicaState.Missing);
        var looked = gone with { Evidence = gone.Evidence with { MissingAt = Now.AddHours(-11) } };
        var plan = RepairPlanner.Plan(Dataset(looked), Context(Cluster(4)));
        Assert.Empty(plan.Actions);
        Assert.Contains(plan.NotYet, n => n is { Reason: NotYetReason.NoSource } && n.Until == Now.AddHours(1));
        Assert.Equal(ActionKind.Verify, RepairPlanner.Plan(Dataset(looked), Context(Cluster(4)) with { Now = Now.AddHours(1) }).Actions[0].Kind);
    }

    [Fact]
    public void An_assigned_copy_of_which_none_can_be_read_waits_for_an_event_and_is_not_tried_in_vain()
    {
        var plan = RepairPlanner.Plan(Dataset(Replica(1, ReplicaState.Assigned)), Context(Cluster(4)));
        Assert.Empty(plan.Actions);
        Assert.Contains(plan.NotYet, n => n is { Reason: NotYetReason.NoSource, Until: null } && n.Node?.Value == "n1");
        var @new = Dataset(Replica(1, ReplicaState.Assigned)) with { EstablishedAt = null };
        Assert.NotEmpty(RepairPlanner.Plan(@new, Context(Cluster(4))).Actions);
        Assert.Empty(RepairPlanner.Plan(@new with { AwaitsOrigin = true }, Context(Cluster(4))).Actions);
    }

    [Fact]
    public void Corrupt_blocks_are_healed_in_place_from_proven_copies()
    {
        var plan = RepairPlanner.Plan(Dataset(Replica(1), Replica(2), Replica(3), Replica(4, ReplicaState.Corrupt)), Context(Cluster(4)));
        var heal = Assert.Single(plan.Actions);
        Assert.Equal((ActionKind.Heal, "n4", 3), (heal.Kind, heal.Node.Value, heal.Sources.Count));
    }

    [Fact]
    public void A_drain_previews_follows_and_names_what_blocks_it()
    {
        var dataset = Dataset(Replica(1), Replica(2), Replica(3), Replica(4));
        var node = new NodeId("n4");
        var free = DrainPlanner.Assess(dataset with { Replicas = [.. dataset.Replicas, Replica(5)] }, node, Context(Cluster(5)));
        var replaceable = DrainPlanner.Assess(dataset, node, Context(Cluster(5)));
        var moving = DrainPlanner.Assess(dataset with { Replicas = [.. dataset.Replicas, Replica(5, ReplicaState.Claimed)] }, node, Context(Cluster(5)));
        var blocked = DrainPlanner.Assess(dataset, node, Context(Cluster(4)));
        Assert.Equal([DrainNeed.Free, DrainNeed.Replaceable, DrainNeed.Moving, DrainNeed.Blocked], new[] { free, replaceable, moving, blocked }.Select(a => a.Need));
        Assert.Equal("Waiting for members: 3 of 4.", blocked.Text);

        var report = DrainPlanner.Report(node, [free, replaceable, moving], 4, 1_000_000, Now);
        Assert.Equal((3, 1, 6_000_000_000, 0.5), (report.Replicas, report.Free, report.BytesToMove, report.Progress));
        Assert.Equal(Now.AddSeconds(6000), report.DoneAt);
        Assert.False(report.SafeToLeave);
        Assert.Null(DrainPlanner.Report(node, [blocked], null, 1_000_000, Now).DoneAt);
        Assert.True(DrainPlanner.Report(node, [free], 4, 0, Now).SafeToLeave);
    }

    [Fact]
    public void A_draining_copy_is_replaced_from_itself_then_unpinned_when_the_others_are_verified()
    {
        var cluster = Cluster(6).With(Node(4, NodeStatus.Draining));
        var dataset = Dataset(Replica(1), Replica(2), Replica(3), Replica(4));
        var plan = RepairPlanner.Plan(dataset, Context(cluster));
        var assign = Assert.Single(plan.Actions);
        Assert.Contains(new NodeId("n4"), assign.Sources);
        Assert.Contains(plan.NotYet, n => n.Reason == NotYetReason.TargetNotVerified);
        var done = RepairPlanner.Plan(dataset with { Replicas = [.. dataset.Replicas, Replica(5)] }, Context(cluster));
        Assert.Equal((ActionKind.Trim, "n4"), (Assert.Single(done.Actions).Kind, done.Actions[0].Node.Value));
    }

    [Fact]
    public void Rebalancing_rests_in_bad_times_and_only_adds_copies_on_emptier_nodes()
    {
        Assert.False(RebalancePlanner.IsAllowed(1000, 11, BrakeDecision.Free).Allowed);
        Assert.True(RebalancePlanner.IsAllowed(1000, 10, BrakeDecision.Free).Allowed);
        Assert.False(RebalancePlanner.IsAllowed(1000, 0, new BrakeDecision([new ActiveBrake(BrakeKind.Operator, "x")])).Allowed);
        var cluster = ClusterView.From(Enumerable.Range(1, 6).Select(i => Node(i) with { CapacityBytes = 1000, UsedBytes = i == 1 ? 800 : i == 6 ? 0 : 400 }));
        var dataset = Dataset(Replica(1), Replica(2), Replica(3), Replica(4));
        var candidates = Enumerable.Range(0, 500).Select(i => new RebalanceCandidate(new DatasetId($"{i:x64}"), 10, dataset.Health(cluster), dataset.Policy)).ToList();
        var moves = RebalancePlanner.Plan(new NodeId("n1"), candidates, cluster, PlacementOptions.Default);
        Assert.Equal(30, moves.Count);
        Assert.All(moves, m => Assert.Equal("n6", m.To.Value));
        Assert.Empty(RebalancePlanner.Plan(new NodeId("n2"), candidates, cluster, PlacementOptions.Default));
    }

    [Fact]
    public void The_three_way_diff_names_every_disagreement_and_touches_no_orphan()
    {
        var (a, b, c) = (new DatasetId("a"), new DatasetId("b"), new DatasetId("c"));
        var (ra, rb, rc, rx) = (new ContentId("ra"), new ContentId("rb"), new ContentId("rc"), new ContentId("rx"));
        var (n1, n2) = (new NodeId("n1"), new NodeId("n2"));
        var differences = ThreeWayDiff.Compare(
            [new LedgerEntry(a, ra), new LedgerEntry(b, rx), new LedgerEntry(new DatasetId("d"), rc)],
            [new WantedEntry(a, ra, true, [n1], [n1]), new WantedEntry(b, rb, true, [n1], [n1]), new WantedEntry(c, rc, true, [], [])],
            [new SeenListing(n1, [ra, new ContentId("own")]), new SeenListing(n2, [ra])]);
        Assert.Equal(
            [
                new Difference(DifferenceKind.LedgerNotWanted, new DatasetId("d"), null, rc),
                new Difference(DifferenceKind.WantedNotInLedger, c, null, rc),
                new Difference(DifferenceKind.RootDiffers, b, null, rx),
                new Difference(DifferenceKind.WantedNotSeen, b, n1, rb),
                new Difference(DifferenceKind.SeenNotAssigned, a, n2, ra),
                new Difference(DifferenceKind.Orphan, null, n1, new ContentId("own")),
            ],
            differences);
    }

    [Fact]
    public void A_lost_disk_and_a_mass_removal_are_one_incident_each()
    {
        Assert.Equal(ScanVerdict.DiskLoss, ScanJudge.Judge(new ScanFacts(100, 100, false, false)));
        Assert.Equal(ScanVerdict.DiskLoss, ScanJudge.Judge(new ScanFacts(100, 0, true, null)));
        Assert.Equal(ScanVerdict.PinsRemoved, ScanJudge.Judge(new ScanFacts(100, 100, false, true)));
        Assert.Equal(ScanVerdict.PinsRemoved, ScanJudge.Judge(new ScanFacts(100, 21, false, true)));
        Assert.Equal(ScanVerdict.Normal, ScanJudge.Judge(new ScanFacts(100, 20, false, true)));
        Assert.Equal(ScanVerdict.Normal, ScanJudge.Judge(new ScanFacts(2, 1, false, true)));
    }

    [Fact]
    public void A_wiped_copy_that_is_being_brought_again_is_not_sought_elsewhere()
    {
        var wiped = Dataset(Replica(1), Replica(2), Replica(3), Replica(4, ReplicaState.Missing));
        Assert.Equal(ActionKind.Assign, Assert.Single(RepairPlanner.Plan(wiped, Context(Cluster(6))).Actions).Kind);
        var underway = wiped with { Running = [new RunningOperation(new NodeId("n4"), ActionKind.Assign, Now.AddMinutes(-5))] };
        Assert.Empty(RepairPlanner.Plan(underway, Context(Cluster(6))).Actions);
    }

    [Fact]
    public void Work_whose_row_was_lost_is_not_done_twice()
    {
        var dataset = Dataset(Replica(1), Replica(2), Replica(3)) with { Running = [new RunningOperation(new NodeId("n5"), ActionKind.Assign, Now.AddMinutes(-5))] };
        var plan = RepairPlanner.Plan(dataset, Context(Cluster(6)));
        Assert.Empty(plan.Actions);
        Assert.Equal(NotYetReason.Running, Assert.Single(plan.NotYet).Reason);
    }

    [Fact]
    public void A_lost_dataset_is_sought_from_outside_where_that_is_possible()
    {
        var lost = Dataset(Replica(1, ReplicaState.Missing)) with { HasOutsideSource = true };
        Assert.Contains(RepairPlanner.Plan(lost, Context(Cluster(6))).Actions, a => a.Kind == ActionKind.Assign);
    }

    [Fact]
    public void Operators_can_force_work_past_brakes_and_waits()
    {
        var brakes = new BrakeDecision([new ActiveBrake(BrakeKind.SafeMode, "start")]);
        var dataset = Dataset(Replica(1), Replica(2), Replica(3));
        Assert.Empty(RepairPlanner.Plan(dataset, Context(Cluster(6)) with { Brakes = brakes }).Actions);
        Assert.Single(RepairPlanner.Plan(dataset with { Forced = true }, Context(Cluster(6)) with { Brakes = brakes }).Actions);
    }
}
