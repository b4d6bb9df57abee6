using System.Collections.Concurrent;
using Etdb.Storage.Catalogue;
using Microsoft.Extensions.Logging;

namespace Etdb.Storage.Sqlite;

/// <summary>The catalogue in a SQLite file. A few readers beside the writer: WAL lets them read while it writes.</summary>
public sealed class SqliteCatalogue(string path, CatalogueEvents events, TimeProvider time, ILogger<SqliteCatalogue> logger) : CatalogueWriteBehind(events, time, logger)
{
    /// <summary>Name of its file in a data folder.</summary>
    public const string FileName = "catalogue.db";

    private const int Readers = 4;
    private readonly ConcurrentStack<CatalogueReader> _readers = new(); // The one that was used last has the most pages in memory.
    private readonly SemaphoreSlim _free = new(0, Readers);
    private readonly TimeProvider _time = time;
    private SqliteCatalogueWriter? _writer;

    /// <inheritdoc/>
    protected override string Place => path;

    /// <inheritdoc/>
    protected override async Task OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await SqliteDatabase.OpenAsync(path, durable: false, cancellationToken).ConfigureAwait(false);
        _writer = new SqliteCatalogueWriter(connection, _time);
        await SqliteDatabase.MigrateAsync(connection, "catalogue", cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < Readers; i++)
        {
            _readers.Push(new CatalogueReader(await SqliteDatabase.OpenAsync(path, durable: false, cancellationToken).ConfigureAwait(false), CatalogueDialect.Sqlite));
            _free.Release();
        }
    }

    /// <inheritdoc/>
    protected override Task CloseAsync()
    {
        _writer?.Dispose();
        while (_readers.TryPop(out var reader))
        {
            reader.Dispose();
        }

        return Task.CompletedTask;
    }

    /// <summary>On a thread of its own: SQLite does not give its thread back while it waits for the disk, and the pool has one thread for each core.</summary>
    protected override Task ApplyAsync(IReadOnlyList<CatalogueChange> batch, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => _writer!.Apply(batch), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private protected override async Task<T> ReadAsync<T>(Func<CatalogueReader, Task<T>> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        CatalogueReader? reader = null;
        try
        {
            return _readers.TryPop(out reader) ? await read(reader).ConfigureAwait(false) : throw new ObjectDisposedException(Place);
        }
        finally
        {
            if (reader is not null)
            {
                _readers.Push(reader);
            }

            _free.Release();
        }
    }
}
