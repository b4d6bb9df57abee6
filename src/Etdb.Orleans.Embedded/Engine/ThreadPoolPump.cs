namespace Etdb.Orleans.Embedded.Engine;

/// <summary>The pump of a running process: queues run on the thread pool, as many at once as it gives.</summary>
internal sealed class ThreadPoolPump : ITurnPump
{
    /// <inheritdoc/>
    public TaskCreationOptions CompletionOptions => TaskCreationOptions.RunContinuationsAsynchronously;

    /// <inheritdoc/>
    public bool IsAlive => true;

    /// <inheritdoc/>
    public bool Accepts(TurnQueue queue, object turn) => true;

    /// <inheritdoc/>
    public void Schedule(TurnQueue queue) => ThreadPool.UnsafeQueueUserWorkItem(queue, preferLocal: false);

    /// <inheritdoc/>
    public void Deliver(ICompletion completion) => completion.Complete();
}
