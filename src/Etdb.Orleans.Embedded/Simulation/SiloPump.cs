using Etdb.Orleans.Embedded.Engine;

namespace Etdb.Orleans.Embedded.Simulation;

/// <summary>One life of a simulated silo on the shared scheduler. After a crash all its turns are dropped; only callers outside it still hear of it.</summary>
internal sealed class SiloPump(SeededScheduler scheduler) : ITurnPump
{
    private volatile bool _dead;

    /// <inheritdoc/>
    public TaskCreationOptions CompletionOptions => TaskCreationOptions.None;

    /// <inheritdoc/>
    public bool IsAlive => !_dead;

    /// <summary>Ends this life: nothing queued or added later runs.</summary>
    public void Kill() => _dead = true;

    /// <inheritdoc/>
    public bool Accepts(TurnQueue queue, object turn)
    {
        if (_dead)
        {
            return false;
        }

        if (scheduler.IsOutsider(turn is Task))
        {
            scheduler.ReportEscape(queue);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Schedule(TurnQueue queue) => scheduler.Add(queue);

    /// <inheritdoc/>
    public void Deliver(ICompletion completion)
    {
        if (!_dead || completion is GrainCall { Source: null })
        {
            scheduler.Add(completion);
        }
    }
}
