using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Simulation.Model;

namespace Etdb.Simulation.Tests;

/// <summary>Aim: what the deciding core can do, the grains do. Method: a whole world, one act or fault each, and what came of it.</summary>
public sealed class WiringTests : IDisposable
{
    private readonly World _world = SmallWorld.Founded();

    private SimNode Busiest => _world.Nodes.Values.Where(n => !n.SourceOnly).MaxBy(n => n.Pins.Count)!;

    private IRegistryGrain Registry => _world.Silo.Grains.GetGrain<IRegistryGrain>(IRegistryGrain.Key);

    public void Dispose() => _world.Dispose();

    [Fact]
    public void What_a_brake_held_back_goes_on_when_it_lets_go_and_not_with_the_next_sweep()
    {
        _world.Silo.Run(() => Registry.SetOperatorBrake("ann", "network works"));
        Busiest.Wipe(newRepository: true);
        SmallWorld.Pass(_world, TimeSpan.FromDays(1));
        Assert.Contains(_world.Catalogue.Datasets.Values, d => d.Dataset.State != "healthy");
        _world.Silo.Run(() => Registry.SetOperatorBrake("ann: done", null));
        SmallWorld.Pass(_world, TimeSpan.FromHours(3));
        AllWhole();
        Assert.Contains("ann", _world.Evidence.Authors);
    }

