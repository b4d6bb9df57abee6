namespace Etdb.Ipfs.Node.Store;

public sealed partial class BlockStore
{
    /// <summary>Removes one block; false when it was not here. The caller has made sure that nothing needs it.</summary>
    public bool Remove(BlockKey key)
    {
        Location location;
        lock (_gate)
        {
            if (!_index.Remove(key, out location) && !_quarantined.Remove(key, out location))
            {
                return false;
            }
        }

        MarkDead([(key, location)]);
        return true;
    }

    /// <summary>
    /// Begins a sweep: fixes now which blocks are too young to be removed (put or touched since, or under a lease that is open now). Mark
    /// what must stay after this call and before <see cref="Sweep.RemoveUnmarked"/>.
    /// </summary>
    public Sweep BeginSweep()
    {
        lock (_gate)
        {
            var mine = ++_generation;
            var oldest = _leases.Count == 0 ? mine : Math.Min(mine, _leases.Min(static lease => lease.Generation));
            return new Sweep(this, oldest);
        }
    }

    internal List<BlockKey> RemoveOlder(int generation, HashSet<BlockKey> marked, CancellationToken cancellationToken)
    {
        const int batch = 4096; // bounds the time the gate is held and the work between two looks at the token
        var removed = new List<BlockKey>();
        foreach (var keys in Keys().Where(key => !marked.Contains(key)).Chunk(batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var dead = new List<(BlockKey, Location)>();
            lock (_gate)
            {
                foreach (var key in keys)
                {
                    if (_index.TryGetValue(key, out var location) && location.Generation < generation)
                    {
                        _index.Remove(key);
                        dead.Add((key, location));
                        removed.Add(key);
                    }
                }
            }

            MarkDead(dead);
        }

        return removed;
    }

    private void MarkDead(List<(BlockKey Key, Location Location)> records)
    {
        if (records.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            foreach (var (_, location) in records)
            {
                _usedBytes -= SegmentFormat.RecordSize(location.Length);
                if (_segments.TryGetValue(location.Segment, out var segment))
                {
                    segment.Kept--;
                }
            }
        }

        MarkOnDisk(records, RecordState.Dead);
        DeleteEmptySegments(records);
    }

    /// <summary>
    /// Side file first, then the record, then the hole: after a crash in between the side file calls it dead while its bytes are whole,
    /// never the other way round.
    /// </summary>
    private void MarkOnDisk(List<(BlockKey Key, Location Location)> records, RecordState state)
    {
        foreach (var group in records.GroupBy(static record => record.Location.Segment))
        {
            string path;
            lock (_gate)
            {
                if (!_segments.TryGetValue(group.Key, out var segment))
                {
                    continue;
                }

                path = segment.Path;
            }

            try
            {
                MarkSegment(path, [.. group.Select(static record => record.Location)], state);
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                DropSegment(group.Key);
            }
        }
    }

    private void MarkSegment(string path, List<Location> locations, RecordState state)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        lock (_sideFiles)
        {
            var offsets = locations.Select(static location => (long)location.Offset).ToHashSet();
            if (SegmentIndexFile.TryRead(IndexPath(path), RandomAccess.GetLength(file)) is { } entries)
            {
                WriteOrDrop(path, entries.ConvertAll(entry => offsets.Contains(entry.Offset) ? entry with { State = state } : entry), RandomAccess.GetLength(file));
            }
        }

        foreach (var location in locations)
        {
            RandomAccess.Write(file, [(byte)state], location.Offset + SegmentFormat.StateOffset);
        }

        RandomAccess.FlushToDisk(file);
        foreach (var location in locations.Where(_ => state == RecordState.Dead))
        {
            Posix.TryPunchHole(file, location.Offset + SegmentFormat.HeaderSize, location.Length);
        }
    }

    /// <summary>A full disk must not keep room from being given back: a side file that cannot be written is dropped and made anew at the next start.</summary>
    private static void WriteOrDrop(string segmentPath, List<SegmentEntry> entries, long segmentBytes)
    {
        try
        {
            SegmentIndexFile.Write(IndexPath(segmentPath), entries, segmentBytes);
        }
        catch (IOException)
        {
            File.Delete(IndexPath(segmentPath));
        }
    }

    private void DeleteEmptySegments(List<(BlockKey Key, Location Location)> records)
    {
        foreach (var number in records.Select(static record => record.Location.Segment).Distinct())
        {
            string? path = null;
            lock (_gate)
            {
                if (_segments.TryGetValue(number, out var segment) && segment.Kept == 0 && segment != _active)
                {
                    _segments.Remove(number);
                    path = segment.Path;
                }
            }

            if (path is not null)
            {
                File.Delete(path);
                File.Delete(IndexPath(path));
            }
        }
    }
}

/// <summary>One sweep in progress: see <see cref="BlockStore.BeginSweep"/>.</summary>
public sealed class Sweep
{
    private readonly BlockStore _store;
    private readonly int _generation;
    private readonly HashSet<BlockKey> _marked = [];

    internal Sweep(BlockStore store, int generation)
    {
        _store = store;
        _generation = generation;
    }

    /// <summary>Blocks that stay; true when it was not marked before.</summary>
    public bool Mark(BlockKey key) => _marked.Add(key);

    /// <summary>Removes every older block that was not marked; returns their keys.</summary>
    public IReadOnlyList<BlockKey> RemoveUnmarked(CancellationToken cancellationToken) => _store.RemoveOlder(_generation, _marked, cancellationToken);
}
