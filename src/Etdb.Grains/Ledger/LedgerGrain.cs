using Etdb.Grains.Datasets;
using Etdb.Grains.Ports;
using Etdb.Grains.Publishers;
using Etdb.Grains.State;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Etdb.Grains.Ledger;

/// <summary>Durable state of a <see cref="LedgerGrain"/>.</summary>
[Immutable]
public sealed record LedgerState
{
    /// <summary>Last event every receiver has acknowledged.</summary>
    public long Sequence { get; init; }

    /// <summary>Last event anyone may have heard of; above <see cref="Sequence"/> while a batch is being told, or was when the silo died.</summary>
    public long Told { get; init; }

    /// <summary>Somebody asked to follow.</summary>
    public bool Started { get; init; }
}

/// <summary>See <see cref="ILedgerGrain"/>. The position is written only after everyone it speaks of has acknowledged: a crash repeats a batch, it never skips one.</summary>
[KeepAlive]
[ResourceOptimizedPlacement] // One, wherever there is room: every silo keeps an index near the tip.
public sealed partial class LedgerGrain : Grain, ILedgerGrain, IRemindable
{
    /// <summary>Events taken at once, the most a feed gives: some MB of records; publishers and the position are written once for all of them.</summary>
    private const int BatchSize = ILedgerFeed.EventsMaximum;

    /// <summary>Datasets told at once. Each waits for three commits in turn, and all that wait share them: fewer at once would leave the disk idle in between.</summary>
    private const int TellAtOnce = 256;

    private readonly StateWriter<LedgerState> _state;
    private readonly ILedgerFeed _feed;
    private readonly Reporter _reporter;
    private readonly ReplicationOptions _options;
    private readonly ILogger<LedgerGrain> _log;
    private LedgerBatch? _last;
    private string? _problem;
    private IGrainTimer? _timer;
    private bool _resumed;

    public LedgerGrain(
        [PersistentState("ledger", StorageNames.Grains)] IPersistentState<LedgerState> state,
        ILedgerFeed feed,
        Reporter reporter,
        IOptions<ReplicationOptions> options,
        ILogger<LedgerGrain> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        _state = new StateWriter<LedgerState>(state, DeactivateOnIdle);
        _feed = feed;
        _reporter = reporter;
        _options = options.Value;
        _log = log;
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (_state.Value.Started)
        {
            StartTimer();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task Start()
    {
        if (!_state.Value.Started)
        {
            _state.Value = _state.Value with { Started = true };
            await _state.SaveAsync();
        }

        await this.RegisterOrUpdateReminder(StorageNames.WakeReminder, _options.WakeInterval, _options.WakeInterval);
        StartTimer();
    }

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task Poll() => FollowAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task<LedgerStatus> Get()
    {
        var last = _last;
        return Task.FromResult(new LedgerStatus(
            this.GetPrimaryKeyString(), _state.Value.Sequence, last?.Height ?? 0, last?.TipHash, last is null ? null : DateTimeOffset.FromUnixTimeSeconds(last.TipTime),
            last?.NodeHeight is { } node ? Math.Max(0, node - last.Height) : null, last?.Transactions ?? 0, last?.Records ?? 0, _problem ?? last?.Problem));
    }

    private void StartTimer() =>
        _timer ??= this.RegisterGrainTimer(RoundAsync, new GrainTimerCreationOptions(TimeSpan.Zero, _options.LedgerPollInterval) { KeepAlive = true });

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FollowAsync(cancellationToken);
            _problem = null;
        }
        catch (Exception) when (_reporter.Stopping)
        {
            // The silo ends: the next activation goes on.
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _problem = e.Message;
            LogRoundFailed(e, this.GetPrimaryKeyString(), _state.Value.Sequence);
        }
    }

    /// <summary>While publishers and the position take in one batch, datasets already hear the next: a crash repeats both.</summary>
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (!_resumed)
        {
            await _feed.ResumeAsync(Math.Max(_state.Value.Sequence, _state.Value.Told), cancellationToken);
            _resumed = true;
        }

        var finishing = Task.CompletedTask;
        try
        {
            var sequence = _state.Value.Sequence;
            while (!cancellationToken.IsCancellationRequested)
            {
                var batch = await _feed.ReadAsync(sequence, BatchSize, cancellationToken);
                _last = batch;
                if (batch.Events.Count == 0)
                {
                    break;
                }

                // Noted first: whatever becomes of the index, these numbers are used up.
                _state.Value = _state.Value with { Told = batch.Events[^1].Sequence };
                await _state.SaveAsync();
                await TellDatasetsAsync(batch.Events);
                await finishing;
                finishing = FinishAsync(batch.Events);
                sequence = batch.Events[^1].Sequence;
                if (batch.Events.Count < BatchSize)
                {
                    break;
                }
            }
        }
        finally
        {
            await finishing;
        }
    }

    /// <summary>Datasets are independent of each other; each hears its own events in order.</summary>
    private async Task TellDatasetsAsync(IReadOnlyList<LedgerEvent> events)
    {
        using var room = new SemaphoreSlim(TellAtOnce);
        var told = new List<Task>();
        foreach (var some in events.Where(e => e.Kind != LedgerEventKind.Publisher).GroupBy(e => e.Dataset.Value, StringComparer.Ordinal))
        {
            await room.WaitAsync();
            told.Add(TellDatasetAsync(some, room));
        }

        await Task.WhenAll(told);
    }

    /// <summary>Publishers hear theirs in one call each, after the datasets and after the batch before; then the position is moved.</summary>
    private async Task FinishAsync(IReadOnlyList<LedgerEvent> events)
    {
        await Task.WhenAll(events.GroupBy(e => e.Publisher.Value, StringComparer.Ordinal).Select(p => GrainFactory.GetGrain<IPublisherGrain>(p.Key).ApplyAll([.. p])));
        _state.Value = _state.Value with { Sequence = events[^1].Sequence };
        await _state.SaveAsync();
    }

    private async Task TellDatasetAsync(IEnumerable<LedgerEvent> events, SemaphoreSlim room)
    {
        try
        {
            foreach (var change in events)
            {
                await GrainFactory.GetGrain<IDatasetGrain>(change.Dataset.Value).Apply(change);
            }
        }
        finally
        {
            room.Release();
        }
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "Ledger {Network} could not be followed beyond event {Sequence}; the next round tries again")]
    private partial void LogRoundFailed(Exception e, string network, long sequence);
}
