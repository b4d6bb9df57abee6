using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Grains.Datasets;
using Etdb.Grains.Ports;
using Etdb.Simulation;
using Etdb.Simulation.Model;

namespace Etdb.Grains.Tests.Datasets;

/// <summary>Blocks that more than one thing refers to, and blocks by their names: nothing is let go, found bad or put right without a trace.</summary>
public sealed class SharedContentTests : IDisposable
{
    private readonly World _world;
    private readonly DatasetId _id;
    private readonly SimContent _content;

    public SharedContentTests()
    {
        var settings = new SimulationSettings { Seed = 31, Datasets = 1, Nodes = 5, Members = 5, Target = 3, Profile = FaultProfile.DisksOnly };
        _world = new World(settings, Setup.Options(settings));
        Setup.Found(_world);
        _world.Publish();
        _world.Silo.AdvanceBy(TimeSpan.FromHours(12));
        _id = _world.Published.Keys.Single();
        _content = _world.Published[_id].Content;
    }

    [Fact]
    public void Pins_another_dataset_refers_to_outlive_the_one_that_is_retired()
    {
        var other = new DatasetId(new string('f', 64));
        _world.Published[other] = new Published(other, _content, 1);
        _world.Ledger.Add(LedgerEventKind.Current, other, World.Record(_world.Published[other]));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(2));
        Assert.Equal(3, Detail(other).HealthyReplicas);
        _world.Ledger.Add(LedgerEventKind.Deactivated, _id, null);
        for (var day = 0; day < 70; day++)
        {
            _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
            Assert.True(Detail(other).HealthyReplicas >= 3, $"The other dataset lost copies on day {day}.");
        }

        Assert.Empty(Detail(_id).Replicas);
        Assert.Equal(3, Pins());
        _world.Ledger.Add(LedgerEventKind.Deactivated, other, null);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(70));
        Assert.Equal(0, Pins());
    }

    [Fact]
    public void An_older_version_is_kept_beyond_its_grace_while_the_newer_was_never_whole()
    {
        var published = _world.Published[_id];
        var next = new SimContent(new ContentId("bafy-next"), _id, 4, 4_000_000);
        _world.Contents[next.Root] = next;
        _world.Ledger.Add(LedgerEventKind.Current, _id, World.Record(published with { Content = next, Version = 2 }));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(90));
        Assert.Equal(3, Pins());
        _world.Nodes[World.Lab].PutAll(next);
        _world.Silo.AdvanceBy(TimeSpan.FromDays(20));
        Assert.Equal((3, 0), (Detail(_id).HealthyReplicas, Pins()));
    }

    [Fact]
    public void Every_block_found_bad_and_every_block_put_right_is_named()
    {
        var node = _world.Nodes.Values.First(n => !n.SourceOnly && n.Pins.Count > 0);
        node.Damage(_content.Root, 0, BlockState.Corrupt, _world.Now);
        node.Damage(_content.Root, 1, BlockState.Absent, _world.Now);
        var bad = new[] { _content.Block(0).Value, _content.Block(1).Value };
        _world.Silo.Run(() => _world.Silo.Grains.GetGrain<IDatasetGrain>(_id.Value).Operate(new DatasetAct(DatasetActKind.Audit, null, "ann", "doubt")));
        _world.Silo.AdvanceBy(TimeSpan.FromDays(1));
        Assert.True(node.Has(_content.Root));
        Assert.Equal([bad[0]], Named("blocks-corrupt"));
        Assert.Equal([bad[1]], Named("blocks-missing"));
        Assert.Equal(bad.Order(StringComparer.Ordinal), Named("blocks-healed"));
        Assert.Contains("1 block that does not match and 1 block gone", Assert.Single(_world.Catalogue.Incidents.Values).Text, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _world.Dispose();

    private IEnumerable<string> Named(string outcome) => _world.Evidence.Acts.Where(e => e.Outcome == outcome)
        .SelectMany(e => System.Text.Json.JsonDocument.Parse(e.Detail).RootElement.GetProperty("blocks").EnumerateArray().Select(b => b.GetString()!)).Order(StringComparer.Ordinal);

    private DatasetDetail Detail(DatasetId id) => _world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Get())!;

    private int Pins() => _world.Nodes.Values.Count(n => !n.SourceOnly && n.Pins.ContainsKey(_content.Root));
}
