namespace Etdb.Ipfs.Node.Store;

public sealed partial class BlockStore
{
    private const long BatchBytes = 8 << 20;

    /// <summary>Most bytes written and not synchronised. Their writing is begun at once, so the fsync waits for the last of them only.</summary>
    private const long UnsyncedBytes = 128 << 20;

    private static readonly byte[] Padding = new byte[SegmentFormat.Alignment];
    private long _unsynced; // committer only

    /// <summary>Files a block and returns when it survived an fsync. The hash is checked first.</summary>
    /// <exception cref="BlockStoreException">When the disk refuses or the store is closed: nothing is acknowledged.</exception>
    public ValueTask<PutOutcome> PutAsync(BlockKey key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        data.Length <= BlockStoreOptions.MaxBlockBytes && BlockKey.Of(data.Span) != key
            ? ValueTask.FromResult(PutOutcome.Mismatch)
            : PutVerifiedAsync(key, data, cancellationToken);

    /// <summary>As <see cref="PutAsync"/> for bytes the caller has just hashed.</summary>
    internal async ValueTask<PutOutcome> PutVerifiedAsync(BlockKey key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (data.Length > BlockStoreOptions.MaxBlockBytes)
        {
            return PutOutcome.TooLarge;
        }

        if (TouchDurable(key))
        {
            return PutOutcome.Present;
        }

        var pending = new PendingWrite(key, data, Durable: true, -1);
        await EnqueueAsync(pending, cancellationToken).ConfigureAwait(false);
        return await pending.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins a run of writes that are acknowledged together by one <see cref="BlockBatch.FlushAsync"/>.</summary>
    public BlockBatch BeginBatch()
    {
        lock (_gate)
        {
            return new BlockBatch(this, _failures);
        }
    }

    internal async ValueTask EnqueueAsync(PendingWrite pending, CancellationToken cancellationToken)
    {
        if (!await _queue.AddAsync(pending, cancellationToken).ConfigureAwait(false))
        {
            throw new BlockStoreException($"the block store in {Folder} is closed");
        }
    }

    private bool TouchDurable(BlockKey key)
    {
        lock (_gate)
        {
            if (!_index.TryGetValue(key, out var location) || location.Offset >= _segments[location.Segment].Durable)
            {
                return false;
            }

            _index[key] = location with { Generation = _generation };
            return true;
        }
    }

    private void CommitLoop()
    {
        try
        {
            var batch = new List<PendingWrite>();
            while (_queue.Take(batch, BatchBytes))
            {
                Commit(batch);
            }

            CloseActive();
            _committed.TrySetResult();
        }
        catch (Exception error)
        {
            // A defect, not a failure of the disk: nobody may wait for ever on a thread that is gone.
            _queue.Close();
            _committed.TrySetException(error);
            throw;
        }
    }

    private void Commit(List<PendingWrite> batch)
    {
        var outcomes = new PutOutcome[batch.Count];
        try
        {
            var replaced = Append(batch, outcomes);
            if (_unsynced > UnsyncedBytes || batch.Exists(pending => pending.Durable))
            {
                Synchronise();
            }

            MarkDead(replaced);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            AbandonActive();
            var failure = new BlockStoreException($"cannot write to {Folder}: {error.Message}", error);
            batch.ForEach(pending => pending.Done.TrySetException(failure));
            return;
        }

        for (var i = 0; i < batch.Count; i++)
        {
            Complete(batch[i], outcomes[i]);
        }
    }

    private void Complete(PendingWrite pending, PutOutcome outcome)
    {
        if (pending.FailuresBefore >= 0 && pending.FailuresBefore != _failures)
        {
            pending.Done.TrySetException(new BlockStoreException($"blocks written before to {Folder} were lost by a failure of the disk; write them again"));
            return;
        }

        pending.Done.TrySetResult(outcome);
    }

    /// <summary>Writes the blocks that are not here yet; returns the quarantined records that they replace.</summary>
    private List<(BlockKey Key, Location Location)> Append(List<PendingWrite> batch, PutOutcome[] outcomes)
    {
        var replaced = new List<(BlockKey, Location)>();
        var seen = new HashSet<BlockKey>();
        var run = new List<PendingWrite>();
        var free = FreeBytes() - _options.ReserveBytes;
        var batchBytes = 0L;
        var runBytes = 0L;
        for (var i = 0; i < batch.Count; i++)
        {
            var pending = batch[i];
            outcomes[i] = pending.IsBarrier ? PutOutcome.Present : Classify(pending, seen, free, batchBytes);
            if (outcomes[i] != PutOutcome.Stored)
            {
                continue;
            }

            var size = SegmentFormat.RecordSize(pending.Data.Length);
            batchBytes += size;
            runBytes += size;
            run.Add(pending);
            seen.Add(pending.Key);
            if (runBytes + (_active?.End ?? 0) >= _options.SegmentBytes)
            {
                WriteRun(run, replaced);
                run.Clear();
                runBytes = 0;
                CloseActive();
            }
        }

        WriteRun(run, replaced);
        return replaced;
    }

    private PutOutcome Classify(PendingWrite pending, HashSet<BlockKey> seen, long free, long batchBytes)
    {
        lock (_gate)
        {
            if (_index.TryGetValue(pending.Key, out var location))
            {
                _index[pending.Key] = location with { Generation = _generation };
                return PutOutcome.Present;
            }

            if (seen.Contains(pending.Key))
            {
                return PutOutcome.Present;
            }

            var size = batchBytes + SegmentFormat.RecordSize(pending.Data.Length);
            return size > free || (_options.CapacityBytes > 0 && _usedBytes + size > _options.CapacityBytes) ? PutOutcome.NoRoom : PutOutcome.Stored;
        }
    }

    private void WriteRun(List<PendingWrite> run, List<(BlockKey Key, Location Location)> replaced)
    {
        if (run.Count == 0)
        {
            return;
        }

        var segment = EnsureActive();
        var headers = new byte[run.Count * SegmentFormat.HeaderSize];
        var parts = new List<ReadOnlyMemory<byte>>(run.Count * 3);
        var total = 0L;
        for (var i = 0; i < run.Count; i++)
        {
            var header = headers.AsMemory(i * SegmentFormat.HeaderSize, SegmentFormat.HeaderSize);
            var data = run[i].Data;
            SegmentFormat.WriteHeader(header.Span, run[i].Key, data.Length, RecordState.Live);
            var size = SegmentFormat.RecordSize(data.Length);
            parts.Add(header);
            parts.Add(data);
            parts.Add(Padding.AsMemory(0, (int)(size - SegmentFormat.HeaderSize - data.Length)));
            total += size;
        }

        _options.Faults?.BeforeWrite(total);
        RandomAccess.Write(_activeFile!, parts, segment.End);
        Posix.BeginWriteBack(_activeFile!, segment.End, total);
        _unsynced += total;
        lock (_gate)
        {
            foreach (var pending in run)
            {
                var location = new Location(segment.Number, (uint)segment.End, pending.Data.Length, _generation);
                var size = SegmentFormat.RecordSize(pending.Data.Length);
                _activeEntries.Add(new SegmentEntry(pending.Key, segment.End, pending.Data.Length, RecordState.Live));
                _index[pending.Key] = location;
                segment.End += size;
                segment.Kept++;
                _usedBytes += size;
                if (_quarantined.Remove(pending.Key, out var bad))
                {
                    replaced.Add((pending.Key, bad));
                }
            }
        }
    }

    /// <summary>One write, or a barrier that waits for those before it.</summary>
    internal sealed record PendingWrite(BlockKey Key, ReadOnlyMemory<byte> Data, bool Durable, int FailuresBefore, bool IsBarrier = false)
    {
        public TaskCompletionSource<PutOutcome> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
