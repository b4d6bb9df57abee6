using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>The runtime of one process: the directory of activations, and the parts they share.</summary>
internal sealed class GrainRuntime : IAsyncDisposable
{
    /// <summary>How often a request may meet an activation that has just ended before that is a defect.</summary>
    private const int MostRedirects = 100;

    private readonly ConcurrentDictionary<GrainId, Receiver> _directory = new();
    private int _known; // As many as _directory has: its own count takes all of its locks.
    private readonly ConcurrentDictionary<TimeSpan, PendingCalls> _pending = new();
    private readonly PendingCalls _defaultPending;
    private volatile bool _closed;

    public GrainRuntime(IServiceProvider services)
    {
        Services = services;
        Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Pump = services.GetService<ITurnPump>() ?? new ThreadPoolPump();
        Messaging = services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value;
        Collection = services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value;
        ActivationLimit = services.GetRequiredService<IOptions<ActivationOptions>>().Value;
        Log = services.GetRequiredService<ILogger<GrainRuntime>>();
        Instruments = new RuntimeInstruments(this);
        Classes = new GrainClasses(Messaging, Collection);
        Factory = new GrainFactory(this);
        IncomingFilters = [.. services.GetServices<IIncomingGrainCallFilter>()];
        OutgoingFilters = [.. services.GetServices<IOutgoingGrainCallFilter>()];
        Collector = new ActivationCollector(this);
        Reminders = new ReminderService(this, services.GetService<IReminderStore>(), services.GetRequiredService<IOptions<ReminderOptions>>().Value);
        _defaultPending = _pending.GetOrAdd(Messaging.ResponseTimeout, t => new PendingCalls(Time, t));
    }

    public IServiceProvider Services { get; }

    public TimeProvider Time { get; }

    public ITurnPump Pump { get; }

    public SiloMessagingOptions Messaging { get; }

    public GrainCollectionOptions Collection { get; }

    public ActivationOptions ActivationLimit { get; }

    public ILogger Log { get; }

    public RuntimeInstruments Instruments { get; }

    public GrainClasses Classes { get; }

    public GrainFactory Factory { get; }

    public IIncomingGrainCallFilter[] IncomingFilters { get; }

    public IOutgoingGrainCallFilter[] OutgoingFilters { get; }

    public ActivationCollector Collector { get; }

    public ReminderService Reminders { get; }

    /// <summary>Ends at once while the process lives and never after a simulated crash: what is left of a dead process must not write.</summary>
    public Task StillThere { get; private set; } = Task.CompletedTask;

    /// <summary>Names this process in logs.</summary>
    public string Identity { get; } = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>Calls that wait for an answer now.</summary>
    public int PendingCallCount => _pending.Values.Sum(static p => p.Count);

    /// <summary>Grain ids that have an activation now.</summary>
    public int ActivationCount => Volatile.Read(ref _known);

    /// <summary>Sends a call to its grain, activating that when it is not.</summary>
    public void Dispatch(GrainCall call)
    {
        var reference = call.Reference;
        if (_closed && call.Source is null)
        {
            RejectAsStopping(call);
            return;
        }

        if (reference.LastReceiver is { } last && last.TryReceive(call))
        {
            return;
        }

        reference.LastReceiver = Dispatch(reference.Id, call);
    }

    /// <summary>Gives a request to whoever is the grain now.</summary>
    public Receiver? Dispatch(GrainId grainId, Request request)
    {
        for (var i = 0; i < MostRedirects; i++)
        {
            if (!_directory.TryGetValue(grainId, out var receiver))
            {
                if (Classes.Find(grainId.Type) is not { } grainClass)
                {
                    request.Reject(new ArgumentException($"No grain class has the grain type of {grainId}."));
                    return null;
                }

                receiver = GetOrAdd(grainId, grainClass);
            }

            if (receiver.TryReceive(request))
            {
                return receiver;
            }

            Forget(grainId, receiver);
        }

        request.Reject(new OrleansMessageRejectionException($"{request.Description} met {MostRedirects} activations that had just ended."));
        return null;
    }

    /// <summary>Gives a request that waited for an activation which has ended to its successor; none is made for callers outside of grains once the process stops.</summary>
    public void Forward(GrainId grainId, Request request)
    {
        if (_closed && request is GrainCall { Source: null } call)
        {
            RejectAsStopping(call);
            return;
        }

        Dispatch(grainId, request);
    }

    /// <summary>Whether the grain is active, in one activation or in many.</summary>
    public bool IsKnown(GrainId grainId) => _directory.ContainsKey(grainId);

    /// <summary>The activation of a grain; null when it has none or many.</summary>
    public Activation? Find(GrainId grainId) => _directory.TryGetValue(grainId, out var receiver) ? receiver as Activation : null;

