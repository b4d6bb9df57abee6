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

    /// <summary>MiB of pages the writer keeps: a new dataset goes to a place of its own in each of nine trees, and what is not in memory is read back for it.</summary>
    private const int WriterCache = 64;

    private readonly ConcurrentStack<CatalogueReader> _readers = new(); // The one that was used last has the most pages in memory.
    private readonly SemaphoreSlim _free = new(0, Readers);
    private readonly TimeProvider _time = time;
    private SqliteCatalogueWriter? _writer;
    private WriterThread? _thread;

    /// <inheritdoc/>
    protected override string Place => path;

    /// <inheritdoc/>
    protected override async Task OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await SqliteDatabase.OpenAsync(path, durable: false, cancellationToken, WriterCache).ConfigureAwait(false);
        _writer = new SqliteCatalogueWriter(connection, _time);
        _thread ??= new WriterThread("etdb catalogue");
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
        _thread?.Dispose();
        _writer?.Dispose();
        while (_readers.TryPop(out var reader))
        {
            reader.Dispose();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task ApplyAsync(IReadOnlyList<CatalogueChange> batch, CancellationToken cancellationToken) => _thread!.RunAsync(() => _writer!.Apply(batch));

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
