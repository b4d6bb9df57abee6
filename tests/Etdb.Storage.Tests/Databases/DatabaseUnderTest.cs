using System.Data.Common;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Evidence;
using Etdb.Storage.Grains;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sqlite;
using Etdb.Storage.Transfer;
using Etdb.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;

namespace Etdb.Storage.Tests.Databases;

/// <summary>The ports of one database, empty, each opened as often as a test likes: opening again is a restart.</summary>
public abstract class DatabaseUnderTest : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _opened = [];

    public abstract CatalogueWriteBehind Catalogue(CatalogueEvents events);

    public abstract EvidenceLogWriter Evidence();

    public abstract Task<(IGrainStorage Storage, ReminderRows Reminders)> GrainsAsync();

    /// <summary>All of it, for export and import; closed with this.</summary>
    public abstract StorageSite Site();

    /// <summary>A plain connection to the database of an area (<c>grains</c>, <c>catalogue</c>, <c>evidence</c>).</summary>
    public abstract Task<DbConnection> ConnectAsync(string area);

    /// <summary>Brings an area up to date.</summary>
    public abstract Task MigrateAsync(string area);

    public static async Task<DatabaseUnderTest> CreateAsync(DatabaseKind kind, PostgresFixture postgres)
        => kind == DatabaseKind.Sqlite ? new SqliteUnderTest() : new PostgresUnderTest(await (await postgres.ServerAsync()).CreateDatabaseAsync());

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened)
        {
            await opened.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected T Keep<T>(T opened)
        where T : IAsyncDisposable
    {
        _opened.Add(opened);
        return opened;
    }
}

/// <summary>Which database.</summary>
public enum DatabaseKind
{
    /// <summary>A file.</summary>
    Sqlite,

    /// <summary>A server.</summary>
    Postgres,
}

internal sealed class SqliteUnderTest : DatabaseUnderTest
{
    private readonly TemporaryFolder _folder = new();

    public override CatalogueWriteBehind Catalogue(CatalogueEvents events) => new SqliteCatalogue(At("catalogue"), events, TimeProvider.System, NullLogger<SqliteCatalogue>.Instance);

    public override EvidenceLogWriter Evidence() => new SqliteEvidenceLog(At("evidence"));

    public override Task<(IGrainStorage Storage, ReminderRows Reminders)> GrainsAsync()
    {
        var database = Keep(new GrainDatabase(At("grains"), TimeProvider.System, NullLogger<GrainDatabase>.Instance));
        return Task.FromResult<(IGrainStorage, ReminderRows)>((new SqliteGrainStorage(database, GrainJson.Options), new SqliteReminderRows(database)));
    }

    public string Folder => _folder.Path;

    public override StorageSite Site() => StorageSite.Sqlite(_folder.Path);

    public override async Task<DbConnection> ConnectAsync(string area)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection($"Data Source={At(area)};Pooling=False");
        await connection.OpenAsync();
        return connection;
    }

    public override async Task MigrateAsync(string area)
    {
        await using var connection = await SqliteDatabase.OpenAsync(At(area), durable: true, CancellationToken.None);
        await SqliteDatabase.MigrateAsync(connection, area, CancellationToken.None);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    private string At(string area) => _folder.At(area + ".db");
}

internal sealed class PostgresUnderTest(string connectionString) : DatabaseUnderTest
{
    private readonly PostgresDatabase _database = new(new PostgresOptions { ConnectionString = connectionString, MostConnections = 12 });

    public override CatalogueWriteBehind Catalogue(CatalogueEvents events) => new PostgresCatalogue(_database, events, TimeProvider.System, NullLogger<PostgresCatalogue>.Instance);

    public override EvidenceLogWriter Evidence() => new PostgresEvidenceLog(_database);

    public override async Task<(IGrainStorage Storage, ReminderRows Reminders)> GrainsAsync()
    {
        await _database.MigrateAsync("grains", CancellationToken.None);
        return (new PostgresGrainStorage(_database, GrainJson.Options), new PostgresReminderRows(_database));
    }

    public override StorageSite Site() => StorageSite.Postgres(_database);

    public override async Task<DbConnection> ConnectAsync(string area) => await _database.OpenAsync(CancellationToken.None);

    public override Task MigrateAsync(string area) => _database.MigrateAsync(area, CancellationToken.None);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _database.DisposeAsync();
    }
}
