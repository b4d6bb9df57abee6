using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Domain.Scale;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Scale;

public sealed class ClusterPlannerTests
{
    /// <summary>Aim: two forms, one logic. Method: random datasets classified, weighed and placed by both; whole seconds, so nothing is rounded.</summary>
    [Fact]
    public void The_columnar_form_decides_what_the_object_form_decides() => Scenario.ForAll(s =>
    {
        var catalogue = new CompactCatalogue(1, 1);
        catalogue.Add(s.Dataset, Now);
        var compact = ClusterPlanner.Plan(catalogue, s.Context, int.MaxValue, CancellationToken.None);
        var health = s.Health;
        var counts = new[] { compact.Levels.Healthy, compact.Levels.Degraded, compact.Levels.Endangered, compact.Levels.Lost, compact.Levels.Pending };
        Assert.Equal(1, counts[(int)health.Level]);
        Assert.Equal(1, compact.Levels.Total);
        foreach (var kind in Enum.GetValues<ReplicaClass>())
        {
            Assert.Equal(health.Of(kind).Count, compact.ReplicaClasses[(int)kind]);
        }

        Assert.Equal(RiskModel.Default.Risk(health, s.Policy, s.Cluster), compact.RiskSum, 1e-12);
        var plan = RepairPlanner.Plan(s.Dataset, s.Context);
        var assigned = plan.Actions.Where(a => a.Kind == ActionKind.Assign).Select(a => a.Node).ToList();
        var occupied = s.Dataset.Running.Any(o => o.Kind is not (ActionKind.Assign or ActionKind.Replicate or ActionKind.Heal));
        if (!occupied && plan.Priority.Level != RepairLevel.LastCopy && plan.Actions.All(a => a.Kind != ActionKind.Verify || a.Reason != ActionReason.LastHope))
        {
            Assert.Equal(assigned, compact.Placements.SelectMany(p => p.Nodes));
        }

        if (plan.Actions.Count > 0)
        {
            Assert.True(compact.WantAttention == 1 || compact.Placements.Count == 1);
        }
    });

    [Fact]
    public void The_most_endangered_are_placed_first_and_the_limit_holds()
    {
        var catalogue = new CompactCatalogue();
        catalogue.Add(Dataset(Replica(1), Replica(2), Replica(3)) with { Id = Id(1) }, Now);
        catalogue.Add(Dataset(Replica(4)) with { Id = Id(2) }, Now);
        catalogue.Add(Dataset(Replica(1), Replica(5)) with { Id = Id(3) }, Now);
        var plan = ClusterPlanner.Plan(catalogue, Context(Cluster(8)), 2, CancellationToken.None);
        Assert.Equal([1, 2], plan.Placements.Select(p => p.Index));
        Assert.Equal(1, plan.Deferred);
        Assert.Equal(3, plan.Placements[0].Nodes.Count);
    }

    [Fact]
    public void Room_is_reserved_as_it_is_given_out()
    {
        var cluster = ClusterView.From(Enumerable.Range(1, 3).Select(i => Node(i) with { CapacityBytes = 10_000_000_000 }));
        var catalogue = new CompactCatalogue();
        for (var i = 0; i < 10; i++)
        {
            catalogue.Add(Dataset() with { Id = Id(i), EstablishedAt = null, Bytes = 3_000_000_000, Policy = new ReplicationPolicy { Target = 1, Floor = 1 } }, Now);
        }

        var plan = ClusterPlanner.Plan(catalogue, Context(cluster), int.MaxValue, CancellationToken.None);
        Assert.Equal(6, plan.Placements.Sum(p => p.Nodes.Count));
        Assert.All(plan.Placements.SelectMany(p => p.Nodes).GroupBy(n => n), g => Assert.Equal(2, g.Count()));
        Assert.Equal(4, plan.Placements.Sum(p => p.Unplaced));
    }

