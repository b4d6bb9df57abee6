namespace Etdb.Orleans.Embedded.Engine;

/// <summary>
/// The calls that wait for an answer under one time-out. A timer a call would cost more than the call; but calls with the same time-out
/// expire in the order they were made, so a list in that order and one timer for its head are enough. Entering and leaving is O(1).
/// </summary>
internal sealed class PendingCalls : IDisposable
{
    /// <summary>Calls that expire together and get a full explanation; each costs a look at all pending calls.</summary>
    private const int MostExplained = 16;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly long _timeoutTicks;
    private readonly ITimer _timer;
    private GrainCall? _head;
    private GrainCall? _tail;
    private bool _armed;
    private int _count;

    public PendingCalls(TimeProvider time, TimeSpan timeout)
    {
        _time = time;
        _timeout = timeout;
        _timeoutTicks = (long)(timeout.TotalSeconds * time.TimestampFrequency);
        _timer = time.CreateTimer(static state => ((PendingCalls)state!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many calls wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Starts the caller's wait.</summary>
    public void Add(GrainCall call)
    {
        call.Deadline = _time.GetTimestamp() + _timeoutTicks;
        lock (_gate)
        {
            call.Pending = this;
            call.Previous = _tail;
            if (_tail is null)
            {
                _head = call;
            }
            else
            {
                _tail.Next = call;
            }

            _tail = call;
            _count++;
            if (_armed)
            {
                return;
            }

            _armed = true;
        }

        _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The call has ended.</summary>
    public void Remove(GrainCall call)
    {
        lock (_gate)
        {
            Unlink(call);
        }
    }

    /// <summary>Ends all calls: the process is going away.</summary>
    public void FailAll(Exception reason)
    {
        foreach (var call in Snapshot())
        {
            call.Reject(reason);
        }
    }

    /// <summary>The calls that are pending now, oldest first.</summary>
    public List<GrainCall> Snapshot()
    {
        lock (_gate)
        {
            var calls = new List<GrainCall>();
            for (var call = _head; call is not null; call = call.Next)
            {
                calls.Add(call);
            }

            return calls;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void OnDue()
    {
        var expired = TakeExpired();
        // All are explained before the first ends: a chain of waits can only be told while its calls are still pending.
        var reasons = expired.Select(static (call, i) => i < MostExplained ? CallDiagnostics.Explain(call) : new(CallDiagnostics.Brief(call), Deadlock: false)).ToArray();
        for (var i = 0; i < expired.Count; i++)
        {
            if (reasons[i].Deadlock)
            {
                expired[i].Runtime.Log.Deadlock(reasons[i].Text);
            }

            expired[i].TimeOut(reasons[i].Text);
            Remove(expired[i]);
        }

        var wait = Timeout.InfiniteTimeSpan;
        lock (_gate)
        {
            _armed = _head is not null;
            if (_head is not null)
            {
                var left = (_head.Deadline - _time.GetTimestamp()) * (double)TimeSpan.TicksPerSecond / _time.TimestampFrequency;
                wait = TimeSpan.FromTicks(Math.Max(1, (long)left));
            }
        }

        if (wait != Timeout.InfiniteTimeSpan)
        {
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private List<GrainCall> TakeExpired()
    {
        var expired = new List<GrainCall>();
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            for (var call = _head; call is not null && call.Deadline <= now; call = call.Next)
            {
                expired.Add(call);
            }
        }

        return expired;
    }

    private void Unlink(GrainCall call)
    {
        if (!ReferenceEquals(call.Pending, this))
        {
            return;
        }

        if (call.Previous is null)
        {
            _head = call.Next;
        }
        else
        {
            call.Previous.Next = call.Next;
        }

        if (call.Next is null)
        {
            _tail = call.Previous;
        }
        else
        {
            call.Next.Previous = call.Previous;
        }

        call.Previous = null;
        call.Next = null;
        call.Pending = null;
        _count--;
    }
}
