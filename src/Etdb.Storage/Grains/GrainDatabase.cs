using System.Collections.Concurrent;
using Etdb.Storage.Sql;
using Etdb.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Etdb.Storage.Grains;

/// <summary>
/// The SQLite file with grain states and reminders. Every acknowledged write has been through fsync, and one fsync costs as much as a
/// thousand small writes; so writes queue for one thread that puts all that wait into one transaction, and answers after its commit. While one
/// commit is on its way to the disk the next batch gathers, so the batch grows with the load by itself.
/// </summary>
public sealed partial class GrainDatabase : IAsyncDisposable
{
    /// <summary>Writes that may wait; further writers wait for a place. At 5,000 writes a second this is a little over three seconds of work.</summary>
    public const int MostQueued = 16_384;

    /// <summary>Writes in one transaction: bounds how long the last of them waits for its answer.</summary>
    public const int MostInBatch = 1_024;

    private const int Readers = 2;

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger<GrainDatabase> _logger;
    private readonly ConcurrentQueue<GrainOperation> _queue = new();
    private readonly SemaphoreSlim _places = new(MostQueued);
    private readonly SemaphoreSlim _queued = new(0);
    private readonly SemaphoreSlim _opening = new(1);
    private readonly ConcurrentBag<GrainReader> _readers = [];
    private readonly SemaphoreSlim _freeReaders = new(Readers);
    private readonly TaskCompletionSource _writerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _closeGate = new();
    private volatile GrainWriter? _writer;
    private volatile bool _closing;
    private long _batches;
    private long _writes;

    /// <summary>A database in the file at <paramref name="path"/>; opened by the first use or by <see cref="OpenAsync"/>.</summary>
    public GrainDatabase(string path, TimeProvider time, ILogger<GrainDatabase> logger)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = System.IO.Path.GetFullPath(path);
        _time = time;
        _logger = logger;
    }

    /// <summary>The file.</summary>
    public string Path => _path;

    /// <summary>Writes stored and transactions they took, since the start.</summary>
    public (long Writes, long Transactions) Committed => (Interlocked.Read(ref _writes), Interlocked.Read(ref _batches));

    /// <summary>Opens the file and brings its schema up to date.</summary>
    /// <exception cref="NewerSchemaException">A newer version wrote the file.</exception>
    /// <exception cref="GrainStorageException">The file cannot be opened; the message says why.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_writer is not null)
        {
            return;
        }

        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            if (_writer is null)
            {
                await OpenOnceAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (SqliteException failure)
        {
            throw Explain(failure, "opened");
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Writes nothing new, durably: throws what a grain's write would.</summary>
    /// <exception cref="GrainStorageException">Writes fail; the message says why.</exception>
    public Task ProbeAsync(CancellationToken cancellationToken) => WriteAsync(new ProbeOperation(), cancellationToken);

    /// <summary>Runs one query on a read connection.</summary>
    internal async Task<T> ReadAsync<T>(Func<GrainReader, T> query, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await _freeReaders.WaitAsync(cancellationToken).ConfigureAwait(false);
        GrainReader? reader = null;
        try
        {
            if (!_readers.TryTake(out reader))
            {
                reader = new GrainReader(await SqliteDatabase.OpenAsync(_path, durable: true, cancellationToken).ConfigureAwait(false));
            }

            return query(reader);
        }
        catch (SqliteException failure)
        {
            throw Explain(failure, "read");
        }
        finally
        {
            if (reader is not null)
            {
                _readers.Add(reader);
            }

            _freeReaders.Release();
        }
    }

    /// <summary>Queues a write; the task ends after the commit that holds it.</summary>
    internal async Task WriteAsync(GrainOperation operation, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!TryEnqueue(operation))
        {
            _places.Release();
            throw new GrainStorageException($"'{_path}' is being closed; the write was not taken.");
        }

        _queued.Release();
        await operation.Done.ConfigureAwait(false);
    }

    /// <summary>Writes what is queued, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _opening.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_closing)
            {
                return;
            }

            lock (_closeGate)
            {
                _closing = true;
            }

            if (_writer is not null)
            {
                _queued.Release();
                await _writerEnded.Task.ConfigureAwait(false);
            }

            while (_readers.TryTake(out var reader))
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Once closing has begun nothing enters the queue, so the writer's last look at it is the last.</summary>
    private bool TryEnqueue(GrainOperation operation)
    {
        lock (_closeGate)
        {
            if (!_closing)
            {
                _queue.Enqueue(operation);
            }

            return !_closing;
        }
    }

    private async Task OpenOnceAsync(CancellationToken cancellationToken)
    {
        var connection = await SqliteDatabase.OpenAsync(_path, durable: true, cancellationToken).ConfigureAwait(false);
        try
        {
            await SqliteDatabase.MigrateAsync(connection, "grains", cancellationToken).ConfigureAwait(false);
            _writer = new GrainWriter(connection, _time);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        new Thread(WriteLoop) { IsBackground = true, Name = "etdb grain writer" }.Start();
    }

    private void WriteLoop()
    {
        var batch = new List<GrainOperation>(MostInBatch);
        while (true)
        {
            _queued.Wait();
            while (batch.Count < MostInBatch && _queue.TryDequeue(out var operation))
            {
                batch.Add(operation);
                if (batch.Count > 1)
                {
                    _queued.Wait(0);
                }
            }

            if (batch.Count > 0)
            {
                Commit(batch);
            }
            else if (_closing)
            {
                break;
            }
        }

        _writer!.Dispose();
        _writerEnded.TrySetResult();
    }

    private void Commit(List<GrainOperation> batch)
    {
        GrainStorageException? problem = null;
        try
        {
            _writer!.Commit(batch);
            Interlocked.Increment(ref _batches);
            Interlocked.Add(ref _writes, batch.Count);
        }
        catch (SqliteException failure)
        {
            problem = Explain(failure, "written");
            NotWritten(_logger, batch.Count, problem.Message);
        }

        _places.Release(batch.Count);
        foreach (var operation in batch)
        {
            operation.Complete(problem);
        }

        batch.Clear();
    }

    private GrainStorageException Explain(SqliteException failure, string what) => failure.SqliteErrorCode switch
    {
        13 => new GrainStorageException($"'{_path}' could not be {what}: the disk is full. Nothing of it was stored; free some space.", failure),
        5 or 6 => new GrainStorageException($"'{_path}' could not be {what}: another process holds it locked. Only one silo may use a data folder.", failure),
        8 or 14 or 23 => new GrainStorageException($"'{_path}' could not be {what}: {failure.Message} Check that the folder exists and is writable for this user.", failure),
        11 or 26 => new CorruptGrainStateException($"'{_path}' could not be {what}: the file is damaged ({failure.Message}). Restore it from a backup; what it holds of the ledger can be rebuilt.", failure),
        _ => new GrainStorageException($"'{_path}' could not be {what}: {failure.Message}", failure),
    };

    [LoggerMessage(5100, LogLevel.Error, "{Count} grain writes failed and were reported to their grains: {Problem}")]
    private static partial void NotWritten(ILogger logger, int count, string problem);
}
