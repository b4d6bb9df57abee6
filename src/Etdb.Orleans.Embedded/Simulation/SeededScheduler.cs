using Etdb.Orleans.Embedded.Engine;

namespace Etdb.Orleans.Embedded.Simulation;

/// <summary>
/// Runs every turn of a simulated silo on the caller's thread, in an order drawn from a seed: at each step one of the runnable activations
/// (or answers on their way) is chosen at random and makes one turn, that is, runs to its next await. The same seed, program and inputs give
/// the same order and so the same run; other seeds give other interleavings. Time stands still while anything can run.
/// </summary>
/// <remarks>
/// Why awaits stay on this thread: a grain's turn runs under its activation's task scheduler, so plain awaits come back to it. Awaits with
/// <c>ConfigureAwait(false)</c> do not; .NET sends their continuation to the thread pool when the awaited task ends inside a turn. So nothing the runtime
/// hands out ends inside a turn: answers to calls and virtual timers are completed by this loop, outside turns, where such continuations run
/// in place. What remains, an await with <c>ConfigureAwait(false)</c> on a task that other grain code completes, and <c>Task.Run</c>, is an escape:
/// it is noticed when it comes back from another thread, and ends the run with <see cref="SimulationEscapedException"/>.
/// </remarks>
public sealed class SeededScheduler
{
    private readonly SeededRandom _random;
    private readonly List<object> _runnable = [];
    private readonly Lock _escapeGate = new();
    private string? _escape;
    private int _thread = Environment.CurrentManagedThreadId;
    private bool _running;
    private ulong _trace = 14695981039346656037;

    internal SeededScheduler(ulong seed, VirtualTimeProvider time)
    {
        _random = new SeededRandom(seed);
        Time = time;
    }

    /// <summary>The clock that turns see.</summary>
    public VirtualTimeProvider Time { get; }

    /// <summary>Steps made since the beginning: turns and answers handed over.</summary>
    public long Steps { get; private set; }

    /// <summary>Nothing can run until time moves or something comes from outside.</summary>
    public bool IsIdle => _runnable.Count == 0;

    /// <summary>A hash over every choice made so far: two runs with equal traces have gone the same way.</summary>
    public ulong Trace => _trace;

    /// <summary>Runs until nothing can run, at most <paramref name="maxSteps"/> steps.</summary>
    public PumpOutcome RunUntilIdle(long maxSteps = long.MaxValue) => Pump(null, maxSteps, static () => false);

    /// <summary>Runs and moves the clock to <paramref name="until"/>, stopping at every timer on the way; at most <paramref name="maxSteps"/> steps.</summary>
    public PumpOutcome AdvanceTo(DateTimeOffset until, long maxSteps = long.MaxValue) => Pump(until, maxSteps, static () => false);

    /// <summary>As <see cref="AdvanceTo"/>, but ends early when <paramref name="done"/> says so.</summary>
    internal PumpOutcome Pump(DateTimeOffset? until, long maxSteps, Func<bool> done)
    {
        if (_running)
        {
            throw new InvalidOperationException("The scheduler is running already: grain code must not run it.");
        }

        var outcome = PumpOutcome.Idle;
        var context = SynchronizationContext.Current;
        _running = true;
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            SynchronizationContext.SetSynchronizationContext(null);
            ExecutionContext.Run(CleanContext.Instance, _ => outcome = Loop(until, maxSteps, done), null);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
            _running = false;
        }

        return outcome;
    }

    internal void Add(object runnable)
    {
        if (IsOutsider(continuation: false))
        {
            ReportEscape(runnable);
        }

        lock (_escapeGate)
        {
            _runnable.Add(runnable);
        }
    }

    /// <summary>True when the caller is on another thread than the simulation and should not be.</summary>
    internal bool IsOutsider(bool continuation) => Environment.CurrentManagedThreadId != _thread && (_running || continuation);

    internal void ReportEscape(object what)
    {
        lock (_escapeGate)
        {
            _escape ??= what switch
            {
                TurnQueue { Owner: { } owner } => $"A turn of grain {owner.GrainId}",
                GrainCall call => $"The answer of {call.Description}",
                _ => "A turn of code outside grains",
            };
        }
    }

    private PumpOutcome Loop(DateTimeOffset? until, long maxSteps, Func<bool> done)
    {
        var left = maxSteps;
        while (!done())
        {
            ThrowOnEscape();
            if (_runnable.Count > 0)
            {
                if (left-- <= 0)
                {
                    return PumpOutcome.StepLimit;
                }

                Step();
            }
            else if (until is { } limit && Time.NextDue <= limit)
            {
                Time.FireNext();
            }
            else
            {
                if (until is { } end)
                {
                    Time.MoveTo(end);
                }

                return PumpOutcome.Idle;
            }
        }

        return PumpOutcome.Done;
    }

    private void Step()
    {
        Steps++;
        object chosen;
        lock (_escapeGate)
        {
            var index = _runnable.Count == 1 ? 0 : _random.Next(_runnable.Count);
            chosen = _runnable[index];
            _runnable[index] = _runnable[^1];
            _runnable.RemoveAt(_runnable.Count - 1);
        }

        if (chosen is TurnQueue queue)
        {
            Mix(queue.Owner?.GetHashCode() ?? 1);
            queue.RunSlice(1);
        }
        else
        {
            Mix(2);
            ((ICompletion)chosen).Complete();
        }
    }

    private void Mix(int what) => _trace = (_trace ^ (uint)what ^ ((ulong)Time.GetTimestamp() << 8)) * 1099511628211;

    private void ThrowOnEscape()
    {
        if (Volatile.Read(ref _escape) is not { } escape)
        {
            return;
        }

        _escape = null;
        throw new SimulationEscapedException(
            $"{escape} came back from another thread. Grain code awaited with ConfigureAwait(false), or used Task.Run or a real clock: this run cannot be repeated.");
    }
}

/// <summary>Why the scheduler gave control back.</summary>
public enum PumpOutcome
{
    /// <summary>Nothing could run any more, and the clock stands where it was asked to go.</summary>
    Idle = 0,

    /// <summary>The step limit was reached: the place to crash, to look, or to call again.</summary>
    StepLimit = 1,

    /// <summary>What was waited for has happened.</summary>
    Done = 2,
}

/// <summary>Work of a simulated silo ran outside the simulation, so the run is not repeatable.</summary>
public sealed class SimulationEscapedException : Exception
{
    public SimulationEscapedException()
    {
    }

    public SimulationEscapedException(string message)
        : base(message)
    {
    }

    public SimulationEscapedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
