namespace Etdb.Orleans.Embedded.Engine;

/// <summary>
/// The turns of one activation, first in first out, one at a time. It is the task scheduler that awaits inside the grain capture, so every
/// continuation comes back here; which thread runs it is the pump's choice.
/// </summary>
internal sealed class TurnQueue : TaskScheduler, IThreadPoolWorkItem
{
    /// <summary>Turns run before other activations get the thread: enough to pay for the switch, short enough to be fair.</summary>
    private const int TurnsPerSlice = 64;

    /// <summary>A turn that holds its thread longer than this blocks, and is logged with what it ran.</summary>
    private const long SlowTurnMs = 1_000;

    [ThreadStatic]
    private static TurnQueue? t_running;

    private readonly Lock _gate = new();
    private readonly Queue<object> _items = new();
    private readonly ITurnPump _pump;
    private bool _scheduled;
    private long _turnBegan; // Written by the turn, read by whoever asks why there is no answer; 0 between turns.

    public TurnQueue(ITurnPump pump, Activation? owner)
    {
        _pump = pump;
        Owner = owner;
    }

    /// <summary>The queue whose turn runs on this thread; null outside turns.</summary>
    public static TurnQueue? Running => t_running;

    /// <summary>Whose turns these are; null for code outside grains.</summary>
    public Activation? Owner { get; }

    /// <summary>How long the turn that runs has held its thread, when that is longer than any should; null otherwise.</summary>
    public TimeSpan? HeldTooLong => Volatile.Read(ref _turnBegan) is > 0 and var began && Environment.TickCount64 - began is > SlowTurnMs and var heldMs ? TimeSpan.FromMilliseconds(heldMs) : null;

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Adds a turn. Anything added after the pump has closed is dropped: the process it belonged to is gone.</summary>
    public void Enqueue(ITurn turn) => Add(turn);

    /// <summary>Runs up to <paramref name="limit"/> turns on this thread; the caller sees to it that nobody else does.</summary>
    public void RunSlice(int limit)
    {
        for (var i = 0; i < limit; i++)
        {
            if (!_pump.IsAlive)
            {
                return;
            }

            object? item;
            lock (_gate)
            {
                if (!_items.TryDequeue(out item))
                {
                    _scheduled = false;
                    return;
                }
            }

            RunTurn(item);
        }

        lock (_gate)
        {
            _scheduled = _items.Count > 0;
            if (!_scheduled)
            {
                return;
            }
        }

        _pump.Schedule(this);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => RunSlice(TurnsPerSlice);

    /// <inheritdoc/>
    protected override void QueueTask(Task task) => Add(task);

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && t_running == this && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate)
        {
            return [.. _items.OfType<Task>()];
        }
    }

    private void Add(object item)
    {
        if (!_pump.Accepts(this, item))
        {
            return;
        }

        lock (_gate)
        {
            _items.Enqueue(item);
            if (_scheduled)
            {
                return;
            }

            _scheduled = true;
        }

        _pump.Schedule(this);
    }

    private void RunTurn(object item)
    {
        var outer = t_running;
        var outerActivation = Activation.Current;
        var began = Environment.TickCount64;
        var before = Owner?.Note() ?? default;
        Volatile.Write(ref _turnBegan, began);
        t_running = this;
        Activation.Current = Owner;
        try
        {
            if (item is Task task)
            {
                TryExecuteTask(task);
            }
            else
            {
                // A task of this scheduler around the turn makes TaskScheduler.Current, which awaits capture, this queue.
                new Task(static turn => ((ITurn)turn!).Run(), item).RunSynchronously(this);
            }
        }
        finally
        {
            Volatile.Write(ref _turnBegan, 0);
            t_running = outer;
            Activation.Current = outerActivation;
            var heldMs = Environment.TickCount64 - began;
            if (heldMs > SlowTurnMs && Owner is not null)
            {
                Owner.Runtime.NoteSlowTurn(Owner, Owner.WhatRanSince(before, item as Request), heldMs);
            }
        }
    }
}

/// <summary>A piece of work for a <see cref="TurnQueue"/>. Must not throw.</summary>
internal interface ITurn
{
    /// <summary>Runs on the queue's turn.</summary>
    void Run();
}

/// <summary>Decides when and where queues run.</summary>
internal interface ITurnPump
{
    /// <summary>False when queued turns must not run any more.</summary>
    bool IsAlive { get; }

    /// <summary>False when the turn must be dropped: the process it belongs to is gone.</summary>
    bool Accepts(TurnQueue queue, object turn);

    /// <summary>The queue has turns; called once until its slice has ended.</summary>
    void Schedule(TurnQueue queue);

    /// <summary>Hands an answer to whoever waits for it: never inside the turn of the grain that gave it.</summary>
    void Deliver(ICompletion completion);

    /// <summary>How answers wake those who wait.</summary>
    TaskCreationOptions CompletionOptions { get; }
}

/// <summary>An answer on its way.</summary>
internal interface ICompletion
{
    /// <summary>Wakes whoever waits.</summary>
    void Complete();
}
