using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.State;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Etdb.Grains.Repair;

/// <summary>See <see cref="IRepairShardGrain"/>. Reentrant: datasets file tickets while it asks them to go on.</summary>
[Reentrant]
[KeepAlive]
[HashBasedPlacement] // Few and always at work: one silo each before any has two, as near as hashes come to that.
public sealed partial class RepairShardGrain : Grain, IRepairShardGrain, IRemindable
{
    /// <summary>Time between two asked again of those that wait in one shard, and of those open when it starts: 25 a second at most, 400 in all shards. Those never planned yet go before them.</summary>
    private static readonly TimeSpan AskedApart = TimeSpan.FromMilliseconds(40);

    private readonly TopologyCache _topology;
    private readonly StateWriter<ShardMembers> _members;
    private readonly StateWriter<ShardOpen> _open;
    private readonly PagedTable _rows;
    private readonly Reporter _reporter;
    private readonly ReplicationOptions _options;
    private readonly ILogger<RepairShardGrain> _log;
    private readonly Dictionary<string, RepairTicket> _tickets = new(StringComparer.Ordinal); // Of those not whole, and only of those.
    private readonly DueQueue _due = new();
    private readonly Dictionary<string, bool> _busy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _held = new(StringComparer.Ordinal);
    private IGrainTimer? _timer;
    private IGrainTimer? _watch;
    private DateTimeOffset _armedFor = DateTimeOffset.MaxValue;
    private DateTimeOffset _sweepAt = DateTimeOffset.MaxValue;
    private int _sweepPage;
    private bool _stopped;

