using System.Threading.Channels;
using Etdb.Storage.Catalogue;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Etdb.Storage.Sqlite;

/// <summary>
/// The catalogue in a SQLite file: a bounded queue, one writer that commits what is queued in one transaction, a few readers beside it
/// (WAL lets them read while it writes). When the file cannot be written, changes wait and the writer says so and tries again; grains
/// are held back only once the queue is full.
/// </summary>
public sealed partial class SqliteCatalogue(string path, CatalogueEvents events, TimeProvider time, ILogger<SqliteCatalogue> logger) : BackgroundService, ICatalogue, ICatalogueSink
{
    /// <summary>Changes that may wait for the writer.</summary>
    public const int MostQueued = 16_384;

    /// <summary>Changes in one transaction.</summary>
    public const int MostInBatch = 2_048;

    private const int Readers = 4;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);
    private readonly Channel<CatalogueChange> _queue = Channel.CreateBounded<CatalogueChange>(new BoundedChannelOptions(MostQueued) { SingleReader = true });
    private readonly Channel<SqliteCatalogueReader> _readers = Channel.CreateBounded<SqliteCatalogueReader>(Readers);
    private SqliteCatalogueWriter? _writer;
    private volatile bool _busy; // Written by the writer loop, read by FlushAsync.

    /// <inheritdoc/>
    public ValueTask WriteAsync(CatalogueChange change, CancellationToken cancellationToken) => _queue.Writer.WriteAsync(change, cancellationToken);

    /// <summary>Opens the file and brings its schema up to date; called before anything reads or writes.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var connection = await SqliteDatabase.OpenAsync(path, durable: false, cancellationToken).ConfigureAwait(false);
        _writer = new SqliteCatalogueWriter(connection);
        await SqliteDatabase.MigrateAsync(connection, "catalogue", cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < Readers; i++)
        {
            _readers.Writer.TryWrite(new SqliteCatalogueReader(await SqliteDatabase.OpenAsync(path, durable: false, cancellationToken).ConfigureAwait(false)));
        }

        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until what was queued before the call is committed (or the token ends).</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (_queue.Reader.Count > 0 || _busy)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<CatalogueChange>(MostInBatch);
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            _busy = true;
            while (batch.Count < MostInBatch && _queue.Reader.TryRead(out var change))
            {
                batch.Add(change);
            }

            while (!await TryApplyAsync(batch, stoppingToken).ConfigureAwait(false))
            {
                if (stoppingToken.IsCancellationRequested)
                {
                    return; // What was not written is rebuilt from the grains.
                }
            }

            foreach (var change in batch)
            {
                events.Publish(change);
            }

            batch.Clear();
            _busy = false;
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        _writer?.Dispose();
        while (_readers.Reader.TryRead(out var reader))
        {
            reader.Dispose();
        }
    }

    private async Task<bool> TryApplyAsync(List<CatalogueChange> batch, CancellationToken stoppingToken)
    {
        try
        {
            await _writer!.ApplyAsync(batch, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            CatalogueNotWritten(logger, path, batch.Count, e.Message);
            await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return false;
        }
    }

    private async Task<T> ReadAsync<T>(Func<SqliteCatalogueReader, Task<T>> read, CancellationToken cancellationToken)
    {
        var reader = await _readers.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await read(reader).ConfigureAwait(false);
        }
        finally
        {
            _readers.Writer.TryWrite(reader);
        }
    }

    /// <inheritdoc/>
    public Task<CatalogueHealth> HealthAsync(CancellationToken cancellationToken) => ReadAsync(r => r.HealthAsync(time.GetUtcNow(), cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<DatasetPage> DatasetsAsync(DatasetQuery query, CancellationToken cancellationToken) => ReadAsync(r => r.DatasetsAsync(query, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<DatasetChanged?> DatasetAsync(string id, CancellationToken cancellationToken) => ReadAsync(r => r.DatasetAsync(id, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DatasetPlaces>> PlacesAsync(string? after, string? node, int limit, CancellationToken cancellationToken)
        => ReadAsync(r => r.PlacesAsync(after, node, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoryRow>> StoryAsync(string dataset, long? before, int limit, CancellationToken cancellationToken)
        => ReadAsync(r => r.StoryAsync(dataset, before, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<NodeSummary>> NodesAsync(CancellationToken cancellationToken) => ReadAsync(r => r.NodesAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<MemberSummary>> MembersAsync(CancellationToken cancellationToken) => ReadAsync(r => r.MembersAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<(IReadOnlyList<(RepairRow Repair, string Title)> Items, long Total)> RepairsAsync(int limit, CancellationToken cancellationToken)
        => ReadAsync(r => r.RepairsAsync(limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<IncidentRow>> IncidentsAsync(int limit, CancellationToken cancellationToken) => ReadAsync(r => r.IncidentsAsync(limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PublisherRow>> PublishersAsync(CancellationToken cancellationToken) => ReadAsync(r => r.PublishersAsync(cancellationToken), cancellationToken);

    [LoggerMessage(6001, LogLevel.Warning, "The catalogue {Path} could not be written ({Count} changes wait): {Problem}. They are tried again; nothing is lost, lists may lag.")]
    private static partial void CatalogueNotWritten(ILogger logger, string path, int count, string problem);
}
