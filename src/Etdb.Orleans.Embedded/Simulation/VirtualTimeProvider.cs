namespace Etdb.Orleans.Embedded.Simulation;

/// <summary>
/// A clock that stands still until it is moved. Its timers (and so <c>Task.Delay</c>, <c>CancellationTokenSource</c> and <c>WaitAsync</c> on it)
/// fire in due order, those of one instant in the order in which they were set. Used from one thread.
/// </summary>
public sealed class VirtualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<VirtualTimer> _heap = [];
    private readonly long _start;
    private long _now;
    private long _order;

    /// <summary>A clock that shows <paramref name="start"/>.</summary>
    public VirtualTimeProvider(DateTimeOffset start)
    {
        _start = start.UtcTicks;
        _now = _start;
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timers that are set.</summary>
    public int TimerCount
    {
        get
        {
            lock (_gate)
            {
                return _heap.Count;
            }
        }
    }

    /// <summary>When the next timer fires; null when none is set.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
            {
                return _heap.Count == 0 ? null : new DateTimeOffset(_heap[0].Due, TimeSpan.Zero);
            }
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _now), TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _now) - _start;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to <paramref name="until"/>, firing what is due on the way. For tests without a scheduler; a simulated silo moves its own clock.</summary>
    public void AdvanceTo(DateTimeOffset until)
    {
        while (NextDue <= until)
        {
            FireNext();
        }

        MoveTo(until);
    }

    /// <summary>Moves to the next due time and fires one timer.</summary>
    internal void FireNext()
    {
        VirtualTimer timer;
        lock (_gate)
        {
            timer = _heap[0];
            RemoveAt(0);
            _now = Math.Max(_now, timer.Due);
            if (timer.Period > 0)
            {
                timer.Due += timer.Period;
                Insert(timer);
            }
        }

        timer.Fire();
    }

    internal void MoveTo(DateTimeOffset time)
    {
        lock (_gate)
        {
            _now = Math.Max(_now, time.UtcTicks);
        }
    }

    private bool Set(VirtualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            if (timer.Disposed)
            {
                return false;
            }

            if (timer.Index >= 0)
            {
                RemoveAt(timer.Index);
            }

            timer.Period = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                timer.Due = _now + dueTime.Ticks;
                Insert(timer);
            }

            return true;
        }
    }

    private void Remove(VirtualTimer timer)
    {
        lock (_gate)
        {
            timer.Disposed = true;
            if (timer.Index >= 0)
            {
                RemoveAt(timer.Index);
            }
        }
    }

    private void Insert(VirtualTimer timer)
    {
        timer.Order = ++_order;
        timer.Index = _heap.Count;
        _heap.Add(timer);
        SiftUp(timer.Index);
    }

    private void RemoveAt(int index)
    {
        var last = _heap.Count - 1;
        _heap[index].Index = -1;
        var moved = _heap[last];
        _heap.RemoveAt(last);
        if (index == last)
        {
            return;
        }

        _heap[index] = moved;
        moved.Index = index;
        SiftUp(index);
        SiftDown(moved.Index);
    }

    private void SiftUp(int index)
    {
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (!_heap[index].IsBefore(_heap[parent]))
            {
                return;
            }

            Swap(index, parent);
            index = parent;
        }
    }

    private void SiftDown(int index)
    {
        while (true)
        {
            var least = (2 * index) + 1;
            if (least >= _heap.Count)
            {
                return;
            }

            if (least + 1 < _heap.Count && _heap[least + 1].IsBefore(_heap[least]))
            {
                least++;
            }

            if (!_heap[least].IsBefore(_heap[index]))
            {
                return;
            }

            Swap(index, least);
            index = least;
        }
    }

    private void Swap(int a, int b)
    {
        (_heap[a], _heap[b]) = (_heap[b], _heap[a]);
        _heap[a].Index = a;
        _heap[b].Index = b;
    }

    private sealed class VirtualTimer(VirtualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; set; }

        public long Order { get; set; }

        public long Period { get; set; }

        /// <summary>Place in the heap; -1 when it is not set.</summary>
        public int Index { get; set; } = -1;

        public bool Disposed { get; set; }

        public bool IsBefore(VirtualTimer other) => Due < other.Due || (Due == other.Due && Order < other.Order);

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => clock.Set(this, dueTime, period);

        public void Dispose() => clock.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
