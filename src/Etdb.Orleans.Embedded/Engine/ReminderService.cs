using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>Durable alarms. All reminders lie in one queue by their next tick, with one timer for its head. A tick that was due while the
/// process was down is not made up for: the next one is the first of its series after now.</summary>
internal sealed class ReminderService(GrainRuntime runtime, IReminderStore? store, ReminderOptions options)
{
    /// <summary>Differences between the clock and the time that passed that are no leap: a clock that is being set right drifts.</summary>
    private static readonly TimeSpan LeastLeap = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(GrainId, string), Armed> _reminders = [];
    private readonly PriorityQueue<Armed, (DateTimeOffset Due, long Order)> _queue = new();
    private ITimer? _timer;
    private long _order;
    private (DateTimeOffset Wall, long Timestamp) _looked = (runtime.Time.GetUtcNow(), runtime.Time.GetTimestamp());

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (store is null)
        {
            return;
        }

        var stored = await store.ReadAllAsync(cancellationToken);
        lock (_gate)
        {
            _timer = runtime.Time.CreateTimer(static state => ((ReminderService)state!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            foreach (var reminder in stored)
            {
                Put(reminder);
            }

            ArmTimer();
        }

        runtime.Log.RemindersArmed(stored.Count);
    }

    public void Stop()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    public async Task<IGrainReminder> RegisterOrUpdateAsync(GrainId grainId, string name, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        if (period < options.MinimumReminderPeriod)
        {
            throw new ArgumentException($"Reminder '{name}' of {grainId} has period {period}; the shortest allowed is {options.MinimumReminderPeriod}.", nameof(period));
        }

        var reminder = new StoredReminder(grainId, name, runtime.Time.GetUtcNow() + dueTime, period);
        await Store().UpsertAsync(reminder, CancellationToken.None);
        lock (_gate)
        {
            Put(reminder);
            ArmTimer();
        }

        return new GrainReminder(grainId, name);
    }

    public async Task UnregisterAsync(GrainId grainId, IGrainReminder reminder)
    {
        var removed = await Store().RemoveAsync(grainId, reminder.ReminderName, CancellationToken.None);
        lock (_gate)
        {
            if (_reminders.Remove((grainId, reminder.ReminderName), out var armed))
            {
                armed.Stopped = true;
            }
        }

        if (!removed)
        {
            throw new ReminderException($"Could not unregister reminder '{reminder.ReminderName}' of {grainId}: there is none.");
        }
    }

    public Task<IGrainReminder?> GetAsync(GrainId grainId, string name)
    {
        Store();
        lock (_gate)
        {
            return Task.FromResult<IGrainReminder?>(_reminders.ContainsKey((grainId, name)) ? new GrainReminder(grainId, name) : null);
        }
    }

    public Task<List<IGrainReminder>> GetAllAsync(GrainId grainId)
    {
        Store();
        lock (_gate)
        {
            return Task.FromResult(_reminders.Keys.Where(k => k.Item1 == grainId).OrderBy(static k => k.Item2, StringComparer.Ordinal)
                .Select(static k => (IGrainReminder)new GrainReminder(k.Item1, k.Item2)).ToList());
        }
    }

    private IReminderStore Store() =>
        store ?? throw new InvalidOperationException("Reminders are not configured: register a reminder store with the silo builder.");

    private void Put(StoredReminder reminder)
    {
        var key = (reminder.GrainId, reminder.Name);
        if (_reminders.TryGetValue(key, out var old))
        {
            old.Stopped = true;
        }

        var armed = new Armed(reminder);
        _reminders[key] = armed;
        Enqueue(armed, hasTicked: false);
    }

    /// <summary>Queues the next tick: the first of the series that is not past, and after a tick the first that is yet to come.</summary>
    private void Enqueue(Armed armed, bool hasTicked)
    {
        var now = runtime.Time.GetUtcNow();
        var due = armed.Reminder.StartAt;
        if (due < now || hasTicked)
        {
            // Also back from a start that is yet to come: the clock was put back since.
            var period = armed.Reminder.Period.Ticks;
            var into = (now - due).Ticks % period;
            due = now.AddTicks(period - (into < 0 ? into + period : into));
        }

        _queue.Enqueue(armed, (due, ++_order));
    }

    private void ArmTimer()
    {
        if (_timer is not null && _queue.TryPeek(out _, out var next))
        {
            var wait = next.Due - runtime.Time.GetUtcNow();
            _timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : Min(wait, TimeSpan.FromDays(1)), Timeout.InfiniteTimeSpan);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void OnDue()
    {
        var due = new List<Armed>();
        lock (_gate)
        {
            FollowClock();
            var now = runtime.Time.GetUtcNow();
            while (_queue.TryPeek(out var armed, out var when) && when.Due <= now)
            {
                _queue.Dequeue();
                if (!armed.Stopped)
                {
                    due.Add(armed);
                }
            }

            ArmTimer();
        }

        foreach (var armed in due)
        {
            _ = TickAsync(armed);
        }
    }

    /// <summary>When the clock was put back, what is queued falls due earlier by as much: else nothing would tick until the clock is again where it was.</summary>
    private void FollowClock()
    {
        var (wall, timestamp) = (runtime.Time.GetUtcNow(), runtime.Time.GetTimestamp());
        var leap = wall - _looked.Wall - runtime.Time.GetElapsedTime(_looked.Timestamp, timestamp);
        _looked = (wall, timestamp);
        if (leap < -LeastLeap)
        {
            var queued = _queue.UnorderedItems.ToList();
            _queue.Clear();
            _queue.EnqueueRange(queued.Select(q => (q.Element, (q.Priority.Due + leap, q.Priority.Order))));
            runtime.Log.ClockPutBack(-leap.TotalSeconds, queued.Count);
        }
    }

    private async Task TickAsync(Armed armed)
    {
        var reminder = armed.Reminder;
        try
        {
            var status = new TickStatus(reminder.StartAt.UtcDateTime, reminder.Period, runtime.Time.GetUtcNow().UtcDateTime);
            await runtime.Factory.GetGrain<IRemindable>(reminder.GrainId).ReceiveReminder(reminder.Name, status).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            runtime.Log.ReminderFailed(failure, reminder.GrainId, reminder.Name);
        }

        lock (_gate)
        {
            if (!armed.Stopped && _timer is not null)
            {
                Enqueue(armed, hasTicked: true);
                ArmTimer();
            }
        }
    }

    private sealed record GrainReminder(GrainId GrainId, string ReminderName) : IGrainReminder;

    private sealed class Armed(StoredReminder reminder)
    {
        public StoredReminder Reminder { get; } = reminder;

        /// <summary>Replaced or removed; guarded by the service's lock.</summary>
        public bool Stopped { get; set; }
    }
}
