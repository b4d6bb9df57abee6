using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>Something an activation has to do under its interleaving rules: a call, or the tick of a timer.</summary>
internal abstract class Request : ITurn
{
    /// <summary>May run whatever else runs.</summary>
    public abstract bool AlwaysInterleave { get; }

    /// <summary>May run beside others of its kind.</summary>
    public abstract bool ReadOnly { get; }

    /// <summary>Counts as use of the activation.</summary>
    public abstract bool KeepsAlive { get; }

    /// <summary>The call chain it belongs to; empty when that chain may not re-enter.</summary>
    public abstract Guid ReentrancyId { get; }

    /// <summary>For people: the method. One of a closed set of texts, so that keeping it keeps nothing else.</summary>
    public abstract string Title { get; }

    /// <summary>For people: grain and method.</summary>
    public abstract string Description { get; }

    /// <summary>The activation's own doing, at most one a timer at a time: it is never refused, and not begun any more when the activation ends.</summary>
    public abstract bool IsTick { get; }

    /// <summary>Where it runs; set when the activation takes it out of its mailbox.</summary>
    public Activation? Target { get; set; }

    /// <summary>When the activation started it, as a timestamp of its clock.</summary>
    public long StartedAt { get; set; }

    /// <summary>Ends it without running.</summary>
    public abstract void Reject(Exception exception);

    /// <summary>It is to run on another activation: true when it still makes sense there.</summary>
    public abstract bool Forwardable { get; }

    /// <inheritdoc/>
    public void Run()
    {
        var target = Target!;
        var running = InvokeAsync(target);
        if (running.IsCompleted)
        {
            target.OnCompleted(this);
        }
        else
        {
            _ = FinishAsync(running, target);
        }
    }

    /// <summary>Does it; never fails.</summary>
    protected abstract Task InvokeAsync(Activation target);

    private async Task FinishAsync(Task running, Activation target)
    {
        await running;
        target.OnCompleted(this);
    }
}
