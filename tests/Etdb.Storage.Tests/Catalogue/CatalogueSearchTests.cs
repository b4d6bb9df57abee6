using Etdb.Storage.Catalogue;
using Etdb.Storage.Tests.Databases;
using static Etdb.Storage.Tests.Catalogue.CatalogueFixture;

namespace Etdb.Storage.Tests.Catalogue;

/// <summary>Searches and narrowed lists where more match than are looked at.</summary>
public abstract class CatalogueSearchTests(DatabaseKind kind, PostgresFixture postgres)
{
    private const int Looked = CatalogueDialect.MostFound;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_word_that_very_many_have_is_found_and_a_rarer_one_that_begins_with_it_too()
    {
        await using var f = await StartAsync(kind, postgres);
        await f.WriteAsync([.. Enumerable.Range(1, Looked + 1).Select(n => Change(Dataset(n, notes: "proto")))]);
        await f.WriteAsync(Change(Dataset(Looked + 2, notes: "protoplast", species: "Escherichia coli")));
        var common = await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: "proto"), Ct);
        Assert.Equal((Looked, true, 50), (common.Total, common.TotalIsAtLeast, common.Items.Count));
        foreach (var text in new[] { "protop", "protoplast", "proto coli", "PROTOPLAST esch", "protoplast co" })
        {
            var expected = text is "proto coli" or "protoplast co" ? 0 : 1; // ADR 0115: common words and ends of words of one or two letters are not completed.
            Assert.Equal(expected, (await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: text), Ct)).Total);
        }

        var narrowed = await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: "protoplast", Species: "Escherichia coli"), Ct);
        Assert.Equal((1, false), (narrowed.Total, narrowed.TotalIsAtLeast));
        var cut = await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: "proto", Species: "Vibrio cholerae", Limit: 500), Ct);
        Assert.True(cut is { Total: <= Looked, TotalIsAtLeast: true, Items.Count: 500 });
        var facets = await f.Catalogue.FacetsAsync(new DatasetQuery(Text: "proto"), Ct);
        Assert.Equal((Looked, true), (facets.States.Sum(s => s.Count), facets.AreAtLeast));
        facets = await f.Catalogue.FacetsAsync(new DatasetQuery(State: "healthy"), Ct);
        Assert.Equal((Looked, true), (facets.Publishers.Sum(p => p.Count), facets.AreAtLeast));
        facets = await f.Catalogue.FacetsAsync(new DatasetQuery(), Ct);
        Assert.Equal((Looked + 2, false), (facets.Publishers.Sum(p => p.Count), facets.AreAtLeast));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(Looked + 5)]
    public async Task A_list_of_a_member_or_a_node_is_the_same_whether_it_keeps_few_or_many(int kept)
    {
        await using var f = await StartAsync(kind, postgres);
        await f.WriteAsync([.. Enumerable.Range(1, Looked + 10).Select(n => Change(Dataset(n, species: n % 2 == 0 ? "x" : "y"), n <= kept ? [Replica("n1"), Replica("n2") with { Member = "m-n1" }] : []))]);
        foreach (var query in new[] { new DatasetQuery(Member: "m-n1"), new DatasetQuery(Node: "n1") })
        {
            var ids = new List<string>();
            for (var (page, next) = ((DatasetPage?)null, query with { Limit = 400 }); page is not { Next: null }; next = next with { Cursor = page.Next })
            {
                page = await f.Catalogue.DatasetsAsync(next, Ct);
                Assert.Equal((kept, false), (page.Total, page.TotalIsAtLeast));
                ids.AddRange(page.Items.Select(i => i.Dataset.Id));
            }

            Assert.Equal(Enumerable.Range(1, kept).Select(Id), ids);
            var odd = await f.Catalogue.DatasetsAsync(query with { Species = "y", Limit = 500 }, Ct);
            Assert.Equal(Math.Min(500, (kept + 1) / 2), odd.Items.Count);
            Assert.Equal(kept, Assert.Single((await f.Catalogue.FacetsAsync(new DatasetQuery(), Ct)).Members).Count);
        }
    }

    /// <summary>Of very many matches each page shows others of the same ones, and says the same of how many there are, the last and an empty one too.</summary>
    [Theory]
    [InlineData(230, null)]
    [InlineData(Looked + 40, null)]
    [InlineData(Looked + 40, "lost")]
    public async Task Pages_of_a_search_go_through_what_is_looked_at_once_and_agree_on_the_total(int matches, string? state)
    {
        await using var f = await StartAsync(kind, postgres);
        await f.WriteAsync([.. Enumerable.Range(1, matches).Select(n => Change(Dataset(n, notes: "sheath", state: n % 2 == 0 ? "lost" : "healthy")))]);
        foreach (var sort in new[] { DatasetSort.Title, DatasetSort.Updated })
        {
            var ids = new HashSet<string>(StringComparer.Ordinal);
            var first = await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: "sheath", State: state, Sort: sort, Limit: 100), Ct);
            var page = first;
            for (; page.Next is not null; page = await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: "sheath", State: state, Sort: sort, Limit: 100, Cursor: page.Next), Ct))
            {
                Assert.All(page.Items, i => Assert.True(ids.Add(i.Dataset.Id)));
                Assert.Equal((first.Total, first.TotalIsAtLeast), (page.Total, page.TotalIsAtLeast));
            }

            Assert.All(page.Items, i => Assert.True(ids.Add(i.Dataset.Id)));
            Assert.Equal((first.Total, matches > Looked), (ids.Count, first.TotalIsAtLeast));
            Assert.True(state is not null ? first.Total is > 400 and < Looked : first.Total == Math.Min(matches, Looked), $"{first.Total} of {matches}.");
        }

        var none = await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: "sheath nowhere", State: state), Ct);
        Assert.Equal((0, false, 0), (none.Total, none.TotalIsAtLeast, none.Items.Count));
    }

    [Fact]
    public async Task Facets_of_a_word_count_each_member_once_for_a_dataset_wherever_its_replicas_go()
    {
        await using var f = await StartAsync(kind, postgres);
        await f.WriteAsync(Change(Dataset(1, notes: "pilus"), Replica("n1") with { Member = "a" }, Replica("n2") with { Member = "a" }), Change(Dataset(2, notes: "pilus"), Replica("n1") with { Member = "a" }));
        await f.WriteAsync(Change(Dataset(2, version: 2, notes: "pilus"), Replica("n1") with { Member = "b" }, Replica("n3") with { Member = "c" })); // The node went to another member.
        Assert.Equal([("a", 1L), ("b", 1L), ("c", 1L)], await MembersAsync());
        await f.WriteAsync(Change(Dataset(1, version: 2, notes: "pilus tip"), Replica("n2", "missing") with { Member = "a" }), Change(Dataset(2, version: 3, notes: "pilus")));
        Assert.Equal([("a", 1L)], await MembersAsync());

        async Task<IEnumerable<(string, long)>> MembersAsync() => (await f.Catalogue.FacetsAsync(new DatasetQuery(Text: "pilus"), Ct)).Members.Select(m => (m.Value, m.Count));
    }

    [Fact]
    public async Task A_search_without_a_word_and_with_a_state_is_the_list_of_the_state()
    {
        await using var f = await StartAsync(kind, postgres);
        await f.WriteAsync(Change(Dataset(1, state: "lost")), Change(Dataset(2)));
        Assert.Equal(1, (await f.Catalogue.DatasetsAsync(new DatasetQuery(Text: "  ", State: "lost"), Ct)).Total);
    }

    [Theory]
    [InlineData("publisher")]
    [InlineData("species")]
    public async Task Pages_of_a_lab_or_a_species_hold_each_of_its_datasets_once_in_the_order_of_titles(string what)
    {
        await using var f = await StartAsync(kind, postgres);
        await f.WriteAsync([.. Enumerable.Range(1, 60).Select(n => Change(Dataset(n, title: "Same " + (char)('a' + (n % 4)), species: n % 2 == 0 ? "x" : "y") with { Publisher = n % 2 == 0 ? "F1" : "F2" }))]);
        var query = what == "publisher" ? new DatasetQuery(Publisher: "F2", Limit: 7) : new DatasetQuery(Species: "y", Limit: 7);
        var titles = new List<string>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            var page = await f.Catalogue.DatasetsAsync(query, Ct);
            Assert.Equal(30, page.Total);
            titles.AddRange(page.Items.Select(i => i.Dataset.Title));
            Assert.All(page.Items, i => Assert.True(ids.Add(i.Dataset.Id)));
            query = query with { Cursor = page.Next };
        }
        while (query.Cursor is not null);
        Assert.Equal(30, ids.Count);
        Assert.Equal(titles.Order(StringComparer.Ordinal), titles);
    }
}

/// <summary>On a SQLite file.</summary>
public sealed class SqliteCatalogueSearchTests(PostgresFixture postgres) : CatalogueSearchTests(DatabaseKind.Sqlite, postgres);

/// <summary>On a PostgreSQL server.</summary>
public sealed class PostgresCatalogueSearchTests(PostgresFixture postgres) : CatalogueSearchTests(DatabaseKind.Postgres, postgres);
