using Etdb.Silo.Hosting;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Grains;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// The database a world is restored into and measured on: files in the folder, or the PostgreSQL database that the environment variable <see cref="Variable"/> names by its
/// connection string (this process and the silo it starts both read it).
/// </summary>
internal sealed class ScaleStorage : IAsyncDisposable
{
    public const string Variable = "ETDB_BENCH_POSTGRES";

    private readonly string _folder;
    private readonly GrainDatabase? _files;
    private readonly PostgresDatabase? _server;

    private ScaleStorage(string folder)
    {
        _folder = folder;
        if (Options(folder) is { OnPostgres: true } options)
        {
            _server = new PostgresDatabase(options.Postgres);
            Grains = new PostgresGrainStorage(_server, GrainJson.Options);
        }
        else
        {
            _files = new GrainDatabase(Path.Combine(folder, "grains.db"), TimeProvider.System, NullLogger<GrainDatabase>.Instance);
            Grains = new SqliteGrainStorage(_files, GrainJson.Options);
        }
    }

    /// <summary>Where grain states go.</summary>
    public IGrainStorage Grains { get; }

    /// <summary>Opens it; the schema of grain states is there afterwards.</summary>
    public static async Task<ScaleStorage> OpenAsync(string folder, CancellationToken ct)
    {
        var storage = new ScaleStorage(folder);
        await (storage._server?.MigrateAsync("grains", ct) ?? storage._files!.OpenAsync(ct));
        return storage;
    }

    /// <summary>Options of a silo on it, as far as they are about storage.</summary>
    public static SiloOptions Options(string folder)
    {
        var connection = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(connection)
            ? new SiloOptions { DataFolder = folder }
            : new SiloOptions { DataFolder = folder, Storage = SiloOptions.PostgresStorage, Postgres = new PostgresOptions { ConnectionString = connection } };
    }

    /// <summary>Its catalogue.</summary>
    public CatalogueWriteBehind Catalogue() => _server is not null
        ? new PostgresCatalogue(_server, new CatalogueEvents(), TimeProvider.System, NullLogger<PostgresCatalogue>.Instance)
        : new SqliteCatalogue(Path.Combine(_folder, SqliteCatalogue.FileName), new CatalogueEvents(), TimeProvider.System, NullLogger<SqliteCatalogue>.Instance);

    /// <summary>MiB it takes: what its parts are called, and how much each has.</summary>
    public async Task<IReadOnlyList<(string Part, double MiB)>> SizesAsync(CancellationToken ct)
    {
        if (_server is null)
        {
            return [.. Directory.GetFiles(_folder, "*.db").Select(f => (Path.GetFileNameWithoutExtension(f), new FileInfo(f).Length / 1048576.0))];
        }

        await using var connection = await _server.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "select pg_database_size(current_database())";
        return [("postgres", (long)(await command.ExecuteScalarAsync(ct))! / 1048576.0)];
    }

    public async ValueTask DisposeAsync()
    {
        if (_files is not null)
        {
            await _files.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
