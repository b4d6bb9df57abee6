using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Repair;

public sealed class RepairPlannerTests
{
    [Fact]
    public void A_dataset_with_its_target_verified_needs_nothing()
    {
        var plan = RepairPlanner.Plan(Dataset(Replica(1), Replica(2), Replica(3), Replica(4)), Context(Cluster(6)));
        Assert.Equal(HealthLevel.Healthy, plan.Health.Level);
        Assert.Empty(plan.Actions);
        Assert.Empty(plan.NotYet);
    }

    [Fact]
    public void A_wiped_node_is_replaced_at_once_from_the_others()
    {
        var plan = RepairPlanner.Plan(Dataset(Replica(1), Replica(2), Replica(3), Replica(4, ReplicaState.Missing)), Context(Cluster(6)));
        Assert.Equal(HealthLevel.Degraded, plan.Health.Level);
        var assign = Assert.Single(plan.Actions);
        Assert.Equal(ActionKind.Assign, assign.Kind);
        Assert.DoesNotContain(assign.Node, plan.Health.Healthy);
        Assert.Equal(3, assign.Sources.Count);
    }

    [Fact]
    public void A_wiped_node_that_could_not_be_filled_is_the_last_resort_and_not_barred_for_good()
    {
        ReplicaRecord GivenUp(int node, DateTimeOffset next) => Replica(node, ReplicaState.Missing) with { GivenUp = true, Attempts = 1, NextAttemptAt = next };
        var dataset = Dataset(Replica(1), Replica(2), Replica(3), GivenUp(4, Now), GivenUp(5, Now.AddHours(2)));
        Assert.Equal(new NodeId("n6"), Assert.Single(RepairPlanner.Plan(dataset, Context(Cluster(6))).Actions).Node);
        Assert.Equal(new NodeId("n4"), Assert.Single(RepairPlanner.Plan(dataset, Context(Cluster(5))).Actions).Node);

        var waits = RepairPlanner.Plan(Dataset(Replica(1), Replica(2), Replica(3), GivenUp(5, Now.AddHours(2))), Context(ClusterView.From([Node(1), Node(2), Node(3), Node(5)])));
        Assert.Empty(waits.Actions);
        Assert.Contains(waits.NotYet, n => n.Reason == NotYetReason.Backoff && n.Node == new NodeId("n5") && n.Until == Now.AddHours(2));
    }

    [Fact]
    public void A_silent_node_is_waited_for_by_the_ladder_then_replaced()
    {
        var cluster = Cluster(6).With(Node(4, NodeStatus.Unreachable));
        var dataset = Dataset(Replica(1), Replica(2), Replica(3), Replica(4));
        var early = RepairPlanner.Plan(dataset, Context(cluster));
        Assert.Empty(early.Actions);
        var wait = Assert.Single(early.NotYet);
        Assert.Equal(NotYetReason.MayReturn, wait.Reason);
        Assert.Equal(Now.AddHours(-1).AddDays(7), wait.Until);
        Assert.Equal(wait.Until, early.NextAt);

        var late = RepairPlanner.Plan(dataset, Context(cluster) with { Now = wait.Until!.Value });
        Assert.Equal(ActionKind.Assign, Assert.Single(late.Actions).Kind);
    }

    [Fact]
    public void A_wish_above_the_members_is_placed_as_far_as_it_goes_and_says_what_it_waits_for()
    {
        var dataset = Dataset() with { EstablishedAt = null, Policy = new ReplicationPolicy { Target = 5, Floor = 3, Most = 6 } };
        var plan = RepairPlanner.Plan(dataset, Context(Cluster(3)));
        Assert.Equal(3, plan.Actions.Count(a => a.Kind == ActionKind.Assign));
        Assert.Equal("Waiting for members: 3 of 5.", Assert.Single(plan.NotYet).Text);
    }

    [Fact]
    public void A_copy_is_trimmed_only_after_its_grace_and_only_one()
    {
        var rows = Enumerable.Range(1, 6).Select(i => Replica(i)).ToArray();
        var dataset = Dataset(rows) with { SurplusSince = Now.AddDays(-29) };
        Assert.Empty(RepairPlanner.Plan(dataset, Context(Cluster(7))).Actions);
        var due = RepairPlanner.Plan(dataset with { SurplusSince = Now.AddDays(-30) }, Context(Cluster(7)));
        Assert.Equal(ActionKind.Trim, Assert.Single(due.Actions).Kind);
        var spaced = RepairPlanner.Plan(dataset with { SurplusSince = Now.AddDays(-30), LastTrimAt = Now.AddHours(-1) }, Context(Cluster(7)));
        Assert.Equal(NotYetReason.OneTrimADay, Assert.Single(spaced.NotYet).Reason);
    }
}
