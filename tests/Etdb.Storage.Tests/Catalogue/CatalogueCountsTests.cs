using Etdb.Storage.Catalogue;
using Etdb.Storage.Sql;
using Etdb.Storage.Tests.Databases;
using static Etdb.Storage.Tests.Catalogue.CatalogueFixture;

namespace Etdb.Storage.Tests.Catalogue;

/// <summary>The counts that triggers keep are those one would count, whatever changes come in which order.</summary>
public abstract class CatalogueCountsTests(DatabaseKind kind, PostgresFixture postgres)
{
    private const int Datasets = 20;
    private static readonly string[] States = ["healthy", "degraded", "lost"];
    private static readonly string[] ReplicaStates = ["verified", "missing", "claimed"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Kept_counts_equal_counted_ones(int seed)
    {
        await using var f = await CatalogueFixture.StartAsync(kind, postgres);
        var random = new Random(seed);
        var model = new Dictionary<string, DatasetChanged>(StringComparer.Ordinal);
        for (var batch = 1; batch <= 12; batch++)
        {
            var changes = Enumerable.Range(0, random.Next(1, 15)).Select(_ => Draw(random, batch)).ToList();
            foreach (var change in changes)
            {
                model[change.Dataset.Id] = change; // Of equal versions the later one holds.
            }

            await f.WriteAsync([.. changes]);
            var health = await f.Catalogue.HealthAsync(Ct);
            var replicas = model.Values.SelectMany(c => c.Replicas.Select(r => (r.State, c.Dataset.Bytes))).ToList();
            Assert.Equal(Counted(model.Values.Select(c => c.Dataset.State)), health.Datasets.OrderBy(p => p.Key, StringComparer.Ordinal));
            Assert.Equal(Counted(replicas.Select(r => r.State)), health.Replicas.OrderBy(p => p.Key, StringComparer.Ordinal));
            Assert.Equal(model.Values.Sum(c => c.Dataset.Bytes), health.LogicalBytes);
            Assert.Equal(replicas.Where(r => r.State == "verified").Sum(r => r.Bytes), health.StoredBytes);
            var facets = await f.Catalogue.FacetsAsync(new DatasetQuery(), Ct);
            Assert.Equal(Counted(model.Values.Select(c => c.Dataset.Publisher)), Kept(facets.Publishers));
            Assert.Equal(Counted(model.Values.Select(c => c.Dataset.State)), Kept(facets.States));
            Assert.Equal(Counted(model.Values.Select(c => DatasetText.Of(c.Dataset.ArtifactJson).Species)), Kept(facets.Species));
            Assert.Equal(Counted(model.Values.SelectMany(c => c.Replicas.Select(r => r.Member).Distinct())), Kept(facets.Members));
            foreach (var node in new[] { "n1", "n4" })
            {
                Assert.Equal(model.Values.Count(c => c.Replicas.Any(r => r.Node == node)), (await f.Catalogue.DatasetsAsync(new DatasetQuery(Node: node), Ct)).Total);
            }
        }
    }

    /// <summary>The one-page view is read all the time: it must not look for the one lost dataset among all others.</summary>
    [Fact]
    public async Task The_example_of_a_rare_cell_is_found_by_the_index_of_cells()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        using var catalogue = database.Catalogue(new CatalogueEvents());
        await catalogue.StartAsync(Ct);
        for (var n = 1; n <= 300; n++)
        {
            await catalogue.WriteAsync(Change(Dataset(n, state: n >= 298 ? "lost" : "healthy")), Ct);
        }

        await catalogue.FlushAsync(Ct);
        await using var connection = await database.ConnectAsync("catalogue");
        await connection.ExecuteAsync("analyze", Ct);
        var (matrix, explain, column) = kind == DatabaseKind.Sqlite ? (CatalogueDialect.Sqlite.Matrix, "explain query plan", 3) : (new PostgresDialect(TimeProvider.System).Matrix, "explain", 0);
        var examples = await connection.QueryAsync(matrix, [], r => (State: r.GetString(0), Example: r.GetString(4)), Ct);
        Assert.Equal([("healthy", Id(1)), ("lost", Id(298))], examples.OrderBy(e => e.State, StringComparer.Ordinal));
        Assert.Contains("dataset_by_cell", string.Join('\n', await connection.QueryAsync($"{explain} {matrix}", [], r => r.GetString(column), Ct)), StringComparison.Ordinal);
        await catalogue.StopAsync(Ct);
    }

    private static DatasetChanged Draw(Random random, int version)
    {
        // Nodes change hands between three members, so that a member often has two copies of a dataset.
        var replicas = Enumerable.Range(1, 5).Where(_ => random.Next(2) == 0).Select(n => Replica("n" + n, ReplicaStates[random.Next(3)]) with { Member = "m" + random.Next(3) }).ToArray();
        var row = Dataset(random.Next(1, Datasets), version, state: States[random.Next(3)], bytes: random.Next(1, 4) * 1000, species: "s" + random.Next(3));
        return Change(row with { Publisher = "F" + random.Next(3) }, replicas);
    }

    private static IEnumerable<KeyValuePair<string, long>> Kept(IReadOnlyList<FacetCount> facets) =>
        facets.Select(f => KeyValuePair.Create(f.Value, f.Count)).OrderBy(p => p.Key, StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, long>> Counted(IEnumerable<string> words) =>
        words.GroupBy(w => w).Select(g => KeyValuePair.Create(g.Key, (long)g.Count())).OrderBy(p => p.Key, StringComparer.Ordinal);
}

/// <summary>On a SQLite file.</summary>
public sealed class SqliteCatalogueCountsTests(PostgresFixture postgres) : CatalogueCountsTests(DatabaseKind.Sqlite, postgres);

/// <summary>On a PostgreSQL server.</summary>
public sealed class PostgresCatalogueCountsTests(PostgresFixture postgres) : CatalogueCountsTests(DatabaseKind.Postgres, postgres);
