using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>A timer whose ticks are requests of its activation. The next tick is set when the last has ended, so ticks never pile up.</summary>
internal sealed class GrainTimer : Request, IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private TimeSpan _period;
    private volatile bool _changed; // Set anew while a tick waits or runs: then the tick's end must not set the timer again.
    private int _ticking;
    private int _due; // Fell due and was not begun yet, as a tick still ran: it follows at that one's end.

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _callback = callback;
        _options = options;
        _timer = activation.Runtime.Time.CreateTimer(static state => ((GrainTimer)state!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public override bool AlwaysInterleave => _options.Interleave;

    /// <inheritdoc/>
    public override bool ReadOnly => false;

    /// <inheritdoc/>
    public override bool KeepsAlive => _options.KeepAlive;

    /// <inheritdoc/>
    public override Guid ReentrancyId => Guid.Empty;

    /// <inheritdoc/>
    public override bool IsTick => true;

    /// <inheritdoc/>
    public override string Title => "a timer's tick";

    /// <inheritdoc/>
    public override string Description => $"a timer's tick on {_activation.GrainId}";

    /// <inheritdoc/>
    public override bool Forwardable => false;

    /// <inheritdoc/>
    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Validate(dueTime, nameof(dueTime));
        Validate(period, nameof(period));
        ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
        _period = period;
        _changed = true;
        Interlocked.Exchange(ref _due, 0);
        _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_stop.IsCancellationRequested)
        {
            _stop.Cancel();
            _timer.Dispose();
            _activation.Forget(this);
        }
    }

    /// <inheritdoc/>
    public override void Reject(Exception exception) => Rearm();

    /// <inheritdoc/>
    protected override async Task InvokeAsync(Activation target)
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await _callback(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception failure)
        {
            _activation.Runtime.Log.TimerFailed(failure, _activation.GrainId);
            _activation.EndOnConflict(failure);
        }

        Rearm();
    }

    private static void Validate(TimeSpan span, string name)
    {
        if (span < TimeSpan.Zero && span != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(name, span, "A timer's times are zero or more, or Timeout.InfiniteTimeSpan.");
        }
    }

    private void Rearm()
    {
        Interlocked.Exchange(ref _ticking, 0);
        if (Volatile.Read(ref _due) == 1)
        {
            Begin();
        }
        else if (!_stop.IsCancellationRequested && !_changed && _period != Timeout.InfiniteTimeSpan)
        {
            _timer.Change(_period, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnDue()
    {
        Interlocked.Exchange(ref _due, 1);
        Begin();
    }

    /// <summary>Begins what is due unless a tick runs; whoever ends that looks again.</summary>
    private void Begin()
    {
        while (!_stop.IsCancellationRequested && Volatile.Read(ref _due) == 1 && Interlocked.Exchange(ref _ticking, 1) == 0)
        {
            if (Interlocked.Exchange(ref _due, 0) == 1)
            {
                _changed = false;
                _activation.TryReceive(this);
                return;
            }

            Interlocked.Exchange(ref _ticking, 0);
        }
    }
}