    [Fact]
    public void A_wish_beyond_the_members_waits_for_them_and_is_met_soon_after_one_joins()
    {
        using var world = SmallWorld.Founded(SmallWorld.Settings with { Nodes = 3, Members = 3, Target = 4 });
        var id = world.Published.Keys.First();
        var why = world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Why());
        Assert.Contains(why!.NotYet, n => n is { Reason: "waiting-for-members", Text: "Waiting for members: 3 of 4." });
        Setup.AddMember(world, "m9", "NL");
        Setup.AddNode(world, "n09", "m9", "NL");
        SmallWorld.Pass(world, TimeSpan.FromHours(12));
        Assert.All(world.Catalogue.Datasets.Values, d => Assert.Equal("healthy", d.Dataset.State));
        Assert.Empty(world.Checks.Violations);
    }

    /// <summary>Aim: nothing that is there is lost from view. Method: a node is silent until its rows are struck, then answers; its copies are surplus and leave one by one.</summary>
    [Fact]
    public void Copies_of_a_node_that_was_written_off_are_taken_back_checked_and_trimmed_when_it_returns()
    {
        var node = Busiest;
        var kept = node.Pins.Values.Select(c => c.Dataset).ToList();
        node.Down++;
        SmallWorld.Pass(_world, TimeSpan.FromDays(20));
        AllWhole();
        Assert.All(kept, id => Assert.DoesNotContain(Rows(id), r => r.Node == node.Id));
        node.Down--;
        SmallWorld.Pass(_world, TimeSpan.FromDays(3));
        Assert.All(kept, id => Assert.Equal(ReplicaState.Verified, Rows(id).Single(r => r.Node == node.Id).State));
        SmallWorld.Pass(_world, TimeSpan.FromDays(60));
        Assert.All(kept, id => Assert.Equal(3, _world.Nodes.Values.Count(n => !n.SourceOnly && n.Pins.ContainsKey(_world.Published[id].Content.Root))));
        Assert.Empty(_world.Checks.Violations);
    }

    /// <summary>Aim: a copy that is taken back does not count by a sample for a scrub's interval. Method: blocks rot while its node is written off; two days after its return every one is found.</summary>
    [Fact]
    public void What_rotted_while_a_node_was_written_off_is_found_soon_after_its_return()
    {
        var node = Busiest;
        node.Down++;
        SmallWorld.Pass(_world, TimeSpan.FromDays(20));
        var large = node.Pins.Values.Where(c => c.Blocks > _world.Options.ChallengeLeaves + 1).ToList();
        Assert.NotEmpty(large);
        large.ForEach(c => Assert.True(node.Damage(c.Root, c.Blocks - 1, BlockState.Corrupt, _world.Now)));
        node.Down--;
        SmallWorld.Pass(_world, TimeSpan.FromDays(3));
        Assert.All(large, c => Assert.DoesNotContain(_world.Catalogue.Datasets[c.Dataset.Value].Replicas, r => r.Node == node.Id.Value && r.Counts && !node.Has(c.Root)));
        SmallWorld.Pass(_world, TimeSpan.FromDays(5));
        AllWhole();
        Assert.Empty(_world.Checks.Violations);
    }

    /// <summary>Aim: what nobody can give is said to be unobtainable, with what the publisher can do, and is still tried. Method: the lab loses its files before anybody took them, and finds them later.</summary>
    [Fact]
    public void What_nobody_can_give_is_called_unobtainable_and_kept_as_soon_as_somebody_can()
    {
        _world.Publish();
        var (id, content) = _world.Published.Values.Select(p => (p.Id, p.Content)).Last();
        _world.Nodes[World.Lab].Wipe(newRepository: false);
        SmallWorld.Pass(_world, TimeSpan.FromDays(9));
        var why = _world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Why());
        Assert.Contains(why!.NotYet, n => n.Reason == "unobtainable" && n.Text.Contains("publisher", StringComparison.Ordinal));
        _world.Nodes[World.Lab].PutAll(content);
        SmallWorld.Pass(_world, TimeSpan.FromDays(3));
        Assert.Equal("healthy", _world.Catalogue.Datasets[id.Value].Dataset.State);
        Assert.DoesNotContain(_world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Why())!.NotYet, n => n.Reason == "unobtainable");
    }

    /// <summary>Aim: a node is asked a day's samples and no more, at no fixed hour, and every copy has its turn all the same. Method: copies due daily, two samples a node and day, two months.</summary>
    [Fact]
    public void A_node_is_asked_no_more_samples_a_day_than_it_may_be_and_every_copy_has_its_turn()
    {
        var options = Setup.Options(SmallWorld.Settings);
        (options.ChallengeInterval, options.ScrubInterval, options.ChallengesPerNodeDay) = (TimeSpan.FromDays(1), TimeSpan.FromDays(1000), 2);
        using var world = SmallWorld.Founded(options: options);
        SmallWorld.Pass(world, TimeSpan.FromDays(2));
        var from = world.Now;
        SmallWorld.Pass(world, TimeSpan.FromDays(60));
        var asked = world.Evidence.Audits.Where(a => a.At >= from).ToList();
        foreach (var node in world.Nodes.Values.Where(n => !n.SourceOnly && n.Pins.Count > 0))
        {
            var own = asked.Where(a => a.Node == node.Id.Value).ToList();
            Assert.InRange(own.Count, 60, (2 * 60) + 1);
            Assert.All(own, a => Assert.True(own.Count(b => b.At >= a.At && b.At < a.At.AddDays(1)) <= 3));
            Assert.All(node.Pins.Values, c => Assert.Contains(own, a => a.Dataset == c.Dataset.Value));
            Assert.True(own.Select(a => a.At.Hour).Distinct().Count() > 8);
        }
    }

    [Fact]
    public void A_forced_dataset_passes_the_brake_for_an_hour()
    {
        var node = Busiest;
        var id = node.Pins.Values.First().Dataset;
        _world.Silo.Run(() => Registry.SetOperatorBrake("ann", "network works"));
        node.Wipe(newRepository: true);
        SmallWorld.Pass(_world, TimeSpan.FromDays(1));
        _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IDatasetGrain>(id.Value).Operate(new DatasetAct(DatasetActKind.Force, null, "ann", "the lab needs it")));
        SmallWorld.Pass(_world, TimeSpan.FromHours(2));
        Assert.Equal("healthy", _world.Catalogue.Datasets[id.Value].Dataset.State);
        Assert.Contains(_world.Catalogue.Datasets.Values, d => d.Dataset.State != "healthy");
    }

    [Fact]
    public void A_member_with_quiet_hours_is_left_alone_during_them_and_readers_are_told()
    {
        foreach (var member in _world.Nodes.Values.Where(n => !n.SourceOnly).Select(n => n.Member.Value).ToList())
        {
            var now = TimeOnly.FromTimeSpan(_world.Now.TimeOfDay);
            Setup.Limit(_world, member, new BandwidthBudget { Quiet = new QuietHours(now.AddHours(-1), now.AddHours(11), TimeSpan.Zero) });
        }

        var node = Busiest;
        var id = node.Pins.Values.First().Dataset;
        node.Wipe(newRepository: true);
        SmallWorld.Pass(_world, TimeSpan.FromHours(9));
        var why = _world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Why());
        Assert.Contains(why!.NotYet, n => n.Reason == "line" && n.Until > _world.Now);
        Assert.Empty(why.Doing);
        SmallWorld.Pass(_world, TimeSpan.FromHours(12));
        AllWhole();
        Assert.Empty(_world.Checks.Violations);
    }

    [Fact]
    public void A_line_in_debt_spreads_transfers_over_time()
    {
        var node = Busiest;
        var bytes = node.Pins.Values.Sum(c => c.Bytes);
        foreach (var member in _world.Nodes.Values.Where(n => !n.SourceOnly).Select(n => n.Member.Value).ToList())
        {
            Setup.Limit(_world, member, new BandwidthBudget { BytesPerSecond = Math.Max(1, bytes / (10 * 86400)), BurstBytes = 1 });
        }

        node.Wipe(newRepository: true);
        SmallWorld.Pass(_world, TimeSpan.FromDays(1));
        Assert.Contains(_world.Catalogue.Datasets.Values, d => d.Dataset.State != "healthy");
        SmallWorld.Pass(_world, TimeSpan.FromDays(20));
        AllWhole();
        Assert.Empty(_world.Checks.Violations);
    }

    [Fact]
    public void Failed_audits_weigh_on_a_node_and_do_not_expel_it()
    {
        var node = Busiest;
        var contents = node.Pins.Values.ToList();
        foreach (var content in contents)
        {
            node.Damage(content.Root, 1, BlockState.Corrupt, _world.Now);
            _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IDatasetGrain>(content.Dataset.Value).Operate(new DatasetAct(DatasetActKind.Audit, null, "ann", "rot was put there")));
        }

        SmallWorld.Pass(_world, TimeSpan.FromDays(1));
        var detail = _world.Read(g => g.GetGrain<INodeGrain>(node.Id.Value).Get());
        var other = _world.Nodes.Values.First(n => !n.SourceOnly && n != node);
        Assert.True(detail!.View.Reputation < _world.Read(g => g.GetGrain<INodeGrain>(other.Id.Value).Get())!.View.Reputation);
        Assert.InRange(detail.View.Reputation, 0.05, 0.999);
        Assert.All(contents, c => Assert.True(node.Has(c.Root)));
        AllWhole();
    }

    [Fact]
    public void A_lost_disk_raises_what_is_expected_of_that_node_and_no_other()
    {
        var node = Busiest;
        var before = _world.Read(g => g.GetGrain<INodeGrain>(node.Id.Value).Get())!.View.LossRatePerYear;
        Assert.Equal(_world.Options.LossesPerNodeYear, before, 3);
        node.Wipe(newRepository: true);
        SmallWorld.Pass(_world, TimeSpan.FromDays(2));
        Assert.Equal(before + 0.1, _world.Read(g => g.GetGrain<INodeGrain>(node.Id.Value).Get())!.View.LossRatePerYear, 3);
    }

    [Fact]
    public void A_mass_removal_of_pins_is_one_loss_of_the_node_and_a_few_are_none()
    {
        var node = Busiest;
        node.Pins.Remove(node.Pins.Keys.First());
        _world.Options.MassLossShare = 0.5;
        SmallWorld.Pass(_world, TimeSpan.FromDays(2));
        Assert.Equal(0.05, _world.Read(g => g.GetGrain<INodeGrain>(node.Id.Value).Get())!.View.LossRatePerYear, 3);
        node.Pins.Clear();
        SmallWorld.Pass(_world, TimeSpan.FromDays(3));
        Assert.Equal(0.15, _world.Read(g => g.GetGrain<INodeGrain>(node.Id.Value).Get())!.View.LossRatePerYear, 2);
        AllWhole();
    }

    [Fact]
    public void A_drain_remembers_where_it_began()
    {
        var node = Busiest;
        var before = node.Pins.Count;
        _world.Silo.Run(() => _world.Silo.Grains.GetGrain<INodeGrain>(node.Id.Value).Drain(true, "ann", "retires"));
        SmallWorld.Pass(_world, TimeSpan.FromDays(1));
        var detail = _world.Read(g => g.GetGrain<INodeGrain>(node.Id.Value).Get())!;
        Assert.Equal(before, detail.DrainReplicas);
        Assert.NotNull(detail.DrainSince);
        SmallWorld.Pass(_world, TimeSpan.FromDays(20));
        Assert.Empty(node.Pins);
        Assert.Empty(_world.Checks.Violations);
    }

    [Fact]
    public void Silence_within_an_announced_window_is_not_held_against_a_node()
    {
        var node = Busiest;
        _world.Silo.Run(() => _world.Silo.Grains.GetGrain<INodeGrain>(node.Id.Value).Maintain(_world.Now.AddDays(20), "ann", "new roof"));
        node.Down = 1;
        SmallWorld.Pass(_world, TimeSpan.FromDays(15));
        var view = _world.Read(g => g.GetGrain<INodeGrain>(node.Id.Value).Get())!.View;
        Assert.Equal(NodeStatus.Maintenance, view.Status);
        Assert.Equal(0.05, view.LossRatePerYear, 2);
        node.Down = 0;
        SmallWorld.Pass(_world, TimeSpan.FromDays(1));
        AllWhole();
    }

    private IReadOnlyList<ReplicaDetail> Rows(DatasetId id) => _world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Why())!.Detail.Replicas;

    private void AllWhole() => Assert.All(_world.Catalogue.Datasets.Values, d => Assert.Equal("healthy", d.Dataset.State));
}
