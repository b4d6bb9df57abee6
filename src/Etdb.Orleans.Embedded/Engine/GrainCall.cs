using System.Diagnostics;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>A call on its way: from the caller's reference through the mailbox to the answer. Ends exactly once: by its answer, its time-out,
/// its cancellation or a refusal, whichever is first.</summary>
internal abstract class GrainCall : Request, ICompletion
{
    private readonly CallContext? _context = CallContext.Current;
    private readonly ActivityContext _parent = Activity.Current?.Context ?? default;
    private CancellationTokenRegistration _registration;
    private CancellationTokenSource? _cancellation;
    private int _ended;

    protected GrainCall(CallMethod method, GrainReferenceCore reference, object?[] arguments)
    {
        Method = method;
        Reference = reference;
        Arguments = arguments;
        Source = Activation.Current;
    }

    public CallMethod Method { get; }

    public GrainReferenceCore Reference { get; }

    public object?[] Arguments { get; }

    /// <summary>Who calls; null for code outside grains.</summary>
    public Activation? Source { get; }

    public GrainRuntime Runtime => Reference.Runtime;

    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>Neighbours in the list of pending calls of one time-out; guarded by that list.</summary>
    public GrainCall? Previous { get; set; }

    /// <inheritdoc cref="Previous"/>
    public GrainCall? Next { get; set; }

    /// <summary>The list the call is in; null when it is in none.</summary>
    public PendingCalls? Pending { get; set; }

    /// <summary>When the caller stops waiting, as a timestamp of the runtime's clock.</summary>
    public long Deadline { get; set; }

    /// <inheritdoc/>
    public override bool AlwaysInterleave => Method.AlwaysInterleave;

    /// <inheritdoc/>
    public override bool ReadOnly => Method.ReadOnly;

    /// <inheritdoc/>
    public override bool KeepsAlive => true;

    /// <inheritdoc/>
    public override Guid ReentrancyId => _context?.ReentrancyId ?? Guid.Empty;

    /// <inheritdoc/>
    public override bool IsTick => false;

    /// <inheritdoc/>
    public override string Title => Method.DisplayName;

    /// <inheritdoc/>
    public override string Description => $"{Method.DisplayName} on {Reference.Id}";

    /// <inheritdoc/>
    public override bool Forwardable => !HasEnded || Method.OneWay;

    /// <summary>Puts the call on its way.</summary>
    public void Send()
    {
        if (Runtime.OutgoingFilters.Length > 0)
        {
            _ = SendThroughFiltersAsync();
            return;
        }

        Dispatch();
    }

    /// <summary>Sends it now, past the outgoing filters.</summary>
    public void Dispatch()
    {
        if (LinkCancellation())
        {
            return;
        }

        if (!Method.OneWay)
        {
            Runtime.TrackPending(this);
        }

        Runtime.Instruments.Sent(Method);
        Runtime.Dispatch(this);
        if (Method.OneWay && TryEnd())
        {
            _registration.Dispose();
            Complete();
        }
    }

    /// <inheritdoc/>
    public override void Reject(Exception exception) => Fail(exception);

    /// <summary>The caller's time is up.</summary>
    public void TimeOut(string explanation)
    {
        if (!TryEnd())
        {
            return;
        }

        Runtime.Instruments.TimedOut(Method);
        SetError(new TimeoutException(explanation));
        _registration.Dispose();
        if (Runtime.Messaging.CancelRequestOnTimeout)
        {
            CancelAtTarget();
        }

        Runtime.Pump.Deliver(this);
    }

    /// <inheritdoc/>
    public abstract void Complete();

    /// <summary>The last step behind the outgoing filters: sends a copy of this call and takes its answer over.</summary>
    public abstract Task DispatchCopyAsync();

    protected abstract void SetError(Exception exception);

    protected abstract Task ReadResultAsync(Task running);

    /// <summary>The result, for filters.</summary>
    public abstract object? BoxedResult { get; set; }

    protected bool TryEnd() => Interlocked.CompareExchange(ref _ended, 1, 0) == 0;

