using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Simulation;
using Etdb.Simulation.Model;

namespace Etdb.Grains.Tests.Nodes;

/// <summary>Evening out: one dataset first, only in good times, never below target, and what is let go is let go by trimming.</summary>
public sealed class RebalanceTests : IDisposable
{
    private readonly World _world;
    private readonly SimNode _full;

    public RebalanceTests()
    {
        var settings = new SimulationSettings { Seed = 41, Datasets = 24, Nodes = 5, Members = 5, Target = 3, Profile = FaultProfile.DisksOnly };
        var options = Setup.Options(settings);
        options.RebalanceInterval = TimeSpan.FromDays(1);
        _world = new World(settings, options);
        Setup.Found(_world);
        for (var i = 0; i < 24; i++)
        {
            _world.Publish();
        }

        _world.Silo.AdvanceBy(TimeSpan.FromDays(2));
        _full = _world.Nodes[new NodeId("n01")];
    }

    [Fact]
    public void Nothing_moves_while_nodes_are_alike()
    {
        _world.Silo.AdvanceBy(TimeSpan.FromDays(60));
        Assert.Empty(Moves());
    }

    [Fact]
    public void A_full_node_gives_away_one_copy_first_then_more_and_no_dataset_is_ever_below_its_target()
    {
        var before = _full.Pins.Count;
        Assert.True(before >= 8, $"Only {before} copies on the node: the test proves nothing.");
        FillUp();
        var seen = new List<int>();
        for (var day = 0; day < 60; day++)
        {
            _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
            _full.CollectGarbage();
            seen.Add(Moves().Count);
            Assert.All(_world.Published.Keys, id => Assert.True(Detail(id).HealthyReplicas >= 3, $"{id} fell below its target on day {day}."));
        }

        Assert.Equal(1, seen.First(n => n > 0));
        Assert.True(seen[^1] >= 3, $"Only {seen[^1]} were asked to move.");
        Assert.True(_full.Pins.Count < before, "The full node kept everything.");
        Assert.True(_world.Nodes.Values.Where(n => n.Id.Value is "n06" or "n07").Sum(n => n.Pins.Count) > 0);
        Assert.Empty(_world.Checks.Violations);
    }

    [Fact]
    public void A_node_that_does_not_free_what_it_let_go_gives_away_no_more()
    {
        FillUp();
        _world.Silo.AdvanceBy(TimeSpan.FromDays(60));
        Assert.Single(Moves());
    }

    [Fact]
    public void Nothing_moves_while_operators_hold_work_back()
    {
        FillUp();
        _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IRegistryGrain>(IRegistryGrain.Key).SetOperatorBrake("ann", "network works"));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(20));
        Assert.Empty(Moves());
    }

    /// <inheritdoc/>
    public void Dispose() => _world.Dispose();

    /// <summary>Something else fills the disk of one node while two empty ones join.</summary>
    private void FillUp()
    {
        foreach (var (node, member) in new[] { ("n06", "m6"), ("n07", "m7") })
        {
            Setup.AddMember(_world, member, "NL");
            Setup.AddNode(_world, node, member, "NL");
        }

        _full.ForeignBytes = (long)(_full.CapacityBytes * 0.85) - _full.UsedBytes;
    }

    private List<string> Moves() => [.. _world.Evidence.Acts.Where(e => e.Outcome == "rebalance").Select(e => e.Dataset!)];

    private DatasetDetail Detail(DatasetId id) => _world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Get())!;
}
