using System.Collections.Immutable;
using Etdb.Domain.Content;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.State;
using Microsoft.Extensions.Logging;

namespace Etdb.Grains.Nodes;

/// <summary>See <see cref="IShelfGrain"/>. Reentrant: datasets call it while it calls datasets.</summary>
[Reentrant]
[PreferLocalPlacement] // Its node hands it long lists: beside the node they are not sent.
public sealed partial class ShelfGrain : Grain, IShelfGrain
{
    /// <summary>Datasets told at once, the rows of a page: each waits for three commits in turn and all that wait share them, and the page is then written once.</summary>
    private const int TellAtOnce = PagedTable.RowsMaximum;

    private readonly StateWriter<ShelfState> _state;
    private readonly Reporter _reporter;
    private readonly ILogger<ShelfGrain> _log;
    private readonly PagedTable _rows;
    private ShelfComparison? _comparison;
    private IGrainTimer? _delivery;

    public ShelfGrain([PersistentState("shelf", StorageNames.Grains)] IPersistentState<ShelfState> state, PageStore pages, Reporter reporter, ILogger<ShelfGrain> log)
    {
        _rows = new PagedTable(pages, this.GetGrainId(), "rows", DeactivateOnIdle);
        _state = new StateWriter<ShelfState>(state, DeactivateOnIdle);
        _reporter = reporter;
        _log = log;
    }

    private NodeId Node
    {
        get
        {
            var key = this.GetPrimaryKeyString();
            return new NodeId(key[..key.LastIndexOf('|')]);
        }
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await _rows.OpenAsync();
        if (!_state.Value.Entries.IsEmpty)
        {
            await _rows.SetAllAsync([.. _state.Value.Entries.Values.Select(e => KeyValuePair.Create(ShelfRows.KeyOf(e.Ref), (string?)ShelfRows.Write(e.Phase, e.ChangedAt)))]);
            _state.Value = _state.Value with { Entries = _state.Value.Entries.Clear() };
            await _state.SaveAsync();
        }

        ScheduleDelivery();
    }

