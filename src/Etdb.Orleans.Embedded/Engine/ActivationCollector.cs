using Orleans;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>
/// Ends activations nobody used for their class' age, and earlier when memory is short. A look at every activation each minute would cost
/// more than the calls; so each waits in the bucket of the minute in which it can at the earliest be due, and is only then looked at.
/// </summary>
internal sealed class ActivationCollector
{
    /// <summary>Ended activations that may lie in the buckets beside as many as are active: looking for them costs a look at all.</summary>
    private const int Spare = 1024;

    private readonly GrainRuntime _runtime;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, List<Activation>> _buckets = [];
    private readonly long _quantum;
    private readonly int _most;
    private ITimer? _timer;
    private int _watched;
    private bool _armed;
    private bool _overfull;

    public ActivationCollector(GrainRuntime runtime)
    {
        _runtime = runtime;
        _quantum = ToTicks(runtime.Collection.CollectionQuantum);
        _most = runtime.ActivationLimit.IdleMaximum;
    }

    public void Start()
    {
        lock (_gate)
        {
            _timer ??= _runtime.Time.CreateTimer(static state => ((ActivationCollector)state!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Arm();
        }
    }

    public void Stop()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Watches a new activation.</summary>
    public void Add(Activation activation)
    {
        if (activation.Class.CollectionAge != Timeout.InfiniteTimeSpan)
        {
            lock (_gate)
            {
                Put(activation);
                if (_watched > (2 * _runtime.ActivationCount) + Spare)
                {
                    Forget();
                }

                Arm();
                if (_timer is not null && !_overfull && _runtime.ActivationCount > _most)
                {
                    // Not in this turn: the timer's.
                    _overfull = _armed = true;
                    _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    /// <summary>Ends what is due now; gives back how many.</summary>
    public int Collect()
    {
        var now = _runtime.Time.GetTimestamp();
        var due = TakeDue(now);
        var idle = new DeactivationReason(DeactivationReasonCode.ActivationIdle, "Not used for its collection age");
        var ended = 0;
        foreach (var activation in due.Where(static a => !a.Deactivated.IsCompleted))
        {
            if (activation.TryCollect(now, ToTicks(activation.Class.CollectionAge), idle))
            {
                ended++;
            }
            else
            {
                lock (_gate)
                {
                    Put(activation);
                }
            }
        }

        return ended + ShedForMemory(now) + ShedOverLimit(now);
    }

    private void OnDue()
    {
        lock (_gate)
        {
            _armed = _overfull = false;
        }

        var ended = Collect();
        if (ended > 0)
        {
            _runtime.Log.Collected(ended, _runtime.ActivationCount);
        }

        lock (_gate)
        {
            Arm();
        }
    }

    private List<Activation> TakeDue(long now)
    {
        var due = new List<Activation>();
        lock (_gate)
        {
            while (_buckets.Count > 0)
            {
                var (bucket, activations) = _buckets.First();
                if (bucket * _quantum > now)
                {
                    break;
                }

                due.AddRange(activations);
                _watched -= activations.Count;
                _buckets.Remove(bucket);
            }
        }

        return due;
    }

    /// <summary>Memory is short: the longest idle go first, until an estimate says that enough was freed.</summary>
    private int ShedForMemory(long now)
    {
        var options = _runtime.Collection;
        if (!options.EnableActivationSheddingOnMemoryPressure)
        {
            return 0;
        }

        var memory = GC.GetGCMemoryInfo();
        var used = 100.0 * memory.MemoryLoadBytes / Math.Max(1, memory.TotalAvailableMemoryBytes);
        if (used < options.MemoryUsageLimitPercentage)
        {
            return 0;
        }

        var wanted = (int)(_runtime.ActivationCount * Math.Clamp((used - options.MemoryUsageTargetPercentage) / used, 0, 1));
        return EndOldest(now, wanted, $"Memory use is at {used:F0}%");
    }

    /// <summary>More are active than may idle: a tenth more than needed goes, so that this is not done for each new one.</summary>
    private int ShedOverLimit(long now)
    {
        var over = _runtime.ActivationCount - _most;
        return over <= 0 ? 0 : EndOldest(now, over + (_most / 10), $"More than {_most} grains are active");
    }

    private int EndOldest(long now, int wanted, string why)
    {
        Forget();
        var reason = new DeactivationReason(DeactivationReasonCode.HighMemoryPressure, why);
        var ended = 0;
        foreach (var activation in _runtime.Activations().Where(static a => a.Class.CollectionAge != Timeout.InfiniteTimeSpan).OrderBy(static a => a.LastUsed))
        {
            // Those at work for long are the first in this order, and stay.
            if (ended < wanted && activation.TryCollect(now, age: 0, reason))
            {
                ended++;
            }
        }

        return ended;
    }

    /// <summary>Those that ended before their time leave their buckets: until their minute came each would keep its whole state in memory.</summary>
    private void Forget()
    {
        lock (_gate)
        {
            foreach (var activations in _buckets.Values)
            {
                _watched -= activations.RemoveAll(static a => a.Deactivated.IsCompleted);
            }
        }
    }

    /// <summary>Activations in the buckets, ended or not.</summary>
    public int Watched
    {
        get
        {
            lock (_gate)
            {
                return _watched;
            }
        }
    }

    private void Put(Activation activation)
    {
        var bucket = ((activation.LastUsed + ToTicks(activation.Class.CollectionAge)) / _quantum) + 1;
        if (!_buckets.TryGetValue(bucket, out var activations))
        {
            _buckets.Add(bucket, activations = []);
        }

        activations.Add(activation);
        _watched++;
    }

    private void Arm()
    {
        if (_timer is not null && !_armed && _buckets.Count > 0)
        {
            _armed = true;
            _timer.Change(_runtime.Collection.CollectionQuantum, Timeout.InfiniteTimeSpan);
        }
    }

    private long ToTicks(TimeSpan span) => (long)(span.TotalSeconds * _runtime.Time.TimestampFrequency);
}
