using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Etdb.Storage.Catalogue;

/// <summary>
/// The catalogue in a database: a bounded queue, one writer that commits what is queued in one transaction, a few readers beside it. When the
/// database cannot be written, changes wait and the writer says so and tries again; grains are held back only once the queue is full.
/// </summary>
public abstract partial class CatalogueWriteBehind(CatalogueEvents events, TimeProvider time, ILogger logger) : BackgroundService, ICatalogue, ICatalogueSink
{
    /// <summary>Changes that may wait for the writer.</summary>
    public const int MostQueued = 16_384;

    /// <summary>Changes in one transaction.</summary>
    public const int MostInBatch = 4_096;

    /// <summary>
    /// From the beginning of one transaction to that of the next, unless a whole batch waits or somebody waits for it: every commit makes readers forget the pages they keep in memory,
    /// and adds a piece to the index of words that searches have to look into.
    /// </summary>
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// When transactions take long, the next one waits for this many times as long, <see cref="ApartMost"/> at most: what comes in masses (an import, a rebuild) is then written in few
    /// large ones, in which changes share pages of the indexes.
    /// </summary>
    private const int ApartFactor = 4;

    private static readonly TimeSpan ApartMost = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);
    private readonly Channel<CatalogueChange> _queue = Channel.CreateBounded<CatalogueChange>(new BoundedChannelOptions(MostQueued) { SingleReader = true });
    private int _flushing; // How many wait in FlushAsync; read by the writer loop.
    private volatile bool _busy; // Written by the writer loop, read by FlushAsync.
    private volatile string? _problem; // Written by the writer loop, read by health checks.

    /// <summary>Why the catalogue cannot be written just now; null when it can.</summary>
    public string? Problem => _problem;

    /// <summary>Where it is, for messages.</summary>
    protected abstract string Place { get; }

    /// <summary>Tells live readers.</summary>
    protected CatalogueEvents Events { get; } = events;

    /// <inheritdoc/>
    public ValueTask WriteAsync(CatalogueChange change, CancellationToken cancellationToken) => _queue.Writer.WriteAsync(change, cancellationToken);

    /// <summary>Opens the database, brings its schema up to date, and begins to write; called before anything reads or writes.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until what was queued before the call is committed (or the token ends).</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _flushing);
        try
        {
            while (_queue.Reader.Count > 0 || _busy)
            {
                await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _flushing);
        }
    }

    /// <summary>Writes what is queued as long as the host's patience allows, then closes the database.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<CatalogueChange>(MostInBatch);
        long? begun = null;
        var apart = Apart;
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await GatherAsync(begun, apart, stoppingToken).ConfigureAwait(false);
            begun = time.GetTimestamp();
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

            apart = ApartAfter(time.GetElapsedTime(begun.Value));
            foreach (var change in batch)
            {
                Events.Publish(change);
            }

            batch.Clear();
            _busy = false;
        }
    }

    /// <summary>From the beginning of a transaction that took so long to the beginning of the next.</summary>
    internal static TimeSpan ApartAfter(TimeSpan taken) => taken * ApartFactor is var wanted && wanted < Apart ? Apart : wanted < ApartMost ? wanted : ApartMost;

    /// <summary>Lets changes gather when the last transaction began a moment ago.</summary>
    private async Task GatherAsync(long? begun, TimeSpan apart, CancellationToken stoppingToken)
    {
        while (begun is { } last && time.GetElapsedTime(last) < apart && _queue.Reader.Count < MostInBatch && Volatile.Read(ref _flushing) == 0 && !stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(LookAgain, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Opens the database.</summary>
    protected abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Closes it.</summary>
    protected abstract Task CloseAsync();

    /// <summary>Applies a batch in one transaction; throws a <see cref="System.Data.Common.DbException"/> when nothing of it is stored.</summary>
    protected abstract Task ApplyAsync(IReadOnlyList<CatalogueChange> batch, CancellationToken cancellationToken);

    /// <summary>Runs one question on a reader of its own.</summary>
    private protected abstract Task<T> ReadAsync<T>(Func<CatalogueReader, Task<T>> read, CancellationToken cancellationToken);

    private async Task<bool> TryApplyAsync(List<CatalogueChange> batch, CancellationToken stoppingToken)
    {
        try
        {
            await ApplyAsync(batch, CancellationToken.None).ConfigureAwait(false);
            _problem = null;
            return true;
        }
        catch (Exception e) when (e is System.Data.Common.DbException or TimeoutException)
        {
            _problem = e.Message;
            CatalogueNotWritten(logger, Place, batch.Count, e.Message);
            await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return false;
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
    public Task<CatalogueFacets> FacetsAsync(DatasetQuery query, CancellationToken cancellationToken) => ReadAsync(r => r.FacetsAsync(query, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ObservationRow>> ObservationsAsync(string? node, DateTimeOffset? before, int limit, CancellationToken cancellationToken)
        => ReadAsync(r => r.ObservationsAsync(node, before, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<EndedRepair>> EndedRepairsAsync(string? dataset, int limit, CancellationToken cancellationToken)
        => ReadAsync(r => r.EndedRepairsAsync(dataset, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PublisherRow>> PublishersAsync(CancellationToken cancellationToken) => ReadAsync(r => r.PublishersAsync(cancellationToken), cancellationToken);

    [LoggerMessage(6001, LogLevel.Warning, "The catalogue {Place} could not be written ({Count} changes wait): {Problem}. They are tried again; nothing is lost, lists may lag.")]
    private static partial void CatalogueNotWritten(ILogger logger, string place, int count, string problem);
}