    /// <inheritdoc/>
    public Task Wake()
    {
        ScheduleDelivery();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Expect(DatasetRef dataset) => PutAsync(dataset, ShelfPhase.Expected, static phase => phase is ShelfPhase.Expected or ShelfPhase.Held);

    /// <inheritdoc/>
    public Task Held(DatasetRef dataset) => PutAsync(dataset, ShelfPhase.Held, static phase => phase == ShelfPhase.Held);

    /// <inheritdoc/>
    public Task Forget(DatasetRef dataset) => _rows.SetAsync(ShelfRows.KeyOf(dataset), null);

    /// <inheritdoc/>
    public Task Strike(DatasetRef dataset) => PutAsync(dataset, ShelfPhase.Struck, static phase => phase == ShelfPhase.Struck);

    /// <inheritdoc/>
    public async Task<bool> OthersRefer(DatasetRef dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var own = ShelfRows.KeyOf(dataset);
        await foreach (var page in _rows.ReadAsync())
        {
            if (page.Any(r => r.Key != own && ShelfRows.PhaseOf(r.Value) != ShelfPhase.Struck && ShelfRows.RootOf(r.Key).SequenceEqual(dataset.Root.Value)))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public async Task<ShelfDifference> Compare(ShelfListing listing)
    {
        ArgumentNullException.ThrowIfNull(listing);
        var comparison = new ShelfComparison(listing);
        await foreach (var page in _rows.ReadAsync())
        {
            comparison.Add(page);
        }

        _comparison = comparison;
        return comparison.Difference();
    }

    /// <inheritdoc/>
    public async Task<int> Conclude(string scan, string? incident)
    {
        if (_comparison is not { } found || found.Scan != scan)
        {
            return 0;
        }

        _comparison = null;
        await TellAllAsync(found.Missing, ObservationKind.NotListed, found.StartedAt, incident, ShelfPhase.Gone);
        await TellAllAsync(found.Appeared, ObservationKind.Listed, found.StartedAt, null, ShelfPhase.Held);
        foreach (var row in found.Struck)
        {
            await ConcludeStruckAsync(row.Ref, row.Listed, found.StartedAt);
        }

        return found.Missing.Count + found.Appeared.Count + found.Struck.Count;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DatasetRef>> Touched()
    {
        var held = new List<DatasetRef>();
        await foreach (var page in _rows.ReadAsync())
        {
            held.AddRange(page.Where(IsHeld).Select(r => ShelfRows.RefOf(r.Key)));
        }

        // A table that grew meanwhile may show a row twice.
        return [.. held.Distinct()];
    }

    /// <inheritdoc/>
    public async Task Tell(ShelfNews news)
    {
        ArgumentNullException.ThrowIfNull(news);
        _state.Value = _state.Value with { Undelivered = [.. _state.Value.Undelivered.Where(n => n.Kind != news.Kind), news] };
        await _state.SaveAsync();
        ScheduleDelivery();
    }

    /// <inheritdoc/>
    public async Task<DatasetRef?> Pick(ulong number)
    {
        for (var i = 0; i < _rows.Pages; i++)
        {
            var page = await _rows.ReadPageAsync((int)((number + (ulong)i) % (ulong)_rows.Pages));
            var held = page.Where(IsHeld).ToList();
            if (held.Count > 0)
            {
                return ShelfRows.RefOf(held[(int)((number >> 16) % (ulong)held.Count)].Key);
            }
        }

        return null;
    }

    private static bool IsHeld(KeyValuePair<string, string> row) => ShelfRows.PhaseOf(row.Value) == ShelfPhase.Held;

    /// <summary>Sets the phase unless the one it has is good enough; either way it is durable when this returns.</summary>
    private async Task PutAsync(DatasetRef dataset, ShelfPhase phase, Func<ShelfPhase, bool> enough)
    {
        var key = ShelfRows.KeyOf(dataset);
        var known = await _rows.FindAsync(key);
        await _rows.SetAsync(key, known is not null && enough(ShelfRows.PhaseOf(known)) ? known : ShelfRows.Write(phase, _reporter.Now));
    }

    /// <summary>What came back is offered to its dataset; what is not there, or not wanted by anyone any more, leaves the table.</summary>
    private async Task ConcludeStruckAsync(DatasetRef dataset, bool listed, DateTimeOffset at)
    {
        var key = ShelfRows.KeyOf(dataset);
        if (listed && await GrainFactory.GetGrain<IDatasetGrain>(dataset.Dataset.Value).TakeBack(dataset.Root, Node, at))
        {
            await PutAsync(dataset, ShelfPhase.Held, static phase => phase == ShelfPhase.Held);
        }
        else if (await _rows.FindAsync(key) is { } row && ShelfRows.PhaseOf(row) == ShelfPhase.Struck)
        {
            await _rows.SetAsync(key, null);
        }
    }

    /// <summary>Delivery runs from a timer, not from the call that brought the news: ten thousand datasets take longer than a call may.</summary>
    private void ScheduleDelivery()
    {
        if (!_state.Value.Undelivered.IsEmpty && _delivery is null)
        {
            _delivery = this.RegisterGrainTimer(DeliverAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        }
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!_state.Value.Undelivered.IsEmpty && !cancellationToken.IsCancellationRequested)
            {
                var news = _state.Value.Undelivered[0];
                await foreach (var page in _rows.ReadAsync())
                {
                    var touched = page.Where(r => Concerns(news, r.Value)).Select(r => ShelfRows.RefOf(r.Key)).ToList();
                    await TellAllAsync(touched, news.Kind, news.At, news.Incident, news.Kind == ObservationKind.RepositoryReplaced ? ShelfPhase.Gone : null);
                }

                _state.Value = _state.Value with { Undelivered = _state.Value.Undelivered.Remove(news) };
                await _state.SaveAsync();
            }
        }
        catch (Exception) when (_reporter.Stopping)
        {
            // The silo ends: the next activation goes on.
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // News stay in the state; the node wakes this shelf with its next round.
            LogDeliveryFailed(e, this.GetPrimaryKeyString());
        }
        finally
        {
            _delivery?.Dispose();
            _delivery = null;
        }
    }

    /// <summary>A replacement says nothing of what came after it; a doubt is about what is believed to be there.</summary>
    private static bool Concerns(ShelfNews news, string row) => news.Kind switch
    {
        _ when ShelfRows.PhaseOf(row) == ShelfPhase.Struck => false,
        ObservationKind.RepositoryReplaced => ShelfRows.TicksOf(row) <= news.At.UtcTicks,
        ObservationKind.CheckUnknown => ShelfRows.PhaseOf(row) == ShelfPhase.Held,
        _ => true,
    };

    private async Task TellAllAsync(IReadOnlyList<DatasetRef> datasets, ObservationKind kind, DateTimeOffset at, string? incident, ShelfPhase? phase)
    {
        var source = kind is ObservationKind.Listed or ObservationKind.NotListed ? ObservationSource.Scan : ObservationSource.Probe;
        var observation = new Observation(Node, kind, at, source);
        foreach (var batch in datasets.Chunk(TellAtOnce))
        {
            await Task.WhenAll(batch.Select(d => GrainFactory.GetGrain<IDatasetGrain>(d.Dataset.Value).Observe(d.Root, observation, incident)));
            if (phase is { } next)
            {
                // Gone from the table meanwhile: a dataset that let go stays gone.
                var value = ShelfRows.Write(next, _reporter.Now);
                await _rows.UpdateAsync([.. batch.Select(d => KeyValuePair.Create(ShelfRows.KeyOf(d), value))]);
            }
        }
    }

    [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "Shelf {Shelf} could not tell all its datasets; it goes on when its node wakes it")]
    private partial void LogDeliveryFailed(Exception e, string shelf);
}
