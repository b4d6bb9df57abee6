namespace Etdb.Ipfs.Node.Store;

/// <summary>
/// What waits to be written: bounded by bytes, so that large blocks cost no more memory than small ones; filled by many callers that wait without a thread,
/// emptied by one thread that may block. Order is kept. Bytes count until the batch they were taken with is done.
/// </summary>
internal sealed class WriteQueue
{
    /// <summary>Bytes that may be waiting or being written. One block more is taken for each caller that found room.</summary>
    public const long MaxBytes = 32 << 20;

    /// <summary>Blocks that may be waiting: small ones cost objects rather than bytes.</summary>
    public const int MaxWrites = 4096;

    private readonly object _gate = new(); // Monitor.Wait needs an object
    private readonly Queue<BlockStore.PendingWrite> _waiting = [];
    private readonly List<TaskCompletionSource> _callers = [];
    private long _bytes;
    private long _takenBytes;
    private bool _closed;

    /// <summary>Queues a write, waiting for room; false when the queue is closed.</summary>
    public async ValueTask<bool> AddAsync(BlockStore.PendingWrite write, CancellationToken cancellationToken)
    {
        while (true)
        {
            TaskCompletionSource room;
            lock (_gate)
            {
                if (_closed)
                {
                    return false;
                }

                if (_bytes < MaxBytes && _waiting.Count < MaxWrites)
                {
                    _waiting.Enqueue(write);
                    _bytes += write.Data.Length;
                    Monitor.Pulse(_gate);
                    return true;
                }

                room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _callers.Add(room);
            }

            await room.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Says that the last batch is done and blocks until there is another: up to <paramref name="batchBytes"/> and one block more. False when the queue is
    /// closed and empty. One thread only.
    /// </summary>
    public bool Take(List<BlockStore.PendingWrite> batch, long batchBytes)
    {
        batch.Clear();
        lock (_gate)
        {
            _bytes -= _takenBytes;
            _takenBytes = 0;
            LetCallersIn();
            while (_waiting.Count == 0 && !_closed)
            {
                Monitor.Wait(_gate);
            }

            while (_takenBytes < batchBytes && _waiting.TryDequeue(out var write))
            {
                batch.Add(write);
                _takenBytes += write.Data.Length;
            }

            return batch.Count > 0;
        }
    }

    /// <summary>Takes no more; what waits is still given out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            LetCallersIn();
            Monitor.Pulse(_gate);
        }
    }

    private void LetCallersIn()
    {
        if (_closed || _bytes < MaxBytes)
        {
            _callers.ForEach(static caller => caller.TrySetResult());
            _callers.Clear();
        }
    }
}
