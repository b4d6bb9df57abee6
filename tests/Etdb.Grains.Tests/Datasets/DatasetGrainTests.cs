using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Simulation;

namespace Etdb.Grains.Tests.Datasets;

/// <summary>One dataset and its nodes, acts of operators and of the ledger; all on virtual time.</summary>
public sealed class DatasetGrainTests : IDisposable
{
    private readonly World _world;
    private readonly DatasetId _id;

    public DatasetGrainTests()
    {
        var settings = new SimulationSettings { Seed = 11, Datasets = 1, Nodes = 5, Members = 5, Target = 3, Profile = FaultProfile.DisksOnly };
        _world = new World(settings, Setup.Options(settings));
        Setup.Found(_world);
        _world.Publish();
        _world.Silo.AdvanceBy(TimeSpan.FromHours(12));
        _id = _world.Published.Keys.Single();
    }

    [Fact]
    public void A_repeated_or_older_ledger_event_changes_nothing()
    {
        var before = Detail();
        var first = _world.Ledger.Events[0];
        _world.Silo.Run(() => Grain().Apply(first));
        _world.Silo.Run(() => Grain().Apply(first with { Sequence = 0, Kind = LedgerEventKind.Deactivated }));
        Assert.Equal(before.State, Detail().State);
        Assert.Equal(before.Record, Detail().Record);
    }

    [Fact]
    public void A_deactivated_dataset_keeps_its_copies_until_the_grace_ends_and_then_loses_one_a_day()
    {
        _world.Ledger.Add(LedgerEventKind.Deactivated, _id, null);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(59));
        Assert.Equal(("deactivated", 3), (Detail().State, Copies()));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(1.5));
        Assert.InRange(Copies(), 1, 2);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(10));
        Assert.Equal(0, Copies());
    }

    [Fact]
    public void An_edit_with_other_files_brings_those_and_keeps_the_old_ones_for_the_grace()
    {
        var published = _world.Published[_id];
        var content = _world.NewContent(_id, 2);
        _world.Ledger.Add(LedgerEventKind.Current, _id, World.Record(published with { Content = content, Version = 2 }));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(2));
        Assert.Equal(content.Root, Detail().Record.Root);
        Assert.Equal(3, Detail().HealthyReplicas);
        Assert.Equal(3, Copies());
        Assert.Equal(3, _world.Nodes.Values.Count(n => !n.SourceOnly && n.Pins.ContainsKey(content.Root)));
    }

    [Fact]
    public void An_edit_is_shown_with_the_copies_there_are_before_it_is_decided_on()
    {
        var first = _world.Ledger.Events[0];
        var edited = first with { Sequence = _world.Ledger.Events[^1].Sequence + 1, Record = first.Record! with { Version = 2, LatestTxid = new string('e', 64) } };
        _world.Silo.Run(() => Grain().Apply(edited));
        var shown = _world.Catalogue.Datasets[_id.Value];
        Assert.Equal(("healthy", 3, 2), (shown.Dataset.State, shown.Replicas.Count, shown.Dataset.RecordVersion));
    }

    [Fact]
    public void A_dataset_with_nothing_to_do_leaves_memory_at_once()
    {
        _world.Silo.AdvanceBy(TimeSpan.FromHours(1));
        var before = _world.Silo.ActivationCount;
        _world.Silo.Run(() => Grain().Advance());
        _world.Silo.AdvanceBy(TimeSpan.FromSeconds(1));
        Assert.Equal(before, _world.Silo.ActivationCount);
    }

    [Fact]
    public void A_drained_node_is_emptied_only_after_its_copies_are_elsewhere()
    {
        var node = _world.Nodes.Values.First(n => !n.SourceOnly && n.Pins.Count > 0);
        _world.Silo.Run(() => _world.Silo.Grains.GetGrain<INodeGrain>(node.Id.Value).Drain(true, "ann", "moving house"));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(4));
        Assert.Empty(node.Pins);
        Assert.Equal(3, Copies());
        Assert.Equal("healthy", Detail().State);
        Assert.Empty(_world.Checks.Violations);
    }

    [Fact]
    public void A_paused_dataset_is_left_alone_and_says_so()
    {
        Operate(DatasetActKind.Pause);
        var node = _world.Nodes.Values.First(n => !n.SourceOnly && n.Pins.Count > 0);
        node.Wipe(newRepository: true);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(3));
        Assert.Equal(2, Copies());
        var why = _world.Read(g => g.GetGrain<IDatasetGrain>(_id.Value).Why())!;
        Assert.Contains(why.NotYet, n => n.Reason == "paused");
        Operate(DatasetActKind.Resume);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
        Assert.Equal(3, Copies());
    }

    [Fact]
    public void Maintenance_stops_the_clock_of_silence()
    {
        var node = _world.Nodes.Values.First(n => !n.SourceOnly && n.Pins.Count > 0);
        _world.Silo.Run(() => _world.Silo.Grains.GetGrain<INodeGrain>(node.Id.Value).Maintain(_world.Now.AddDays(12), "ann", "new roof"));
        node.Down = 1;
        _world.Silo.AdvanceBy(TimeSpan.FromDays(11));
        Assert.Equal(2, _world.Nodes.Values.Count(n => !n.SourceOnly && n != node && n.Pins.Count > 0));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(12));
        Assert.Equal(3, _world.Nodes.Values.Count(n => !n.SourceOnly && n != node && n.Pins.Count > 0));
    }

    [Fact]
    public void Fewer_members_than_wanted_is_a_wish_not_an_error()
    {
        foreach (var member in new[] { "m1", "m2", "m3" })
        {
            _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IMemberGrain>(member).SetStanding(MemberStanding.Draining, "ann", "leaves"));
        }

        _world.Silo.AdvanceBy(TimeSpan.FromDays(3));
        var why = _world.Read(g => g.GetGrain<IDatasetGrain>(_id.Value).Why())!;
        Assert.Contains(why.NotYet, n => n.Reason == "waiting-for-members");
        Assert.True(Copies() >= 3);
    }

    /// <inheritdoc/>
    public void Dispose() => _world.Dispose();

    private IDatasetGrain Grain() => _world.Silo.Grains.GetGrain<IDatasetGrain>(_id.Value);

    private DatasetDetail Detail() => _world.Read(g => g.GetGrain<IDatasetGrain>(_id.Value).Get())!;

    private void Operate(DatasetActKind kind) => _world.Silo.Run(() => Grain().Operate(new DatasetAct(kind, null, "ann", "test")));

    private int Copies() => _world.Nodes.Values.Count(n => !n.SourceOnly && n.Pins.ContainsKey(_world.Published[_id].Content.Root));
}
