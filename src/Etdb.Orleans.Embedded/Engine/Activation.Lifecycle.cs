using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Orleans.Embedded.Engine;

/// <content>From the first turn to the last.</content>
internal sealed partial class Activation
{
    private readonly TaskCompletionSource _ended;
    private List<IActivationState>? _states;
    private DeactivationReason _reason;
    private long _keepUntil = long.MinValue;

    /// <inheritdoc/>
    public Task Deactivated => _ended.Task;

    /// <summary>Queues the first turn.</summary>
    public void Begin() => Turns.Enqueue(new ActionTurn(static state => _ = ((Activation)state).ActivateAsync(), this));

    /// <summary>A persistent state to read before the grain's own activation code.</summary>
    public void AddState(IActivationState state) => (_states ??= []).Add(state);

    /// <summary>The grain asked for its own end.</summary>
    public void DeactivateOnIdle() =>
        Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "DeactivateOnIdle was called"), CancellationToken.None);

    /// <summary>Not to be collected before <paramref name="span"/> has passed.</summary>
    public void DelayDeactivation(TimeSpan span)
    {
        lock (_gate)
        {
            _keepUntil = span <= TimeSpan.Zero && span != Timeout.InfiniteTimeSpan ? long.MinValue
                : span == TimeSpan.MaxValue || span == Timeout.InfiniteTimeSpan ? long.MaxValue
                : Runtime.Time.GetTimestamp() + (long)(span.TotalSeconds * Runtime.Time.TimestampFrequency);
        }
    }

    /// <inheritdoc/>
    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_phase is Phase.Deactivating or Phase.Ended)
            {
                return;
            }

            _reason = deactivationReason;
            if (_phase == Phase.Activating)
            {
                _endWhenActive = true;
                return;
            }

            _phase = Phase.Deactivating;
            if (_running.Count > 0)
            {
                return;
            }
        }

        Turns.Enqueue(new ActionTurn(static state => _ = ((Activation)state).EndAsync(), this));
    }

    /// <summary>Its state was changed by another writer: what it holds is not what is stored, so it must not go on.</summary>
    public void EndOnConflict(Exception failure)
    {
        if (failure is InconsistentStateException { IsSourceActivation: true } conflict)
        {
            conflict.IsSourceActivation = false;
            Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, failure, "Its state was changed by another writer"), CancellationToken.None);
        }
    }

    /// <summary>Ends the activation when nobody used it for <paramref name="age"/> timestamp ticks and nothing runs.</summary>
    public bool TryCollect(long now, long age, DeactivationReason reason)
    {
        lock (_gate)
        {
            if (_phase != Phase.Active || _running.Count > 0 || _waiting.Count > 0 || now - LastUsed < age || now < _keepUntil)
            {
                return false;
            }
        }

        Deactivate(reason, CancellationToken.None);
        return true;
    }

    private bool _endWhenActive;

    private async Task ActivateAsync()
    {
        try
        {
            using var timeout = Runtime.TimeoutSource(Runtime.Collection.ActivationTimeout);
            var instance = Class.CreateInstance(this);
            GrainInstance = instance;
            if (_states is not null)
            {
                foreach (var state in _states)
                {
                    // A storage need not heed the token: then the wait for it is what ends.
                    var reading = state.ReadStateAsync(timeout.Token);
                    if (!reading.IsCompletedSuccessfully)
                    {
                        await reading.WaitAsync(Runtime.Collection.ActivationTimeout, Runtime.Time);
                    }
                }
            }

            if (instance is IGrainBase grain)
            {
                var activating = grain.OnActivateAsync(timeout.Token);
                if (!activating.IsCompletedSuccessfully)
                {
                    await activating.WaitAsync(Runtime.Collection.ActivationTimeout, Runtime.Time);
                }
            }
        }
        catch (Exception failure)
        {
            await FailActivationAsync(failure);
            return;
        }

        Runtime.Instruments.Activated(Class);
        bool stays, ends;
        lock (_gate)
        {
            // What it was made for begins even when its end was asked for meanwhile: else its calls would wander from one activation to the next without end.
            _phase = Phase.Active;
            LastUsed = Runtime.Time.GetTimestamp();
            StartWaiting();
            stays = !_endWhenActive;
            _phase = stays ? Phase.Active : Phase.Deactivating;
            ends = !stays && _running.Count == 0;
        }

        if (ends)
        {
            await EndAsync();
        }
        else if (stays)
        {
            Runtime.Collector.Add(this);
        }
    }

    private async Task FailActivationAsync(Exception failure)
    {
        Runtime.Log.ActivationFailed(failure, GrainId, Class.Type.FullName!);
        Runtime.Instruments.ActivationFailed(Class);
        foreach (var request in await CloseAsync())
        {
            request.Reject(failure);
        }
    }

    private async Task EndAsync()
    {
        DisposeTimers();
        try
        {
            if (GrainInstance is IGrainBase grain)
            {
                using var timeout = Runtime.TimeoutSource(Runtime.Collection.DeactivationTimeout);
                var deactivating = grain.OnDeactivateAsync(_reason, timeout.Token);
                if (!deactivating.IsCompletedSuccessfully)
                {
                    await deactivating.WaitAsync(Runtime.Collection.DeactivationTimeout, Runtime.Time);
                }
            }
        }
        catch (Exception failure)
        {
            Runtime.Log.DeactivationFailed(failure, GrainId, _reason.ReasonCode.ToString());
        }

        Runtime.Instruments.Deactivated(Class, _reason.ReasonCode);
        foreach (var request in await CloseAsync())
        {
            Forward(request);
        }
    }

    private void Forward(Request request)
    {
        if (request.Forwardable)
        {
            Runtime.Forward(GrainId, request);
        }
    }

    /// <summary>Takes the activation out of the directory and gives back what still waits.</summary>
    private async Task<Request[]> CloseAsync()
    {
        Request[] left;
        lock (_gate)
        {
            _phase = Phase.Ended;
            left = [.. _waiting];
            _waiting.Clear();
        }

        DisposeTimers();
        Runtime.Remove(this, _pool);
        try
        {
            await DisposeInstanceAsync();
        }
        catch (Exception failure)
        {
            Runtime.Log.DeactivationFailed(failure, GrainId, "Dispose");
        }

        _ended.TrySetResult();
        return left;
    }

    private async Task DisposeInstanceAsync()
    {
        if (GrainInstance is IAsyncDisposable asyncDisposable)
        {
            await asyncDisposable.DisposeAsync();
        }
        else if (GrainInstance is IDisposable disposable)
        {
            disposable.Dispose();
        }

        if (_scope is { } scope)
        {
            await scope.DisposeAsync();
        }
    }
}

/// <summary>A persistent state that belongs to an activation.</summary>
internal interface IActivationState
{
    /// <summary>Reads what is stored.</summary>
    Task ReadStateAsync(CancellationToken cancellationToken);
}

/// <summary>A turn that is a plain function.</summary>
internal sealed class ActionTurn(Action<object> action, object state) : ITurn
{
    /// <inheritdoc/>
    public void Run() => action(state);
}
