using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <content>Grain timers.</content>
internal sealed partial class Activation
{
    private List<GrainTimer>? _timers;

    public IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer(this, callback, options);
        lock (_gate)
        {
            if (_phase == Phase.Ended)
            {
                throw new InvalidOperationException($"Grain {GrainId} has been deactivated; it can start no timers.");
            }

            (_timers ??= []).Add(timer);
        }

        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void Forget(GrainTimer timer)
    {
        lock (_gate)
        {
            _timers?.Remove(timer);
        }
    }

    /// <summary>The process has crashed: nothing of this activation may happen any more.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _phase = Phase.Ended;
            _waiting.Clear();
        }

        DisposeTimers();
    }

    private void DisposeTimers()
    {
        GrainTimer[] timers;
        lock (_gate)
        {
            timers = _timers is null ? [] : [.. _timers];
            _timers = null;
        }

        foreach (var timer in timers)
        {
            timer.Dispose();
        }
    }
}
