using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Sql;
using Etdb.Storage.Tests.Databases;
using static Etdb.Storage.Tests.Catalogue.CatalogueFixture;

namespace Etdb.Storage.Tests.Catalogue;

/// <summary>How searches are put to PostgreSQL, and how it goes about them.</summary>
public sealed class PostgresSearchPlanTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Looking into the word index is most of what a search costs: it is done once for a page and its total, and once for the facets.</summary>
    [Fact]
    public async Task A_search_is_one_statement_that_looks_into_the_word_index_once()
    {
        await using var f = await StartAsync(DatabaseKind.Postgres, postgres);
        await f.WriteAsync([.. Enumerable.Range(1, 2 * CatalogueDialect.MostFound).Select(n => Change(Dataset(n, notes: n % 100 == 0 ? "common rare" : "common")))]);
        await using var connection = await f.ConnectAsync();
        await connection.ExecuteAsync("analyze", Ct);
        await connection.ExecuteAsync("set enable_seqscan = off", Ct); // So few rows are sooner read whole.
        foreach (var query in new[]
        {
            new DatasetQuery(Text: "rare common"), new DatasetQuery(Text: "rare", State: "healthy", Sort: DatasetSort.Updated), new DatasetQuery(Text: "common"), new DatasetQuery(Text: "rar", Member: "m"),
        })
        {
            await f.Catalogue.DatasetsAsync(query, Ct); // Which of its words are common is asked once.
            foreach (var ask in new Func<Task>[] { () => f.Catalogue.DatasetsAsync(query, Ct), () => f.Catalogue.FacetsAsync(query, Ct) })
            {
                var sql = Assert.Single(await StatementsOfAsync(connection.Database, ask));
                var plan = string.Join('\n', await connection.QueryAsync(
                    "explain " + sql,
                    [("@text", await new PostgresDialect(TimeProvider.System).WordQueryAsync(connection, query.Text, Ct)), ("@state", query.State), ("@member", query.Member)],
                    r => r.GetString(0),
                    Ct));
                Assert.Single(Regex.Matches(sql, "dataset_text"));
                Assert.True(Regex.Count(plan, "Bitmap Index Scan on dataset_by_words") == 1 && !plan.Contains("Seq Scan on dataset ", StringComparison.Ordinal), $"{sql}\n{plan}");
            }
        }
    }

    /// <summary>What was sent to that database, as Npgsql traces it.</summary>
    private static async Task<List<string>> StatementsOfAsync(string database, Func<Task> ask)
    {
        var sent = new ConcurrentQueue<string>();
        using (var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("db.namespace") is string at && at == database && activity.GetTagItem("db.query.text") is string sql)
                {
                    sent.Enqueue(sql);
                }
            },
        })
        {
            ActivitySource.AddActivityListener(listener);
            await ask();
        }

        return [.. sent];
    }
}