    public RepairShardGrain(
        [PersistentState("shard", StorageNames.Grains)] IPersistentState<ShardMembers> members,
        [PersistentState("open", StorageNames.Grains)] IPersistentState<ShardOpen> open,
        PageStore pages,
        TopologyCache topology,
        Reporter reporter,
        IOptions<ReplicationOptions> options,
        ILogger<RepairShardGrain> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        _members = new StateWriter<ShardMembers>(members, DeactivateOnIdle);
        _open = new StateWriter<ShardOpen>(open, DeactivateOnIdle);
        _rows = new PagedTable(pages, this.GetGrainId(), "rows", DeactivateOnIdle, PagedTable.FewRowsMaximum);
        _topology = topology;
        _reporter = reporter;
        _options = options.Value;
        _log = log;
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await _rows.OpenAsync();
        await TakeOverAsync();
        await _rows.CountAsync(FindOpen);
        foreach (var (ticket, at) in OpenOrder.Of(_tickets.Values, _reporter.Now, AskedApart))
        {
            _due.Set(ticket.Dataset.Value, ticket.Key, at);
        }

        _sweepAt = _reporter.Now + SweepStep();
        _timer = this.RegisterGrainTimer(RoundAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        await RemindAsync();
        Arm();
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Datasets that are being asked answer later than this: their answers are for the next activation, which asks again.
        _stopped = true;
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    /// <summary>Those known to be open are asked first, one after the other; all others in the course of one sweep.</summary>
    private void FindOpen(string id, string value)
    {
        var now = _reporter.Now;
        if (value != ShardRows.Whole)
        {
            _tickets.TryAdd(id, new RepairTicket(new DatasetId(id), ShardRows.KeyOf(id, value, now), now, 0));
        }
    }

    /// <summary>Moves what version 1 kept in two states into the table of pages.</summary>
    private async Task TakeOverAsync()
    {
        if (_members.Value.Datasets.IsEmpty)
        {
            return;
        }

        var open = _open.Value.Tickets;
        await _rows.SetAllAsync([.. _members.Value.Datasets.Select(id => KeyValuePair.Create(id, (string?)(open.TryGetValue(id, out var t) ? ShardRows.Open(t.Key) : ShardRows.Whole)))]);
        _open.Value = new ShardOpen();
        await _open.SaveAsync();
        _members.Value = new ShardMembers();
        await _members.SaveAsync();
    }

    /// <inheritdoc/>
    public Task Wake()
    {
        Arm();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Wake();

    /// <inheritdoc/>
    public async Task File(RepairTicket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        var id = ticket.Dataset.Value;
        if (_busy.ContainsKey(id))
        {
            // It is being asked right now, perhaps with the older state: once more afterwards.
            _busy[id] = true;
        }

        var known = _tickets.GetValueOrDefault(id);
        _due.Set(id, ticket.Key ?? known?.Key, ticket.DueAt);
        if (known is null)
        {
            _tickets[id] = ticket with { Key = ticket.Key is { } key ? key with { Id = id } : null }; // One string for each dataset: a million may wait.
        }

        Arm();
        await SaveAsync(id);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RepairTicket>> Open(int limit)
    {
        var open = _tickets.Values.Where(t => t.Key is not null).OrderBy(t => t.Key!.Value).Take(limit);
        return Task.FromResult<IReadOnlyList<RepairTicket>>([.. open]);
    }

    /// <inheritdoc/>
    public Task<ShardCount> Count() => Task.FromResult(new ShardCount(_rows.Rows, _tickets.Count, _busy.Count));

    private Task RemindAsync() => this.RegisterOrUpdateReminder(StorageNames.WakeReminder, _options.WakeInterval, _options.WakeInterval);

    /// <summary>Writes down whether the dataset is whole, as is known now.</summary>
    private Task SaveAsync(string id) => _rows.SetAsync(id, _tickets.TryGetValue(id, out var ticket) ? ShardRows.Open(ticket.Key) : ShardRows.Whole);

    /// <summary>Sets the timer to when the next dataset is due, if that is sooner than it is set for.</summary>
    private void Arm()
    {
        if (_stopped || _timer is null || _busy.Count >= _options.ShardConcurrency)
        {
            return;
        }

        var next = _due.Next() is { } due && due < _sweepAt ? due : _sweepAt;
        if (next >= _armedFor)
        {
            return;
        }

        var now = _reporter.Now;
        _armedFor = next;
        _timer.Change(next > now ? next - now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        _armedFor = DateTimeOffset.MaxValue;
        if (_reporter.Stopping)
        {
            return;
        }

        if (_sweepAt <= _reporter.Now)
        {
            await SweepAsync();
        }

        while (_busy.Count < _options.ShardConcurrency && _due.Take(_reporter.Now) is { } id)
        {
            if (_busy.TryAdd(id, false))
            {
                _ = AdvanceAsync(id);
            }
        }

        Arm();
    }

    /// <summary>A page after the other, all of them in the course of one sweep: no dataset has a timer or a place in memory for it.</summary>
    private async Task SweepAsync()
    {
        _sweepAt = DateTimeOffset.MaxValue;
        try
        {
            var now = _reporter.Now;
            foreach (var (id, _) in await _rows.ReadPageAsync(_sweepPage))
            {
                if (!_due.Contains(id) && !_busy.ContainsKey(id))
                {
                    _due.Set(id, _tickets.GetValueOrDefault(id)?.Key ?? new PriorityKey(RepairLevel.None, 0, 0, now, id), now);
                }
            }

            _sweepPage = _sweepPage + 1 < _rows.Pages ? _sweepPage + 1 : 0;
        }
        catch (Exception) when (_reporter.Stopping)
        {
            // The next activation sweeps.
        }
        catch (Exception e)
        {
            LogSweepFailed(e, this.GetPrimaryKeyString());
        }
        finally
        {
            _sweepAt = _reporter.Now + SweepStep();
        }
    }

    private TimeSpan SweepStep() => _options.SweepInterval / Math.Max(1, _rows.Pages);

    private async Task AdvanceAsync(string id)
    {
        var now = _reporter.Now;
        try
        {
            var result = await GrainFactory.GetGrain<IDatasetGrain>(id).Advance();
            if (_stopped)
            {
                return;
            }

            result = result with { Key = result.Key with { Id = id } };
            var again = _busy.Remove(id, out var asked) && asked;
            if (!again && result.DueAt >= now + _options.SweepInterval)
            {
                _due.Remove(id); // The sweep comes by.
            }
            else
            {
                _due.Set(id, result.Key, again ? now + _options.ShardTick : Later(result));
            }

            Note(id, result);
            Hold(id, result.WaitsFor);
        }
        catch (Exception) when (_stopped || _reporter.Stopping)
        {
            return;
        }
        catch (Exception e)
        {
            LogAdvanceFailed(e, id, _options.RetryFirst);
            _busy.Remove(id);
            _due.Set(id, _tickets.GetValueOrDefault(id)?.Key, _reporter.Now + _options.RetryFirst);
        }

        Arm();
        try
        {
            await SaveAsync(id);
        }
        catch (Exception) when (_reporter.Stopping)
        {
            // The next activation asks all that were open.
        }
        catch (Exception e)
        {
            // This activation is on its way out; the next one asks all that were open.
            LogNotSaved(e, this.GetPrimaryKeyString());
        }
    }

    /// <summary>Notes what a dataset waits for beyond any clock of its own, and watches for it as long as any does.</summary>
    private void Hold(string id, ulong? stamp)
    {
        if (stamp is not { } waitsFor)
        {
            _held.Remove(id);
            return;
        }

        _held[id] = waitsFor;
        _watch ??= this.RegisterGrainTimer(WatchAsync, new GrainTimerCreationOptions(_options.ClusterWatchInterval, _options.ClusterWatchInterval) { Interleave = true, KeepAlive = true });
    }

    /// <summary>Brakes let go, members join and disks are enlarged without a word to any dataset: those that wait for it are asked when it shows.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var stamp = (await _topology.ReadAsync(GrainFactory)).Stamp;
        foreach (var id in _held.Where(h => h.Value != stamp).Select(h => h.Key).Order(StringComparer.Ordinal).ToList())
        {
            _held.Remove(id);
            if (!_busy.ContainsKey(id))
            {
                _due.Set(id, _tickets.GetValueOrDefault(id)?.Key, _reporter.Now);
            }
            else
            {
                _busy[id] = true;
            }
        }

        if (_held.Count == 0)
        {
            _watch?.Dispose();
            _watch = null;
        }

        Arm();
    }

    /// <summary>
    /// Never sooner than a tick from now: a dataset that always says "at once" must not keep the shard busy for itself. When thousands wait for
    /// the same slots, each is asked so rarely that asking all of them stays a small part of the work; those down to their last copy are not held back.
    /// </summary>
    private DateTimeOffset Later(AdvanceResult result)
    {
        var wait = result.Key.Level == RepairLevel.LastCopy ? _options.ShardTick : _options.ShardTick + (AskedApart * _tickets.Count);
        var soonest = _reporter.Now + wait;
        return result.DueAt > soonest ? result.DueAt : soonest;
    }

    private void Note(string id, AdvanceResult result)
    {
        if (result.Key.Level == RepairLevel.None)
        {
            _tickets.Remove(id);
        }
        else
        {
            _tickets[id] = new RepairTicket(new DatasetId(id), result.Key, result.DueAt, result.Version);
        }
    }

    [LoggerMessage(EventId = 3202, Level = LogLevel.Warning, Message = "Shard {Shard} could not read a page of its datasets; the sweep goes on with the next step")]
    private partial void LogSweepFailed(Exception e, string shard);

    [LoggerMessage(EventId = 3203, Level = LogLevel.Error, Message = "Shard {Shard} could not write down what is open; it starts again and asks all of it")]
    private partial void LogNotSaved(Exception e, string shard);

    [LoggerMessage(EventId = 3201, Level = LogLevel.Error, Message = "Dataset {Dataset} could not go on; it is asked again in {Wait}")]
    private partial void LogAdvanceFailed(Exception e, string dataset, TimeSpan wait);
}