    /// <inheritdoc/>
    protected override async Task InvokeAsync(Activation target)
    {
        if (HasEnded && !Method.OneWay)
        {
            return;
        }

        if (_context is not null)
        {
            CallContext.Current = _context;
        }

        using var activity = Runtime.Instruments.StartCall(this, _parent);
        try
        {
            if (Runtime.IncomingFilters.Length == 0)
            {
                await ReadResultAsync(Method.Invoke(target.GrainInstance!, Arguments));
            }
            else
            {
                await new IncomingCall(this, target).Invoke();
            }
        }
        catch (Exception failure)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
            Runtime.Instruments.Failed(Method);
            target.EndOnConflict(failure);
            Fail(failure);
            return;
        }

        Succeed();
    }

    /// <summary>Runs the method itself; the last step behind the incoming filters.</summary>
    public Task InvokeTargetAsync(Activation target) => ReadResultAsync(Method.Invoke(target.GrainInstance!, Arguments));

    private void Succeed()
    {
        if (TryEnd())
        {
            Leave();
            Runtime.Pump.Deliver(this);
        }
    }

    private void Fail(Exception exception)
    {
        if (TryEnd())
        {
            SetError(exception);
            Leave();
            Runtime.Pump.Deliver(this);
        }
        else if (Method.OneWay)
        {
            Runtime.Log.OneWayFailed(exception, Reference.Id, Method.DisplayName);
        }
    }

    private void Leave()
    {
        Pending?.Remove(this);
        _registration.Dispose();
    }

    private async Task SendThroughFiltersAsync()
    {
        try
        {
            await new OutgoingCall(this).Invoke();
        }
        catch (Exception failure)
        {
            Fail(failure);
            return;
        }

        Succeed();
    }

    /// <summary>Connects the caller's token with the one the grain will see. True when it was cancelled before the call was sent.</summary>
    private bool LinkCancellation()
    {
        if (Method.CancellationIndex < 0)
        {
            return false;
        }

        var token = (CancellationToken)Arguments[Method.CancellationIndex]!;
        if (token.IsCancellationRequested)
        {
            Fail(new OperationCanceledException(token));
            return true;
        }

        _cancellation = new CancellationTokenSource();
        Arguments[Method.CancellationIndex] = _cancellation.Token;
        if (token.CanBeCanceled)
        {
            _registration = token.UnsafeRegister(static (call, t) => ((GrainCall)call!).OnCancelled(t), this);
        }

        return false;
    }

    private void OnCancelled(CancellationToken token)
    {
        if (TryEnd())
        {
            SetError(new OperationCanceledException(token));
            Pending?.Remove(this);
            CancelAtTarget();
            Runtime.Pump.Deliver(this);
        }
    }

    /// <summary>The grain's token is cancelled on the grain's own turn, so that what it triggers keeps to the rules.</summary>
    private void CancelAtTarget()
    {
        if (_cancellation is not null)
        {
            Target?.Turns.Enqueue(new ActionTurn(static source => ((CancellationTokenSource)source).Cancel(), _cancellation));
        }
    }
}

/// <inheritdoc cref="GrainCall"/>
internal sealed class GrainCall<T> : GrainCall
{
    private readonly TaskCompletionSource<T> _source;
    private T _result = default!;
    private Exception? _error;

    public GrainCall(CallMethod method, GrainReferenceCore reference, object?[] arguments)
        : base(method, reference, arguments) => _source = new TaskCompletionSource<T>(reference.Runtime.Pump.CompletionOptions);

    /// <summary>What the caller awaits.</summary>
    public Task<T> Answer => _source.Task;

    /// <inheritdoc/>
    public override object? BoxedResult
    {
        get => typeof(T) == typeof(Nothing) ? null : _result;
        set => _result = value is T typed ? typed : default!;
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        if (_error is OperationCanceledException cancelled)
        {
            _source.TrySetCanceled(cancelled.CancellationToken);
        }
        else if (_error is not null)
        {
            _source.TrySetException(_error);
        }
        else
        {
            _source.TrySetResult(_result);
        }
    }

    /// <inheritdoc/>
    public override async Task DispatchCopyAsync()
    {
        var copy = new GrainCall<T>(Method, Reference, Arguments);
        copy.Dispatch();
        _result = await copy.Answer;
    }

    /// <inheritdoc/>
    protected override void SetError(Exception exception) => _error = exception;

    /// <inheritdoc/>
    protected override async Task ReadResultAsync(Task running)
    {
        if (running is Task<T> typed)
        {
            _result = await typed;
        }
        else
        {
            await running;
        }
    }
}
