using Etdb.Storage.Catalogue;
using Etdb.Storage.Tests.Databases;
using static Etdb.Storage.Tests.Catalogue.CatalogueFixture;

namespace Etdb.Storage.Tests.Catalogue;

/// <summary>What readers may rely on, the same for each database.</summary>
public abstract class CatalogueTests(DatabaseKind kind, PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task<CatalogueFixture> StartAsync() => CatalogueFixture.StartAsync(kind, postgres);

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

    [Fact]
    public async Task Facets_count_what_a_query_finds()
    {
        await using var f = await StartAsync();
        await f.WriteAsync(
            Change(Dataset(1, notes: "motor"), Replica("n1"), Replica("n2")), Change(Dataset(2, notes: "motor", species: "Escherichia coli"), Replica("n1")), Change(Dataset(3, state: "lost")));
        var all = await f.Catalogue.FacetsAsync(new DatasetQuery(), Ct);
        Assert.Equal([new FacetCount("Vibrio cholerae", 2), new FacetCount("Escherichia coli", 1)], all.Species);
        Assert.Equal([new FacetCount("healthy", 2), new FacetCount("lost", 1)], all.States);
        Assert.Equal([new FacetCount("m-n1", 2), new FacetCount("m-n2", 1)], all.Members);
        Assert.Equal([new FacetCount("F1", 3)], all.Publishers);
        var some = await f.Catalogue.FacetsAsync(new DatasetQuery(Text: "motor", Species: "Escherichia coli"), Ct);
        Assert.Equal([new FacetCount("m-n1", 1)], some.Members);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("publisher")]
    [InlineData("member")]
    [InlineData("node")]
    [InlineData("species")]
    public async Task A_filter_leaves_out_all_others(string filter)
    {
        await using var f = await StartAsync();
        await f.WriteAsync(Change(Dataset(1), Replica("n1")), Change(Dataset(2, state: "lost", species: "x") with { Publisher = "F2" }, Replica("n2")));
        var query = filter switch
        {
            "state" => new DatasetQuery(State: "lost"),
            "publisher" => new DatasetQuery(Publisher: "F2"),
            "member" => new DatasetQuery(Member: "m-n2"),
            "node" => new DatasetQuery(Node: "n2"),
            _ => new DatasetQuery(Species: "x"),
        };
        Assert.Equal(Id(2), Assert.Single((await f.Catalogue.DatasetsAsync(query, Ct)).Items).Dataset.Id);
    }

    [Fact]
    public async Task Rows_come_back_as_they_were_written()
    {
        await using var f = await StartAsync();
        var row = Dataset(7, title: "Tilt \"série\" 1\n\u0001", notes: "ω") with { Root = null, Risk = 1.25e-9, ContentProven = false, Bytes = long.MaxValue / 4 };
        var replica = Replica("n1") with { Why = "verified", VerifiedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123) };
        var node = new NodeRow("n1", 3, "m1", "main", "US", "up", DateTimeOffset.UnixEpoch, "kubo/0.30", 1L << 50, 5, DateTimeOffset.UnixEpoch.AddDays(3), 1, 2, null, "http://127.0.0.1:1", null);
        var member = new MemberRow("m1", 1, "Caltech", "US", "active", 1L << 44, null);
        var publisher = new PublisherRow("F1", 1, "Jensen Lab", 2, DateTimeOffset.UnixEpoch);
        var incident = new IncidentRow("i1", 1, "disk-loss", "n1", "m1", DateTimeOffset.UnixEpoch.AddHours(1), null, null, 4, 5, "gone");
        await f.WriteAsync(Change(row, replica), new NodeChanged(node), new MemberChanged(member), new PublisherChanged(publisher), new IncidentChanged(incident));
        var found = await f.Catalogue.DatasetAsync(Id(7), Ct);
        Assert.Equal(row, found!.Dataset);
        Assert.Equal([replica], found.Replicas);
        Assert.Equal(node, Assert.Single(await f.Catalogue.NodesAsync(Ct)).Node);
        var kept = Assert.Single(await f.Catalogue.MembersAsync(Ct));
        Assert.Equal((member, 5, 1), (kept.Member, kept.UsedBytes, kept.Replicas));
        Assert.Equal([publisher], await f.Catalogue.PublishersAsync(Ct));
        Assert.Equal([incident], await f.Catalogue.IncidentsAsync(10, Ct));
        Assert.Equal("Jensen Lab", Assert.Single((await f.Catalogue.DatasetsAsync(new DatasetQuery(), Ct)).Items).PublisherAlias);
        var places = Assert.Single(await f.Catalogue.PlacesAsync(null, "n1", 10, Ct));
        Assert.Equal([replica], places.Replicas);
        Assert.Empty(await f.Catalogue.PlacesAsync(Id(7), null, 10, Ct));
    }

    [Fact]
    public async Task A_late_word_about_ended_work_does_not_bring_it_back()
    {
        await using var f = await StartAsync();
        var work = new RepairRow(Id(1), "n1", "replicate", 1, "moving", ["n2"], 0, 0.5, 1, 10, 100, DateTimeOffset.UnixEpoch, 1, null, null);
        await f.WriteAsync(new RepairChanged(work with { Version = 5, Phase = "done" }));
        await f.WriteAsync(new RepairChanged(work with { Version = 4 }));
        Assert.Equal(0, (await f.Catalogue.RepairsAsync(10, Ct)).Total);
        await f.WriteAsync(new RepairChanged(work with { Version = 6 }), new RepairChanged(work with { Version = 7, Phase = "verifying" }));
        Assert.Equal("verifying", Assert.Single((await f.Catalogue.RepairsAsync(10, Ct)).Items).Repair.Phase);
        var ended = Assert.Single(await f.Catalogue.EndedRepairsAsync(Id(1), 10, Ct));
        Assert.Equal((5, "done"), (ended.Repair.Version, ended.Repair.Phase));
    }

    [Fact]
    public async Task Observations_are_kept_once_and_read_newest_first()
    {
        await using var f = await StartAsync();
        ObservationAdded Seen(int n, string node) => new(new ObservationRow(node, DateTimeOffset.UnixEpoch.AddSeconds(n), "probe", "", "up", "{}"));
        await f.WriteAsync(Seen(1, "n1"), Seen(2, "n1"), Seen(2, "n1"), Seen(3, "n2"));
        Assert.Equal([2, 1], (await f.Catalogue.ObservationsAsync("n1", null, 10, Ct)).Select(o => o.At.ToUnixTimeSeconds()));
        Assert.Equal([1], (await f.Catalogue.ObservationsAsync(null, DateTimeOffset.UnixEpoch.AddSeconds(2), 10, Ct)).Select(o => o.At.ToUnixTimeSeconds()));
        Assert.Equal(3, (await f.Catalogue.ObservationsAsync(null, null, 10, Ct)).Count);
    }
}

/// <summary>On a SQLite file.</summary>
public sealed class SqliteCatalogueTests(PostgresFixture postgres) : CatalogueTests(DatabaseKind.Sqlite, postgres);

/// <summary>On a PostgreSQL server.</summary>
public sealed class PostgresCatalogueTests(PostgresFixture postgres) : CatalogueTests(DatabaseKind.Postgres, postgres);
