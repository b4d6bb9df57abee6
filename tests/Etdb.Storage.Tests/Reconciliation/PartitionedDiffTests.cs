using Etdb.Domain.Content;
using Etdb.Domain.Reconciliation;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Storage.Reconciliation;
using Etdb.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Etdb.Storage.Tests.Reconciliation;

/// <summary>Aim: comparing part by part says what comparing everything says. Method: random small worlds with every kind of difference, against the plain definition.</summary>
public sealed class PartitionedDiffTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void One_comparison_of_everything_is_the_definition() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var world = World(new Random(seed));
        Assert.Equal(PlainDiff.Compare(world), ThreeWayDiff.Compare(PlainDiff.Live(world), world.Wanted, PlainDiff.Listings(world)));
    }));

    [Fact]
    public void Parts_together_say_what_one_comparison_says() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var world = World(new Random(seed));
        var expected = PlainDiff.Compare(world);
        var outcome = Compare(world);
        Assert.Equal(PlainDiff.Live(world).Count, outcome.Ledger);
        Assert.Equal(world.Wanted.Count, outcome.Wanted);
        Assert.Equal(world.Seen.Where(s => s.Complete).Sum(s => s.Roots.Distinct().Count()), outcome.Seen);
        foreach (var kind in Enum.GetValues<DifferenceKind>())
        {
            var own = expected.Where(d => d.Kind == kind).ToList();
            Assert.Equal(own.Count, outcome.Differences.Count(kind));
            Assert.Equal(own.Take(DifferenceSummary.Examples), outcome.Differences.First(kind));
        }
    }));

    [Fact]
    public void Random_worlds_have_every_kind_of_difference()
    {
        var seen = Enumerable.Range(0, 50).SelectMany(seed => PlainDiff.Compare(World(new Random(seed)))).Select(d => d.Kind).ToHashSet();
        Assert.Equal(Enum.GetValues<DifferenceKind>(), seen.Order());
    }

    [Fact]
    public void What_does_not_fit_into_the_buffers_comes_back_from_the_file()
    {
        const int Datasets = 40_000;
        var node = new NodeId("n0");
        using var diff = new PartitionedDiff(_folder.Path, [node]);
        for (var i = 0; i < Datasets; i++)
        {
            var (dataset, root) = (new DatasetId($"{i:d64}"), new ContentId($"b{i:d58}"));
            diff.AddSeen(node, root);
            diff.AddLedger(dataset, live: true, new ContentId("an earlier one"));
            diff.AddLedger(dataset, live: true, root);
            diff.AddWanted(new WantedEntry(dataset, root, Active: true, [node], [node]));
        }

        diff.AddSeen(node, new ContentId("b-own"));
        diff.Complete(node);
        Assert.True(diff.BytesAside > 1 << 20, "nothing was put aside");
        var outcome = diff.Compare(Ct);
        Assert.Equal((Datasets, Datasets, Datasets + 1), (outcome.Ledger, outcome.Wanted, outcome.Seen));
        Assert.Equal([new Difference(DifferenceKind.Orphan, null, node, new ContentId("b-own"))], outcome.Differences.First(DifferenceKind.Orphan));
        Assert.Equal(1, Enum.GetValues<DifferenceKind>().Sum(outcome.Differences.Count));
    }

    [Fact]
    public void Nothing_is_left_in_the_folder_even_while_it_runs()
    {
        using var diff = new PartitionedDiff(_folder.Path, []);
        using var another = new PartitionedDiff(_folder.Path, []);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Parts_come_back_in_their_own_order_and_more_than_is_allowed_is_refused()
    {
        var random = new Random(7);
        using var file = new ScratchFile(_folder.At("aside"), 5, most: 4 << 20, reserve: 0);
        var written = Enumerable.Range(0, 5).Select(_ => new List<byte>()).ToList();
        for (var i = 0; i < 2_000; i++)
        {
            var (part, record) = (random.Next(5), new byte[random.Next(10) == 0 ? random.Next(20_000) : random.Next(200)]);
            random.NextBytes(record);
            file.Add(part, record);
            written[part].AddRange(record);
        }

        Assert.All(written.Index(), w => Assert.Equal(w.Item.ToArray(), file.Take(w.Index)));
        Assert.All(written.Index(), w => Assert.Empty(file.Take(w.Index)));
        var refused = Assert.Throws<IOException>(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                file.Add(0, new byte[1_000]);
            }
        });
        Assert.Contains("4 MiB", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_of_the_disk_is_left_to_others()
    {
        using var file = new ScratchFile(_folder.At("aside"), 1, most: long.MaxValue, reserve: long.MaxValue);
        var refused = Assert.Throws<IOException>(() =>
        {
            for (var i = 0; i < 70; i++)
            {
                file.Add(0, new byte[1 << 20]);
            }
        });
        Assert.Contains("left to the silo", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private DiffOutcome Compare(DiffWorld world)
    {
        using var diff = new PartitionedDiff(_folder.Path, world.Seen.Select(s => s.Node));
        foreach (var (node, complete, roots) in world.Seen)
        {
            foreach (var root in roots)
            {
                diff.AddSeen(node, root);
            }

            if (complete)
            {
                diff.Complete(node);
            }
        }

        foreach (var (dataset, live, root) in world.Ledger)
        {
            diff.AddLedger(new DatasetId(dataset), live, root is null ? null : new ContentId(root));
        }

        foreach (var wanted in world.Wanted)
        {
            diff.AddWanted(wanted);
        }

        return diff.Compare(Ct);
    }

    /// <summary>Few names for everything, so that all meet: datasets that share a root or have none, edits, retractions, nodes that list too much, too little, twice or not to the end.</summary>
    private static DiffWorld World(Random random)
    {
        var nodes = Enumerable.Range(0, random.Next(1, 5)).Select(n => new NodeId($"n{n}")).ToList();
        string? Root() => random.Next(8) == 0 ? null : $"b{random.Next(14)}";
        List<NodeId> Some() => [.. nodes.Append(new NodeId("gone")).Where(_ => random.Next(2) == 0)];
        var ledger = Enumerable.Range(0, random.Next(40)).Select(_ => ($"d{random.Next(20)}", random.Next(4) > 0, Root())).ToList();
        var wanted = new List<WantedEntry>();
        for (var d = 0; d < 20; d++)
        {
            if (random.Next(4) > 0)
            {
                // Mostly what the ledger says.
                var told = ledger.FindLast(e => e.Item1 == $"d{d}").Item3;
                var root = random.Next(3) == 0 ? Root() : told;
                wanted.Add(new WantedEntry(new DatasetId($"d{d}"), root is null ? null : new ContentId(root), random.Next(5) > 0, Some(), Some()));
            }
        }

        var seen = nodes.Select(n => (n, random.Next(4) > 0, (IReadOnlyList<ContentId>)[.. Enumerable.Range(0, random.Next(20)).Select(_ => new ContentId($"b{random.Next(18)}"))])).ToList();
        return new DiffWorld([.. ledger.Select(e => (e.Item1, e.Item2, e.Item2 ? e.Item3 : null))], wanted, seen);
    }
}
