using Etdb.Storage.Catalogue;
using Etdb.Storage.Sql;
using Etdb.Storage.Tests.Databases;
using static Etdb.Storage.Tests.Catalogue.CatalogueFixture;

namespace Etdb.Storage.Tests.Catalogue;

/// <summary>What taking in datasets costs, counted in pages and transactions.</summary>
public sealed class CatalogueCostTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A row of this size is half a page. In a table without numbers it took an overflow page for itself, and a third of another.</summary>
    [Fact]
    public async Task A_dataset_takes_less_than_a_page_of_its_table()
    {
        const int Datasets = 300;
        await using var database = await DatabaseUnderTest.CreateAsync(DatabaseKind.Sqlite, postgres);
        using var catalogue = database.Catalogue(new CatalogueEvents());
        await catalogue.StartAsync(Ct);
        for (var n = 0; n < Datasets; n++)
        {
            // As they come: in no order of their ids.
            await catalogue.WriteAsync(Change(Dataset((n * 7919) % 100_003, notes: new string('x', 1_300))), Ct);
        }

        await catalogue.FlushAsync(Ct);
        await catalogue.StopAsync(Ct);
        await using var connection = await database.ConnectAsync("catalogue");
        var before = (long)(await connection.ScalarAsync("pragma page_count", [], Ct))!;
        // Of the table with its indexes.
        await connection.ExecuteAsync("drop table dataset; vacuum", Ct);
        var pages = before - (long)(await connection.ScalarAsync("pragma page_count", [], Ct))!;
        Assert.InRange(pages, Datasets / 2, Datasets);
    }

    [Theory]
    [InlineData(0, 200)]
    [InlineData(40, 200)]
    [InlineData(100, 400)]
    [InlineData(240, 960)]
    [InlineData(60_000, 1_000)]
    public void Transactions_that_take_long_are_further_apart(int took, int apart) =>
        Assert.Equal(TimeSpan.FromMilliseconds(apart), CatalogueWriteBehind.ApartAfter(TimeSpan.FromMilliseconds(took)));
}
