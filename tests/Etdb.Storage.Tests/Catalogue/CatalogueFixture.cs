using System.Data.Common;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Tests.Databases;

namespace Etdb.Storage.Tests.Catalogue;

/// <summary>A catalogue in a database of the test's own, and rows to put into it.</summary>
internal sealed class CatalogueFixture : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DatabaseUnderTest _database;

    private CatalogueFixture(DatabaseUnderTest database, CatalogueEvents events) => (_database, Events, Catalogue) = (database, events, database.Catalogue(events));

    public CatalogueWriteBehind Catalogue { get; }

    public CatalogueEvents Events { get; }

    public static async Task<CatalogueFixture> StartAsync(DatabaseKind kind, PostgresFixture postgres)
    {
        var fixture = new CatalogueFixture(await DatabaseUnderTest.CreateAsync(kind, postgres), new CatalogueEvents());
        await fixture.Catalogue.StartAsync(TestContext.Current.CancellationToken);
        return fixture;
    }

    public async Task WriteAsync(params CatalogueChange[] changes)
    {
        foreach (var change in changes)
        {
            await Catalogue.WriteAsync(change, TestContext.Current.CancellationToken);
        }

        await Catalogue.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A plain connection to the catalogue's database.</summary>
    public Task<DbConnection> ConnectAsync() => _database.ConnectAsync("catalogue");

    public async ValueTask DisposeAsync()
    {
        await Catalogue.StopAsync(CancellationToken.None);
        Catalogue.Dispose();
        await _database.DisposeAsync();
    }

    public static string Id(int n) => n.ToString("x8") + new string('0', 56);

    public static DatasetRow Dataset(int n, long version = 1, string? title = null, string state = "healthy", double risk = 0, long bytes = 100, string notes = "", string species = "Vibrio cholerae")
        => new(
            Id(n), version, title ?? $"Dataset {n:0000}", "F1", "Qm" + n, state, 3, 3, 5, "member", 3, 3, bytes, risk, 1, Id(n), 7, 1_500_000_000, true,
            $$$"""{"info":{"title":"t","description":"about {{{n}}}"},"details":{"speciesName":"{{{species}}}","artNotes":"{{{notes}}}"}}""", Start.AddSeconds(n));

    public static ReplicaRow Replica(string node, string state = "verified") => new(node, "m-" + node, state, state == "verified", Start, state == "verified" ? Start : null, 5, true, null);

    public static DatasetChanged Change(DatasetRow row, params ReplicaRow[] replicas) => new(row, replicas);
}
