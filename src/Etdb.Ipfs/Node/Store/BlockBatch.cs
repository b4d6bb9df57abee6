namespace Etdb.Ipfs.Node.Store;

/// <summary>
/// A run of writes acknowledged together. <see cref="AddAsync(BlockKey, ReadOnlyMemory{byte}, CancellationToken)"/> returns when the block is queued (the queue is bounded, so a slow disk
/// slows the caller); only <see cref="FlushAsync"/> says that everything before it is on disk. The bytes must not change until then.
/// </summary>
public sealed class BlockBatch
{
    private readonly BlockStore _store;
    private readonly int _failuresBefore;
    private Task _last = Task.CompletedTask; // blocks are written in the order they were added
    private int _refused = -1; // the first outcome that was neither Stored nor Present

    internal BlockBatch(BlockStore store, int failuresBefore)
    {
        _store = store;
        _failuresBefore = failuresBefore;
    }

    /// <summary>The first refusal so far (no room), or null. Once refused, there is no point in adding more.</summary>
    public PutOutcome? Refused => Volatile.Read(ref _refused) is var refused and >= 0 ? (PutOutcome)refused : null;

    /// <summary>Queues a block whose hash the caller has just computed.</summary>
    public ValueTask AddAsync(BlockKey key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => AddAsync(key, data, null, cancellationToken);

    /// <summary>As <see cref="AddAsync(BlockKey, ReadOnlyMemory{byte}, CancellationToken)"/>; <paramref name="written"/> is called when the memory may be used again.</summary>
    internal async ValueTask AddAsync(BlockKey key, ReadOnlyMemory<byte> data, Action? written, CancellationToken cancellationToken)
    {
        if (data.Length > BlockStoreOptions.MaxBlockBytes)
        {
            Interlocked.CompareExchange(ref _refused, (int)PutOutcome.TooLarge, -1);
            return;
        }

        var pending = new BlockStore.PendingWrite(key, data, Durable: false, -1);
        await _store.EnqueueAsync(pending, cancellationToken).ConfigureAwait(false);
        _last = WatchAsync(pending.Done.Task, written);
    }

    /// <summary>Returns when the last block added is written (not synchronised): its memory may be used again.</summary>
    public Task WrittenAsync(CancellationToken cancellationToken) => _last.WaitAsync(cancellationToken);

    /// <summary>Returns when everything added is on disk, or why it is not.</summary>
    /// <exception cref="BlockStoreException">When the disk failed in between: nothing of the batch is acknowledged.</exception>
    public async ValueTask<PutOutcome> FlushAsync(CancellationToken cancellationToken)
    {
        var barrier = new BlockStore.PendingWrite(default, default, Durable: true, _failuresBefore, IsBarrier: true);
        await _store.EnqueueAsync(barrier, cancellationToken).ConfigureAwait(false);
        await barrier.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Refused ?? PutOutcome.Stored;
    }

    private async Task WatchAsync(Task<PutOutcome> done, Action? written)
    {
        try
        {
            var outcome = await done.ConfigureAwait(false);
            if (outcome is not PutOutcome.Stored and not PutOutcome.Present)
            {
                Interlocked.CompareExchange(ref _refused, (int)outcome, -1);
            }
        }
        catch (BlockStoreException)
        {
            // The barrier reports it for the whole batch.
        }
        finally
        {
            written?.Invoke();
        }
    }
}