    /// <summary>Aim: a lost node is refilled from and to everyone. Method: 3000 datasets of three copies on 12 equal nodes; one is lost; no receiver gets more than twice its share.</summary>
    [Fact]
    public void A_lost_node_is_refilled_by_everyone_alike()
    {
        var cluster = Cluster(12);
        var catalogue = new CompactCatalogue(3000, 3);
        var policy = new ReplicationPolicy { Target = 3, Floor = 2 };
        for (var i = 0; i < 3000; i++)
        {
            var blank = Dataset() with { Id = Id(i), Policy = policy, Bytes = 1 };
            var first = RepairPlanner.Plan(blank with { EstablishedAt = null }, Context(cluster)).Actions.Select(a => Replica(int.Parse(a.Node.Value[1..]))).ToArray();
            catalogue.Add(blank with { Replicas = first }, Now);
        }

        var after = ClusterPlanner.Plan(catalogue, Context(cluster.With(Node(5, NodeStatus.PresumedLost))), int.MaxValue, CancellationToken.None);
        var shares = after.Placements.SelectMany(p => p.Nodes).GroupBy(n => n).Select(g => g.Count()).ToList();
        Assert.InRange(after.Placements.Count, 600, 900);
        Assert.Equal(11, shares.Count);
        Assert.True(shares.Max() < 2.0 * shares.Sum() / 11, $"largest share {shares.Max()} of {shares.Sum()}");
        Assert.All(after.Placements, p => Assert.Equal((1, 0), (p.Nodes.Count, p.Unplaced)));
    }

    [Fact]
    public void Updates_in_place_and_growth_keep_every_dataset_right()
    {
        var catalogue = new CompactCatalogue(1, 1);
        for (var i = 0; i < 3000; i++)
        {
            catalogue.Add(Dataset(Replica(1)) with { Id = Id(i) }, Now);
        }

        catalogue.Update(7, Dataset(Replica(1), Replica(2), Replica(3), Replica(4)) with { Id = Id(7) }, Now);
        catalogue.Update(8, Dataset() with { Id = Id(8) }, Now);
        var plan = ClusterPlanner.Plan(catalogue, Context(Cluster(6)), 0, CancellationToken.None);
        Assert.Equal(new LevelCounts(1, 0, 2998, 1, 0), plan.Levels);
        Assert.Equal(3002, catalogue.ReplicaCount);
        Assert.Equal(Id(2999), catalogue.IdOf(2999));
    }

    [Fact]
    public void What_if_names_the_member_whose_loss_hurts_most()
    {
        var cluster = Cluster(5).With(Node(5, member: "m4"));
        var catalogue = new CompactCatalogue();
        catalogue.Add(Dataset(Replica(1), Replica(2), Replica(3), Replica(4)) with { Id = Id(1) }, Now);
        catalogue.Add(Dataset(Replica(4), Replica(5)) with { Id = Id(2) }, Now);
        var worst = WhatIf.Lose(catalogue, Context(cluster), DistinctBy.Member)[0];
        Assert.Equal(("m4", 1, 0), (worst.Name, worst.Lost, worst.LastCopies));
        Assert.Equal(new LevelCounts(1, 0, 1, 0, 0), worst.Before);
        Assert.Equal(new LevelCounts(0, 1, 0, 1, 0), worst.After);
        Assert.Equal(Id(2), worst.Example);
        var node = WhatIf.Lose(catalogue, Context(cluster), DistinctBy.Node).Single(s => s.Name == "n5");
        Assert.Equal((0, 1), (node.Lost, node.LastCopies));
    }

    [Fact]
    public void An_id_that_is_not_hex_is_refused() =>
        Assert.ThrowsAny<Exception>(() => new CompactCatalogue().Add(Dataset() with { Id = new DatasetId("short"), Root = new ContentId("Q") }, Now));

    private static DatasetId Id(int i) => new($"{i:x64}");
}
