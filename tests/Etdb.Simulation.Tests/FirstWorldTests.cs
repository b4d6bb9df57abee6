using Etdb.Domain.Replication;
using Etdb.Grains;
using Etdb.Grains.Datasets;
using Etdb.Grains.Nodes;
using Etdb.Simulation.Model;

namespace Etdb.Simulation.Tests;

/// <summary>
/// Aim: the main job, end to end, with the real grains: publish, replicate, lose a disk, notice, bring back, find rot, heal.
/// Method: a world without random faults; each is done by hand and the catalogue watched.
/// </summary>
public sealed class FirstWorldTests
{
    [Fact]
    public void Datasets_are_replicated_and_verified_after_they_appear_in_the_ledger()
    {
        using var world = SmallWorld.Founded();
        Assert.All(world.Catalogue.Datasets.Values, d => Assert.Equal(("healthy", 3), (d.Dataset.State, d.Dataset.HealthyReplicas)));
        Assert.Equal(12, world.Catalogue.Datasets.Count);
        Assert.All(world.Published.Values, p => Assert.Equal(3, world.Nodes.Values.Count(n => !n.SourceOnly && n.Has(p.Content.Root))));
        Assert.Empty(world.Checks.Violations);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lost_disk_is_noticed_and_its_datasets_are_brought_back(bool newRepository)
    {
        using var world = SmallWorld.Founded();
        var node = world.Nodes.Values.Where(n => !n.SourceOnly).MaxBy(n => n.Pins.Count)!;
        var touched = node.Pins.Count;
        node.Wipe(newRepository);
        if (!newRepository)
        {
            node.Pins.Clear();
        }

        world.Silo.AdvanceBy(TimeSpan.FromDays(2));
        world.Checks.AfterStep();
        Assert.All(world.Published.Values, p => Assert.True(world.Nodes.Values.Count(n => !n.SourceOnly && n.Has(p.Content.Root)) >= 3));
        Assert.All(world.Catalogue.Datasets.Values, d => Assert.Equal("healthy", d.Dataset.State));
        var incident = Assert.Single(world.Catalogue.Incidents.Values, i => i.Node == node.Id.Value);

        // Without a new repository it is the canary or the listing that finds out, whichever comes first.
        Assert.Contains(incident.Kind, newRepository ? ["disk-loss"] : new[] { "pins-removed", "disk-loss" });
        Assert.Equal(touched, incident.Datasets);
        Assert.NotNull(incident.HealedAt);
        Assert.True(incident.BytesReseeded > 0);
        Assert.Empty(world.Checks.Violations);
    }

    [Fact]
    public void Rotten_blocks_are_found_by_an_audit_and_healed_in_place()
    {
        using var world = SmallWorld.Founded();
        var node = world.Nodes.Values.First(n => !n.SourceOnly && n.Pins.Count > 0);
        var content = node.Pins.Values.First();
        node.Damage(content.Root, 1, BlockState.Corrupt, world.Now);
        world.Silo.Run(() => world.Silo.Grains.GetGrain<IDatasetGrain>(content.Dataset.Value).Operate(new DatasetAct(DatasetActKind.Audit, null, "test", "rot was put there")));
        world.Silo.AdvanceBy(TimeSpan.FromHours(6));
        Assert.True(node.Has(content.Root));
        var story = world.Read(g => g.GetGrain<IDatasetGrain>(content.Dataset.Value).Story());
        Assert.Contains(story, l => l.Kind == "corrupt");
        Assert.Contains(story, l => l.Kind == "healed");
        Assert.Contains(world.Catalogue.Incidents.Values, i => i.Kind == "corruption" && i.HealedAt is not null);
        Assert.Empty(world.Checks.Violations);
    }

    [Fact]
    public void An_absent_node_is_waited_for_and_then_written_off()
    {
        using var world = SmallWorld.Founded();
        var node = world.Nodes.Values.First(n => !n.SourceOnly && n.Pins.Count > 0);
        var before = world.Nodes.Values.Where(n => n != node).Sum(n => n.Pins.Count);
        node.Down = 1;
        world.Silo.AdvanceBy(TimeSpan.FromHours(22));
        Assert.Equal(before, world.Nodes.Values.Where(n => n != node).Sum(n => n.Pins.Count));
        Assert.Contains(world.Catalogue.Datasets.Values, d => d.Dataset.State == "degraded");
        world.Silo.AdvanceBy(TimeSpan.FromDays(9));
        Assert.All(world.Catalogue.Datasets.Values, d => Assert.Equal("healthy", d.Dataset.State));
        Assert.Empty(world.Checks.Violations);
    }

    [Fact]
    public void Why_explains_every_dataset_in_words()
    {
        using var world = SmallWorld.Founded();
        foreach (var id in world.Published.Keys)
        {
            var why = world.Read(g => g.GetGrain<IDatasetGrain>(id.Value).Why());
            Assert.NotNull(why);
            Assert.StartsWith("3 of 3 verified, independent copies.", why.Sentence, StringComparison.Ordinal);
            Assert.Equal(3, why.Detail.Replicas.Count(r => r.Counts && r.State == ReplicaState.Verified));
        }
    }
}
