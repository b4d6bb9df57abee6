using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Ports;
using Etdb.Grains.Repair;
using Etdb.Grains.State;
using Etdb.Simulation.Model;

namespace Etdb.Simulation.Tests;

/// <summary>
/// Aim: each of the nine promises is really looked at. Method: a mutant each: the world is made to do what a broken product would do, and the check has
/// to fire with that promise's number.
/// </summary>
public sealed class CheckerTests : IDisposable
{
    private readonly World _world = SmallWorld.Founded();

    private SimContent Some => _world.Published.Values.First().Content;

    private IEnumerable<SimNode> Keepers(SimContent content) => _world.Nodes.Values.Where(n => !n.SourceOnly && n.Pins.ContainsKey(content.Root));

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Nothing_is_broken_as_long_as_nothing_is() => Assert.Empty(_world.Checks.Violations);

    [Fact]
    public void I1_fires_when_a_copy_is_unpinned_that_was_needed()
    {
        _world.Options.Floor = 3;
        Unpin(Some);
        Fired("I1");
    }

    [Fact]
    public void I1_does_not_take_an_old_check_for_a_proof()
    {
        _world.Options.ScrubInterval = TimeSpan.FromDays(-2);
        Unpin(Some);
        Fired("I1");
    }

    [Fact]
    public void I2_fires_when_what_could_be_whole_is_not_made_whole()
    {
        _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IRegistryGrain>(IRegistryGrain.Key).SetOperatorBrake("mutant", "never lets go"));
        Keepers(Some).First().Wipe(newRepository: true);
        SmallWorld.Pass(_world, TimeSpan.FromDays(35));
        Fired("I2");
    }

    [Fact]
    public void I3_fires_when_two_transfers_bring_the_same_to_the_same_node()
    {
        Pin(Some, Some);
        Fired("I3");
    }

    [Fact]
    public void I4_fires_when_a_node_receives_more_than_its_slots()
    {
        _world.Options.InSlots = 1;
        var free = _world.Nodes.Values.First(n => !n.SourceOnly && !n.Pins.ContainsKey(Some.Root));
        var other = _world.Contents.Values.First(c => c != Some && !free.Pins.ContainsKey(c.Root));
        Pin(Some, other);
        Fired("I4");
    }

    [Fact]
    public void I4_fires_when_a_transfer_begins_in_quiet_hours()
    {
        var free = _world.Nodes.Values.First(n => !n.SourceOnly && !n.Pins.ContainsKey(Some.Root));
        var now = TimeOnly.FromTimeSpan(_world.Now.TimeOfDay);
        _world.Lines[free.Member] = new() { BytesPerSecond = 1000, Quiet = new(now.AddHours(-1), now.AddHours(1), TimeSpan.Zero) };
        Pin(Some);
        Fired("I4");
    }

    [Fact]
    public void I5_fires_when_nobody_asks_a_dataset_in_danger()
    {
        foreach (var node in Keepers(Some).Skip(1).ToList())
        {
            node.Down = 1;
        }

        SmallWorld.Pass(_world, TimeSpan.FromHours(16));
        _world.Options.ShardConcurrency = 0;
        SmallWorld.Pass(_world, TimeSpan.FromDays(12));
        Fired("I5");
    }

    [Fact]
    public void I6_fires_when_a_tombstone_is_taken_for_an_order_to_unpin()
    {
        _world.Options.Floor = 3;
        _world.Checks.Unwanted(Some.Root);
        Unpin(Some);
        Fired("I6");
    }

    [Fact]
    public void I7_fires_when_a_state_has_no_evidence()
    {
        _world.Evidence.Forget(Some.Root.Value, Keepers(Some).First().Id.Value);
        _world.Checks.AfterStep();
        Fired("I7");
    }

    [Fact]
    public void I8_fires_when_a_dataset_has_fallen_off_the_list_of_its_shard()
    {
        var key = RepairShards.KeyFor(Some.Dataset, _world.Options.Shards);
        _world.Overwrite<PageState, IRepairShardGrain>("rows-0", key, s => s with { Rows = s.Rows.RemoveRange(s.Rows.IndexOf(Some.Dataset.Value), 2) });
        _world.Checks.AfterStep();
        Fired("I8");
    }

    [Fact]
    public void I8_fires_when_an_acknowledged_event_is_not_in_the_durable_state()
    {
        _world.Overwrite<DatasetState, IDatasetGrain>("dataset", Some.Dataset.Value, s => s with { LedgerSequence = 0 });
        _world.Checks.AfterStep();
        Fired("I8");
    }

    [Fact]
    public void I9_fires_when_copies_count_on_a_node_with_nothing_left()
    {
        _world.Options.ShardConcurrency = 0; // Nobody plans again, so nobody shows the loss.
        Keepers(Some).First().Wipe(newRepository: true);
        SmallWorld.Pass(_world, TimeSpan.FromDays(8));
        Fired("I9");
    }

    [Fact]
    public void I9_fires_when_a_full_check_passes_over_bad_blocks()
    {
        var node = Keepers(Some).First();
        node.Damage(Some.Root, 1, BlockState.Corrupt, _world.Now);
        _world.Checks.AfterVerify(node, Some, ReplicaVerdict.Complete, full: true);
        Fired("I9");
    }

    private void Unpin(SimContent content) => _world.Silo.Run(() => new SimArchiveNode(_world, Keepers(content).First()).UnpinAsync(content.Root, CancellationToken.None));

    /// <summary>Begins all of them at once on a node that has none of the first.</summary>
    private void Pin(params SimContent[] contents)
    {
        var node = _world.Nodes.Values.First(n => !n.SourceOnly && !n.Pins.ContainsKey(contents[0].Root));
        var archive = new SimArchiveNode(_world, node);
        var source = new NodeEndpoint(Keepers(contents[0]).First().Id, "sim://", null, null);
        _world.Silo.Run(() => Task.WhenAll(contents.Select(c => archive.PinAsync(new PinRequest(c.Root, [source], c.Bytes), null, CancellationToken.None))));
    }

    private void Fired(string promise) => Assert.Contains(_world.Checks.Violations, v => v.StartsWith(promise + " ", StringComparison.Ordinal));
}
