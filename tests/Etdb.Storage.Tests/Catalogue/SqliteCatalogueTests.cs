using Etdb.Storage.Catalogue;
using static Etdb.Storage.Tests.Catalogue.CatalogueFixture;

namespace Etdb.Storage.Tests.Catalogue;

public sealed class SqliteCatalogueTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_older_version_never_overwrites_a_newer_one()
    {
        await using var f = await StartAsync();
        await f.WriteAsync(Change(Dataset(1, version: 5, title: "new"), Replica("n1")), Change(Dataset(1, version: 4, title: "old")));
        var found = await f.Catalogue.DatasetAsync(Id(1), Ct);
        Assert.Equal("new", found!.Dataset.Title);
        Assert.Equal("n1", Assert.Single(found.Replicas).Node);
    }

    [Fact]
    public async Task Replicas_not_named_any_more_are_gone()
    {
        await using var f = await StartAsync();
        await f.WriteAsync(Change(Dataset(1), Replica("n1"), Replica("n2")), Change(Dataset(1, version: 2), Replica("n2", "missing")));
        var replica = Assert.Single((await f.Catalogue.DatasetAsync(Id(1), Ct))!.Replicas);
        Assert.Equal(("n2", "missing", false), (replica.Node, replica.State, replica.Counts));
        Assert.Null(replica.VerifiedAt);
    }

    [Theory]
    [InlineData(DatasetSort.Title)]
    [InlineData(DatasetSort.Updated)]
    [InlineData(DatasetSort.Risk)]
    [InlineData(DatasetSort.Bytes)]
    public async Task Pages_hold_every_dataset_once_in_order(DatasetSort sort)
    {
        await using var f = await StartAsync();
        // Many equal keys, so that only the id tells rows apart.
        await f.WriteAsync([.. Enumerable.Range(1, 57).Select(n => Change(Dataset(n, title: "same " + (n % 3), risk: n % 4 / 1e6, bytes: n % 5)))]);
        var all = new List<DatasetRow>();
        string? cursor = null;
        do
        {
            var page = await f.Catalogue.DatasetsAsync(new DatasetQuery(Sort: sort, Limit: 10, Cursor: cursor), Ct);
            Assert.Equal(57, page.Total);
            all.AddRange(page.Items.Select(i => i.Dataset));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(57, all.Select(d => d.Id).Distinct().Count());
        Assert.Equal(57, all.Count);
        var keys = all.Select(d => sort switch { DatasetSort.Updated => -d.UpdatedAt.ToUnixTimeMilliseconds(), DatasetSort.Risk => -d.Risk, DatasetSort.Bytes => -d.Bytes, _ => d.Title[^1] }).ToList();
        Assert.Equal(keys.Order(), keys);
    }

    [Theory]
    [InlineData("cholerae", 2)]
    [InlineData("CHOLERAE vib", 2)]
    [InlineData("motor", 1)]
    [InlineData("Cafe", 1)]
    [InlineData("\"motor", 1)]
    [InlineData("motor OR cholerae", 0)]
    [InlineData("nothing", 0)]
    [InlineData("* ( NEAR", 0)]
    [InlineData("", 3)]
    public async Task Search_finds_words_of_titles_species_and_notes(string text, int expected)
    {
        await using var f = await StartAsync();
        await f.WriteAsync(
            Change(Dataset(1, notes: "a flagellar motor")), Change(Dataset(2, title: "Café crystals")), Change(Dataset(3, species: "Escherichia coli")));
        Assert.Equal(expected, (await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: text), Ct)).Total);
    }

    [Fact]
    public async Task Search_forgets_the_words_of_an_earlier_version()
    {
        await using var f = await StartAsync();
        await f.WriteAsync(Change(Dataset(1, title: "before")), Change(Dataset(1, version: 2, title: "after")));
        Assert.Equal(0, (await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: "before"), Ct)).Total);
        Assert.Equal(1, (await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: "after"), Ct)).Total);
    }

    [Fact]
    public async Task A_cursor_of_somebody_else_is_refused()
    {
        await using var f = await StartAsync();
        await Assert.ThrowsAsync<FormatException>(() => f.Catalogue.DatasetsAsync(new DatasetQuery(Cursor: "not-a-cursor"), Ct));
    }

    [Fact]
    public async Task Six_digits_name_a_dataset_unless_two_begin_so()
    {
        await using var f = await StartAsync();
        await f.WriteAsync(Change(Dataset(0x12345678)), Change(Dataset(0x12345699)), Change(Dataset(0x0abcdef0)));
        Assert.NotNull(await f.Catalogue.DatasetAsync("0abcde", Ct));
        Assert.Null(await f.Catalogue.DatasetAsync("123456", Ct));
        Assert.NotNull(await f.Catalogue.DatasetAsync("12345699", Ct));
        Assert.Null(await f.Catalogue.DatasetAsync("0abc", Ct));
    }

    [Fact]
    public async Task Health_counts_what_is_there_and_never_more()
    {
        await using var f = await StartAsync();
        await f.WriteAsync(
            Change(Dataset(1), Replica("n1"), Replica("n2"), Replica("n3")),
            Change(Dataset(2, state: "degraded", risk: 0.25) with { HealthyReplicas = 1, RetrievableReplicas = 2 }, Replica("n1"), Replica("n2", "unreachable")));
        var health = await f.Catalogue.HealthAsync(Ct);
        Assert.Equal(1, health.Datasets["healthy"]);
        Assert.Equal(1, health.Datasets["degraded"]);
        Assert.Equal(4, health.Replicas["verified"]);
        Assert.Equal(1, health.Replicas["unreachable"]);
        Assert.Equal(200, health.LogicalBytes);
        Assert.Equal(400, health.StoredBytes);
        Assert.Equal(0.25, health.RiskSum);
        Assert.Equal(4, health.VerifiedAt.Sum());
        Assert.Contains(health.Matrix, m => m is (1, 2, 1, _));
    }

    [Fact]
    public async Task Finished_work_leaves_the_list_and_stays_away()
    {
        await using var f = await StartAsync();
        var work = new RepairRow(Id(1), "n1", "replicate", 1, "moving", ["n2"], 0, 0.5, 1, 10, 100, DateTimeOffset.UnixEpoch, 1, null, null);
        await f.WriteAsync(Change(Dataset(1)), new RepairChanged(work));
        var (items, total) = await f.Catalogue.RepairsAsync(10, Ct);
        Assert.Equal((1, "Dataset 0001"), (total, items[0].Title));
        Assert.Equal(["n2"], items[0].Repair.Sources);
        await f.WriteAsync(new RepairChanged(work with { Version = 2, Phase = "done" }));
        Assert.Equal(0, (await f.Catalogue.RepairsAsync(10, Ct)).Total);
    }

    [Fact]
    public async Task Story_lines_are_kept_once_and_read_newest_first()
    {
        await using var f = await StartAsync();
        StoryAdded Line(long n) => new(new StoryRow(Id(1), n, DateTimeOffset.UnixEpoch, "note", "line " + n, null));
        await f.WriteAsync(Line(1), Line(2), Line(2), Line(3));
        Assert.Equal([3, 2], (await f.Catalogue.StoryAsync(Id(1), null, 2, Ct)).Select(s => s.Sequence));
        Assert.Equal([1], (await f.Catalogue.StoryAsync(Id(1), 2, 2, Ct)).Select(s => s.Sequence));
    }

    [Fact]
    public async Task Live_readers_are_told_after_the_commit_and_slow_ones_to_read_again()
    {
        await using var f = await StartAsync();
        await using var reader = f.Events.SubscribeAsync(Ct).GetAsyncEnumerator(Ct);
        var first = reader.MoveNextAsync();
        await f.WriteAsync(Change(Dataset(1)));
        Assert.True(await first);
        Assert.NotNull(await f.Catalogue.DatasetAsync(Id(1), Ct));
        Assert.False(reader.Current.Resync);
        await f.WriteAsync([.. Enumerable.Range(2, CatalogueEvents.MostQueued + 10).Select(n => Change(Dataset(n)))]);
        Assert.True(await reader.MoveNextAsync());
        Assert.True(reader.Current.Resync);
    }
}
