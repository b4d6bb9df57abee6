using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>
/// One instance of a grain with its mailbox. Requests wait here until they may start; what they do then are turns in <see cref="Turns"/>.
/// Any thread may deliver; all fields below are guarded by <see cref="_gate"/>, the instance itself is touched by turns only.
/// </summary>
internal sealed partial class Activation : Receiver, IGrainContext
{
    [ThreadStatic]
    private static Activation? t_current;

    private readonly Lock _gate = new();
    private readonly Queue<Request> _waiting = new();
    private readonly List<Request> _running = [];
    private readonly StatelessWorkers? _pool;
    private Phase _phase = Phase.Activating;
    private Request? _blocking;
    private int _waitingThatMayOvertake;
    private AsyncServiceScope? _scope;
    private GrainReference? _reference;

    public Activation(GrainRuntime runtime, GrainClass grainClass, GrainId grainId, StatelessWorkers? pool)
    {
        Runtime = runtime;
        Class = grainClass;
        GrainId = grainId;
        _pool = pool;
        Turns = new TurnQueue(runtime.Pump, this);
        LastUsed = runtime.Time.GetTimestamp();
        _ended = new TaskCompletionSource(runtime.Pump.CompletionOptions);
    }

    private enum Phase
    {
        /// <summary>The instance is being made; everything waits.</summary>
        Activating,

        /// <summary>Takes requests.</summary>
        Active,

        /// <summary>Takes no more; waits for what runs, then ends.</summary>
        Deactivating,

        /// <summary>Gone; a successor may exist.</summary>
        Ended,
    }

    /// <summary>The activation whose turn runs on this thread; null outside turns.</summary>
    public static Activation? Current
    {
        get => t_current;
        set => t_current = value;
    }

    public GrainRuntime Runtime { get; }

    public GrainClass Class { get; }

    public TurnQueue Turns { get; }

    /// <inheritdoc/>
    public GrainId GrainId { get; }

    /// <inheritdoc/>
    public object? GrainInstance { get; private set; }

    /// <inheritdoc/>
    public GrainReference GrainReference => _reference ??= Runtime.Factory.ReferenceTo(Class, GrainId);

    /// <inheritdoc/>
    public IServiceProvider ActivationServices => (_scope ??= Runtime.Services.CreateAsyncScope()).ServiceProvider;

    /// <summary>Timestamp of the last use; read by the collector.</summary>
    public long LastUsed { get; private set; }

    /// <summary>Requests that run or wait.</summary>
    public int Load
    {
        get
        {
            lock (_gate)
            {
                return _running.Count + _waiting.Count;
            }
        }
    }

    /// <summary>The activation behind a grain instance.</summary>
    public static Activation Of(IGrainBase grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain.GrainContext as Activation
            ?? throw new InvalidOperationException($"{grain.GetType()} does not live in a grain activation.");
    }

    /// <inheritdoc/>
    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    /// <inheritdoc/>
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => GrainId.ToString();

    /// <inheritdoc/>
    public override bool TryReceive(Request request)
    {
        int held;
        lock (_gate)
        {
            if (_phase == Phase.Ended)
            {
                return false;
            }

            // What runs counts too: in a reentrant grain nothing ever waits.
            held = _running.Count + _waiting.Count;
            if (held < Class.MailboxLimit || request.IsTick)
            {
                if (MayStart(request))
                {
                    Start(request);
                }
                else
                {
                    Wait(request);
                }

                return true;
            }
        }

        Runtime.Instruments.Refused(Class);
        request.Reject(new LimitExceededException(
            "MaxEnqueuedRequestsHardLimit", held, Class.MailboxLimit, $"The mailbox of grain {GrainId} is full; {request.Description} was refused. Call it less often or later."));
        return true;
    }

    /// <summary>Called on the activation's turn when a request has ended.</summary>
    public void OnCompleted(Request request)
    {
        var endsNow = false;
        NoteEnd(request);
        Runtime.Observe(request);
        lock (_gate)
        {
            _running.Remove(request);
            if (ReferenceEquals(_blocking, request))
            {
                _blocking = _running.Find(static r => !r.AlwaysInterleave);
            }

            if (request.KeepsAlive)
            {
                LastUsed = Runtime.Time.GetTimestamp();
            }

            if (_phase == Phase.Deactivating)
            {
                endsNow = _running.Count == 0;
            }

            StartWaiting();
        }

        if (endsNow)
        {
            _ = EndAsync();
        }
    }

    private bool MayStart(Request request)
    {
        if (_running.Count == 0)
        {
            return _phase == Phase.Active;
        }

        if (_phase != Phase.Active && !MayHelpToEnd(request))
        {
            return false;
        }

        return request.AlwaysInterleave || IsInReentrantSection(request.ReentrancyId) || Class.Reentrant || _blocking is null || (request.ReadOnly && _blocking.ReadOnly);
    }

    /// <summary>
    /// The activation ends once nothing runs, and what runs may wait for an answer that comes through this request: surely so in a call chain that was allowed to come back, likely so in a call that
    /// interleaves, and in any while the process stops, as then only what still runs makes calls. All else could keep the activation going for ever.
    /// </summary>
    private bool MayHelpToEnd(Request request) =>
        _phase == Phase.Deactivating && !request.IsTick
        && (IsInReentrantSection(request.ReentrancyId) || (request.AlwaysInterleave && _blocking is not null) || _reason.ReasonCode == DeactivationReasonCode.ShuttingDown);

    private void Start(Request request)
    {
        request.Target = this;
        request.StartedAt = Runtime.Time.GetTimestamp();
        _running.Add(request);
        if (_blocking is null && !request.AlwaysInterleave)
        {
            _blocking = request;
        }

        Turns.Enqueue(request);
    }

    private void Wait(Request request)
    {
        _waiting.Enqueue(request);
        if (MayOvertake(request))
        {
            _waitingThatMayOvertake++;
        }
    }

    private static bool MayOvertake(Request request) =>
        request.AlwaysInterleave || request.ReadOnly || request.ReentrancyId != Guid.Empty;

    /// <summary>Starts what may start, in order; requests that may interleave pass those that may not.</summary>
    private void StartWaiting()
    {
        if (_phase == Phase.Activating)
        {
            return;
        }

        while (_waiting.TryPeek(out var next) && MayStart(next))
        {
            StartHead();
        }

        if (_waitingThatMayOvertake == 0)
        {
            return;
        }

        for (var left = _waiting.Count; left > 0; left--)
        {
            if (MayOvertake(_waiting.Peek()) && MayStart(_waiting.Peek()))
            {
                StartHead();
            }
            else
            {
                _waiting.Enqueue(_waiting.Dequeue());
            }
        }
    }

    private void StartHead()
    {
        var request = _waiting.Dequeue();
        if (MayOvertake(request))
        {
            _waitingThatMayOvertake--;
        }

        Start(request);
    }
}
