using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Grains.Datasets;
using Etdb.Grains.State;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Etdb.Grains.Repair;

/// <summary>See <see cref="IRepairShardGrain"/>. Reentrant: datasets file tickets while it asks them to go on.</summary>
[Reentrant]
[KeepAlive]
public sealed partial class RepairShardGrain : Grain, IRepairShardGrain, IRemindable
{
    private readonly StateWriter<ShardMembers> _members;
    private readonly StateWriter<ShardOpen> _open;
    private readonly Reporter _reporter;
    private readonly ReplicationOptions _options;
    private readonly ILogger<RepairShardGrain> _log;
    private readonly DueQueue _due = new();
    private readonly Dictionary<string, bool> _busy = new(StringComparer.Ordinal);
    private IGrainTimer? _timer;
    private DateTimeOffset _armedFor = DateTimeOffset.MaxValue;

    public RepairShardGrain(
        [PersistentState("shard", StorageNames.Grains)] IPersistentState<ShardMembers> members,
        [PersistentState("open", StorageNames.Grains)] IPersistentState<ShardOpen> open,
        Reporter reporter,
        IOptions<ReplicationOptions> options,
        ILogger<RepairShardGrain> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        _members = new StateWriter<ShardMembers>(members, DeactivateOnIdle);
        _open = new StateWriter<ShardOpen>(open, DeactivateOnIdle);
        _reporter = reporter;
        _options = options.Value;
        _log = log;
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var now = _reporter.Now;
        foreach (var id in _members.Value.Datasets)
        {
            // Those not known to be open are asked in the course of one sweep, spread by their names.
            var ticket = _open.Value.Tickets.GetValueOrDefault(id);
            _due.Set(id, ticket?.Key, ticket is null ? now + (_options.SweepInterval * Spread.Fraction(id)) : now);
        }

        _timer = this.RegisterGrainTimer(RoundAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        await RemindAsync();
        Arm();
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

        var known = _open.Value.Tickets.GetValueOrDefault(id);
        _due.Set(id, ticket.Key ?? known?.Key, ticket.DueAt);
        if (!_members.Value.Datasets.Contains(id))
        {
            _members.Value = _members.Value with { Datasets = _members.Value.Datasets.Add(id) };
        }

        if (known is null)
        {
            _open.Value = _open.Value with { Tickets = _open.Value.Tickets.SetItem(id, ticket) };
        }

        Arm();
        await SaveAsync();
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RepairTicket>> Open(int limit)
    {
        var open = _open.Value.Tickets.Values.Where(t => t.Key is not null).OrderBy(t => t.Key!.Value).Take(limit);
        return Task.FromResult<IReadOnlyList<RepairTicket>>([.. open]);
    }

    /// <inheritdoc/>
    public Task<ShardCount> Count() => Task.FromResult(new ShardCount(_members.Value.Datasets.Count, _open.Value.Tickets.Count, _busy.Count));

    private Task RemindAsync() => this.RegisterOrUpdateReminder(StorageNames.WakeReminder, _options.WakeInterval, _options.WakeInterval);

    private async Task SaveAsync()
    {
        if (_members.Dirty)
        {
            await _members.SaveAsync();
        }

        if (_open.Dirty)
        {
            await _open.SaveAsync();
        }
    }

    /// <summary>Sets the timer to when the next dataset is due, if that is sooner than it is set for.</summary>
    private void Arm()
    {
        if (_timer is null || _busy.Count >= _options.ShardConcurrency || _due.Next() is not { } next)
        {
            return;
        }

        if (next >= _armedFor)
        {
            return;
        }

        var now = _reporter.Now;
        _armedFor = next;
        _timer.Change(next > now ? next - now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private Task RoundAsync(CancellationToken cancellationToken)
    {
        _armedFor = DateTimeOffset.MaxValue;
        while (_busy.Count < _options.ShardConcurrency && _due.Take(_reporter.Now) is { } id)
        {
            if (_busy.TryAdd(id, false))
            {
                _ = AdvanceAsync(id);
            }
        }

        Arm();
        return Task.CompletedTask;
    }

    private async Task AdvanceAsync(string id)
    {
        var now = _reporter.Now;
        try
        {
            var result = await GrainFactory.GetGrain<IDatasetGrain>(id).Advance();
            var again = _busy.Remove(id, out var asked) && asked;
            var due = again ? now + _options.ShardTick : Later(result.DueAt);
            _due.Set(id, result.Key, due);
            Note(id, result, due);
            Arm();
            await SaveAsync();
        }
        catch (Exception e)
        {
            LogAdvanceFailed(e, id, _options.RetryFirst);
            _busy.Remove(id);
            _due.Set(id, _open.Value.Tickets.GetValueOrDefault(id)?.Key, _reporter.Now + _options.RetryFirst);
            Arm();
        }
    }

    /// <summary>Never sooner than a tick from now: a dataset that always says "at once" must not keep the shard busy for itself.</summary>
    private DateTimeOffset Later(DateTimeOffset at)
    {
        var soonest = _reporter.Now + _options.ShardTick;
        return at > soonest ? at : soonest;
    }

    private void Note(string id, AdvanceResult result, DateTimeOffset due)
    {
        var tickets = _open.Value.Tickets;
        if (result.Key.Level == RepairLevel.None)
        {
            if (tickets.ContainsKey(id))
            {
                _open.Value = _open.Value with { Tickets = tickets.Remove(id) };
            }
        }
        else if (!tickets.TryGetValue(id, out var known) || known.Key?.Level != result.Key.Level)
        {
            _open.Value = _open.Value with { Tickets = tickets.SetItem(id, new RepairTicket(new DatasetId(id), result.Key, due, result.Version)) };
        }
    }

    [LoggerMessage(EventId = 3201, Level = LogLevel.Error, Message = "Dataset {Dataset} could not go on; it is asked again in {Wait}")]
    private partial void LogAdvanceFailed(Exception e, string dataset, TimeSpan wait);
}
