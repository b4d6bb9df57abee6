using System.Collections.Immutable;
using Etdb.Domain.Content;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.State;
using Microsoft.Extensions.Logging;

namespace Etdb.Grains.Nodes;

/// <summary>See <see cref="IShelfGrain"/>. Reentrant: datasets call it while it calls datasets.</summary>
[Reentrant]
public sealed partial class ShelfGrain : Grain, IShelfGrain
{
    /// <summary>Datasets told at once: enough to keep a silo busy, few enough not to flood it after a disk is lost.</summary>
    private const int TellAtOnce = 16;

    private readonly StateWriter<ShelfState> _state;
    private readonly Reporter _reporter;
    private readonly ILogger<ShelfGrain> _log;
    private Comparison? _comparison;
    private IGrainTimer? _delivery;

    public ShelfGrain([PersistentState("shelf", StorageNames.Grains)] IPersistentState<ShelfState> state, Reporter reporter, ILogger<ShelfGrain> log)
    {
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
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        ScheduleDelivery();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Wake()
    {
        ScheduleDelivery();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Expect(DatasetRef dataset) =>
        Entry(dataset) is { Phase: not ShelfPhase.Gone } ? SaveIfDirtyAsync() : PutAsync(dataset, ShelfPhase.Expected);

    /// <inheritdoc/>
    public Task Held(DatasetRef dataset) =>
        Entry(dataset) is { Phase: ShelfPhase.Held } ? SaveIfDirtyAsync() : PutAsync(dataset, ShelfPhase.Held);

    /// <inheritdoc/>
    public async Task Forget(DatasetRef dataset)
    {
        var entries = _state.Value.Entries;
        var left = entries.Remove(KeyOf(dataset));
        if (!ReferenceEquals(entries, left))
        {
            _state.Value = _state.Value with { Entries = left };
        }

        await SaveIfDirtyAsync();
    }

    /// <inheritdoc/>
    public Task<bool> OthersRefer(DatasetRef dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        foreach (var entry in _state.Value.Entries.Values)
        {
            if (entry.Ref.Root == dataset.Root && entry.Ref.Dataset != dataset.Dataset)
            {
                return Task.FromResult(true);
            }
        }

        return Task.FromResult(false);
    }

    /// <inheritdoc/>
    public Task<ShelfDifference> Compare(ShelfListing listing)
    {
        ArgumentNullException.ThrowIfNull(listing);
        var listed = new HashSet<ContentId>(listing.Roots);
        var referred = new HashSet<ContentId>();
        var missing = new List<DatasetRef>();
        var appeared = new List<DatasetRef>();
        var held = 0;
        foreach (var entry in _state.Value.Entries.Values)
        {
            referred.Add(entry.Ref.Root);
            var isListed = listed.Contains(entry.Ref.Root);
            held += entry.Phase == ShelfPhase.Held ? 1 : 0;
            if (entry.ChangedAt >= listing.StartedAt || isListed == (entry.Phase == ShelfPhase.Held))
            {
                continue;
            }

            if (isListed)
            {
                appeared.Add(entry.Ref);
            }
            else if (entry.Phase == ShelfPhase.Held)
            {
                missing.Add(entry.Ref);
            }
        }

        listed.ExceptWith(referred);
        _comparison = new Comparison(listing.Scan, listing.StartedAt, missing, appeared);
        return Task.FromResult(new ShelfDifference(held, missing, appeared.Count, listed.Count));
    }

    /// <inheritdoc/>
    public async Task<int> Conclude(string scan, string? incident)
    {
        if (_comparison is not { } found || found.Scan != scan)
        {
            return 0;
        }

        _comparison = null;
        var told = await TellAllAsync(found.Missing, ObservationKind.NotListed, found.At, incident, ShelfPhase.Gone);
        told += await TellAllAsync(found.Appeared, ObservationKind.Listed, found.At, null, ShelfPhase.Held);
        await SaveIfDirtyAsync();
        return told;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<DatasetRef>> Touched() =>
        Task.FromResult<IReadOnlyList<DatasetRef>>([.. _state.Value.Entries.Values.Where(e => e.Phase == ShelfPhase.Held).Select(e => e.Ref)]);

    /// <inheritdoc/>
    public async Task Tell(ShelfNews news)
    {
        ArgumentNullException.ThrowIfNull(news);
        _state.Value = _state.Value with { Undelivered = [.. _state.Value.Undelivered.Where(n => n.Kind != news.Kind), news] };
        await _state.SaveAsync();
        ScheduleDelivery();
    }

    /// <inheritdoc/>
    public Task<DatasetRef?> Pick(ulong number)
    {
        var held = _state.Value.Entries.Values.Where(e => e.Phase == ShelfPhase.Held).ToList();
        return Task.FromResult(held.Count == 0 ? null : held[(int)(number % (ulong)held.Count)].Ref);
    }

    private static string KeyOf(DatasetRef dataset) => $"{dataset.Dataset.Value}|{dataset.Root.Value}";

    private ShelfEntry? Entry(DatasetRef dataset) => _state.Value.Entries.GetValueOrDefault(KeyOf(dataset));

    private Task SaveIfDirtyAsync() => _state.Dirty ? _state.SaveAsync() : Task.CompletedTask;

    private Task PutAsync(DatasetRef dataset, ShelfPhase phase)
    {
        _state.Value = _state.Value with { Entries = _state.Value.Entries.SetItem(KeyOf(dataset), new ShelfEntry(dataset, phase, _reporter.Now)) };
        return _state.SaveAsync();
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
                var touched = _state.Value.Entries.Values.Where(e => Concerns(news, e)).Select(e => e.Ref).ToList();
                await TellAllAsync(touched, news.Kind, news.At, news.Incident, news.Kind == ObservationKind.RepositoryReplaced ? ShelfPhase.Gone : null);
                _state.Value = _state.Value with { Undelivered = _state.Value.Undelivered.Remove(news) };
                await _state.SaveAsync();
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
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
    private static bool Concerns(ShelfNews news, ShelfEntry entry) => news.Kind switch
    {
        ObservationKind.RepositoryReplaced => entry.ChangedAt <= news.At,
        ObservationKind.CheckUnknown => entry.Phase == ShelfPhase.Held,
        _ => true,
    };

    private async Task<int> TellAllAsync(IReadOnlyList<DatasetRef> datasets, ObservationKind kind, DateTimeOffset at, string? incident, ShelfPhase? phase)
    {
        var source = kind is ObservationKind.Listed or ObservationKind.NotListed ? ObservationSource.Scan : ObservationSource.Probe;
        var observation = new Observation(Node, kind, at, source);
        foreach (var batch in datasets.Chunk(TellAtOnce))
        {
            await Task.WhenAll(batch.Select(d => GrainFactory.GetGrain<IDatasetGrain>(d.Dataset.Value).Observe(d.Root, observation, incident)));
            Mark(batch, phase);
        }

        return datasets.Count;
    }

    private void Mark(IReadOnlyList<DatasetRef> datasets, ShelfPhase? phase)
    {
        if (phase is not { } next)
        {
            return;
        }

        var entries = _state.Value.Entries.ToBuilder();
        foreach (var dataset in datasets)
        {
            // Gone from the table meanwhile: a dataset that let go stays gone.
            if (entries.TryGetValue(KeyOf(dataset), out var entry))
            {
                entries[KeyOf(dataset)] = entry with { Phase = next, ChangedAt = _reporter.Now };
            }
        }

        _state.Value = _state.Value with { Entries = entries.ToImmutable() };
    }

    [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "Shelf {Shelf} could not tell all its datasets; it goes on when its node wakes it")]
    private partial void LogDeliveryFailed(Exception e, string shelf);

    private sealed record Comparison(string Scan, DateTimeOffset At, IReadOnlyList<DatasetRef> Missing, IReadOnlyList<DatasetRef> Appeared);
}
