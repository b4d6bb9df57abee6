using Etdb.Domain.Common;
using Etdb.Domain.Placement;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Placement;

public sealed class PlacementPlannerTests
{
    /// <summary>Aim: the shortcut that spares logarithms changes nothing. Method: the first choice against the plain formula on random clusters.</summary>
    [Fact]
    public void The_first_choice_is_the_highest_weight_over_minus_log() => Scenario.ForAll(s =>
    {
        var request = Request(s.Seed, 1) with { Policy = s.Policy, Bytes = 1 };
        var result = PlacementPlanner.Place(request, s.Cluster);
        var fit = s.Cluster.Nodes.Where(n => n is { Status: NodeStatus.Up, IsExiting: false, IsOnProbation: false, NoNewReplicas: false }
            && s.Policy.IncludeTags.All(n.Tags.Contains) && !s.Policy.ExcludeTags.Any(n.Tags.Contains) && PlacementOptions.Default.Room(n, 0.85) > 0);
        var best = fit.MaxBy(n =>
        {
            var unit = Hashing.Unit(Hashing.Mix(Hashing.Of(request.Dataset.Value) ^ Hashing.Of(n.Node.Value)));
            return PlacementOptions.Default.Room(n, 0.85) * Math.Clamp(n.Reputation, 0.01, 1) / -Math.Log(unit);
        });
        Assert.Equal(best?.Node, result.Nodes.Count == 0 ? null : result.Nodes[0]);
    });

    [Fact]
    public void Shares_follow_free_room()
    {
        var cluster = ClusterView.From(Enumerable.Range(1, 4).Select(i => Node(i) with { CapacityBytes = i * 1_000_000_000_000L }));
        var counts = Enumerable.Range(0, 4000).Select(i => PlacementPlanner.Place(Request(i, 1), cluster).Nodes[0]).CountBy(n => n.Value).ToDictionary();
        for (var i = 1; i <= 4; i++)
        {
            Assert.Equal(i / 10.0, counts[$"n{i}"] / 4000.0, 0.03);
        }
    }

    [Fact]
    public void A_new_node_takes_its_share_and_moves_nothing_else()
    {
        var (before, after) = (Cluster(9), Cluster(10));
        for (var i = 0; i < 500; i++)
        {
            var (a, b) = (PlacementPlanner.Place(Request(i, 1), before).Nodes[0], PlacementPlanner.Place(Request(i, 1), after).Nodes[0]);
            Assert.True(a == b || b == new NodeId("n10"));
        }
    }

    [Fact]
    public void Other_countries_are_preferred_but_not_demanded()
    {
        var cluster = ClusterView.From(Enumerable.Range(1, 8).Select(i => Node(i, country: i <= 4 ? "NL" : $"C{i}")));
        var request = Request(0, 1) with { Survivors = [new NodeId("n1")] };
        var abroad = Enumerable.Range(0, 1000).Count(i => cluster.TryGet(PlacementPlanner.Place(request with { Dataset = new DatasetId($"{i:x64}") }, cluster).Nodes[0], out var n) && n.Country != "NL");
        Assert.InRange(abroad, 750, 900);
        var only = ClusterView.From(cluster.Nodes.Take(2));
        Assert.Single(PlacementPlanner.Place(request, only).Nodes);
    }

    [Fact]
    public void Every_node_not_chosen_has_its_reason()
    {
        var cluster = ClusterView.From(
        [
            Node(1), Node(2, NodeStatus.Draining), Node(3, member: "m1"), Node(4) with { UsedBytes = 1L << 40 }, Node(5, tags: "tape"), Node(6), Node(7),
        ]);
        var policy = new ReplicationPolicy { ExcludeTags = ["tape"] };
        var result = PlacementPlanner.Place(Request(1, 1) with { Policy = policy, Survivors = [new NodeId("n1")], Excluded = [new NodeId("n1"), new NodeId("n6")] }, cluster);
        Assert.Equal("n7", Assert.Single(result.Nodes).Value);
        Assert.Equal(
            [PlacementRefusal.Excluded, PlacementRefusal.NotTaking, PlacementRefusal.DomainTaken, PlacementRefusal.NoRoom, PlacementRefusal.NotAllowed, PlacementRefusal.Excluded],
            result.Refused.Select(r => r.Reason));
    }

    [Fact]
    public void Last_copies_may_fill_a_node_further()
    {
        var cluster = ClusterView.From([Node(1) with { CapacityBytes = 1000, UsedBytes = 840 }]);
        var request = Request(1, 1) with { Bytes = 50 };
        Assert.Empty(PlacementPlanner.Place(request, cluster).Nodes);
        Assert.Single(PlacementPlanner.Place(request with { LastCopy = true }, cluster).Nodes);
    }

    private static PlacementRequest Request(int i, int count) => new() { Dataset = new DatasetId($"{i:x64}"), Count = count, Bytes = 1000 };
}