    /// <summary>All activations that can be found now.</summary>
    public List<Activation> Activations()
    {
        var found = new List<Activation>();
        foreach (var receiver in _directory.Values)
        {
            if (receiver is Activation activation)
            {
                found.Add(activation);
            }
            else
            {
                found.AddRange(((StatelessWorkers)receiver).Workers());
            }
        }

        return found;
    }

    /// <summary>The activation has ended.</summary>
    public void Remove(Activation activation, StatelessWorkers? pool)
    {
        if (pool is null)
        {
            Forget(activation.GrainId, activation);
        }
        else if (pool.Remove(activation))
        {
            Forget(activation.GrainId, pool);
        }
    }

    /// <summary>Starts the caller's wait.</summary>
    public void TrackPending(GrainCall call)
    {
        var timeout = call.Method.ResponseTimeout;
        if (timeout is null)
        {
            _defaultPending.Add(call);
        }
        else
        {
            _pending.GetOrAdd(timeout.Value, static (t, time) => new PendingCalls(time, t), Time).Add(call);
        }
    }

    /// <summary>A request has ended: measures it, and names it when it took long.</summary>
    public void Observe(Request request)
    {
        var duration = Time.GetElapsedTime(request.StartedAt);
        if (request is GrainCall call)
        {
            Instruments.Ran(call.Method, duration);
        }

        if (duration > Messaging.RequestProcessingWarningTime)
        {
            Log.SlowRequest(request.Description, (long)duration.TotalMilliseconds, (long)Messaging.RequestProcessingWarningTime.TotalMilliseconds);
        }
    }

    /// <summary>A turn held its thread for long: names what it ran, also when that ended within the turn.</summary>
    public void NoteSlowTurn(Activation activation, string running, long heldMs)
    {
        Instruments.TurnWasSlow(activation.Class);
        Log.SlowTurn(activation.GrainId, heldMs, running);
    }

    /// <summary>All calls that wait for an answer.</summary>
    public List<GrainCall> PendingCalls() => [.. _pending.Values.SelectMany(static p => p.Snapshot())];

    /// <summary>A token source that is cancelled after <paramref name="after"/> on the runtime's clock.</summary>
    public CancellationTokenSource TimeoutSource(TimeSpan after) => new(after, Time);

    /// <summary>Begins the work that goes on by itself.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Reminders.StartAsync(cancellationToken);
        Collector.Start();
        Log.RuntimeStarted(Classes.Count, Identity);
    }

    /// <summary>Takes no more calls from outside, lets grains end what they do, then ends them all.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _closed = true;
        Reminders.Stop();
        Collector.Stop();
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The process is stopping");
        var drained = 0;
        try
        {
            for (var left = Activations(); left.Count > 0; left = Activations())
            {
                left.ForEach(a => a.Deactivate(reason, CancellationToken.None));
                await Task.WhenAll(left.Select(static a => a.Deactivated)).WaitAsync(cancellationToken);
                drained += left.Count;
            }

            Log.RuntimeStopped(drained);
        }
        catch (OperationCanceledException)
        {
            Log.DrainCutShort(drained, Activations().Count);
        }

        Fail(new SiloUnavailableException("The grain runtime has stopped."));
    }

    /// <summary>The process dies here and now (simulation only): no drain, no last turns, no further writes.</summary>
    public void Crash()
    {
        StillThere = new TaskCompletionSource().Task;
        Reminders.Stop();
        Collector.Stop();
        Fail(new SiloUnavailableException("The silo crashed."));
        foreach (var activation in Activations())
        {
            activation.Abandon();
        }
    }

    /// <summary>Ends every pending call; used when the process goes away without draining.</summary>
    public void Fail(Exception reason)
    {
        _closed = true;
        foreach (var pending in _pending.Values)
        {
            pending.FailAll(reason);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _closed = true;
        foreach (var pending in _pending.Values)
        {
            pending.Dispose();
        }

        Collector.Stop();
        Reminders.Stop();
        Instruments.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void RejectAsStopping(GrainCall call) =>
        call.Reject(new SiloUnavailableException($"The grain runtime is stopping; {call.Description} was not sent."));

    private Receiver GetOrAdd(GrainId grainId, GrainClass grainClass)
    {
        if (grainClass.WorkerLimit > 0)
        {
            return Know(grainId, new StatelessWorkers(this, grainClass, grainId));
        }

        var made = new Activation(this, grainClass, grainId, pool: null);
        var receiver = Know(grainId, made);
        if (ReferenceEquals(receiver, made))
        {
            made.Begin();
        }

        return receiver;
    }

    private Receiver Know(GrainId grainId, Receiver made)
    {
        var receiver = _directory.GetOrAdd(grainId, made);
        if (ReferenceEquals(receiver, made))
        {
            Interlocked.Increment(ref _known);
        }

        return receiver;
    }

    private void Forget(GrainId grainId, Receiver receiver)
    {
        if (_directory.TryRemove(new KeyValuePair<GrainId, Receiver>(grainId, receiver)))
        {
            Interlocked.Decrement(ref _known);
        }
    }
}
