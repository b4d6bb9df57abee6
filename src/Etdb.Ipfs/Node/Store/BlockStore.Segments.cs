namespace Etdb.Ipfs.Node.Store;

public sealed partial class BlockStore
{
    private Segment EnsureActive()
    {
        if (_active is { } active)
        {
            lock (_gate)
            {
                if (_segments.ContainsKey(active.Number))
                {
                    return active;
                }
            }

            ReleaseActive(); // its file was found gone
        }

        Directory.CreateDirectory(Folder);
        int number;
        lock (_gate)
        {
            number = (_segments.Count == 0 ? 0 : _segments.Keys.Last()) + 1;
        }

        var path = SegmentPath(number);
        while (File.Exists(path))
        {
            path = SegmentPath(++number);
        }

        _activeFile = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.Write(_activeFile, SegmentFormat.FileMagic, 0);
        FolderSync.Sync(Folder);
        var segment = new Segment(number, path);
        _activeEntries.Clear();
        _unsynced = 0;
        lock (_gate)
        {
            _segments.Add(number, segment);
            _active = segment;
        }

        return segment;
    }

    private void Synchronise()
    {
        if (_active is not { } segment || _activeFile is null || segment.Durable == segment.End)
        {
            return;
        }

        RandomAccess.FlushToDisk(_activeFile);
        _unsynced = 0;
        if (!File.Exists(segment.Path))
        {
            throw new BlockStoreException($"{segment.Path} was deleted while it was being written");
        }

        lock (_gate)
        {
            segment.Durable = segment.End;
        }
    }

    /// <summary>Synchronises the active segment and writes its side file; the next write begins a new one.</summary>
    private void CloseActive()
    {
        if (_active is not { } segment)
        {
            return;
        }

        try
        {
            Synchronise();
            lock (_sideFiles)
            {
                // A removal leaves the index first and then waits here, so it is either in these entries or changes the file after us.
                SegmentIndexFile.Write(IndexPath(segment.Path), EntriesNow(segment), segment.End);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            AbandonActive();
            return;
        }

        ReleaseActive();
    }

    private List<SegmentEntry> EntriesNow(Segment segment)
    {
        lock (_gate)
        {
            return _activeEntries.ConvertAll(entry => entry with
            {
                State = At(_index, entry, segment) ? RecordState.Live : At(_quarantined, entry, segment) ? RecordState.Quarantined : RecordState.Dead,
            });
        }
    }

    private static bool At(Dictionary<BlockKey, Location> home, SegmentEntry entry, Segment segment) =>
        home.TryGetValue(entry.Key, out var location) && location.Segment == segment.Number && location.Offset == entry.Offset;

    private void ReleaseActive()
    {
        _activeFile?.Dispose();
        _activeFile = null;
        _activeEntries.Clear();
        _unsynced = 0;
        lock (_gate)
        {
            _active = null;
        }
    }

    /// <summary>After a failed write or fsync nothing behind the last good fsync may be believed: it is dropped, and the next write
    /// begins a new segment. A failed fsync must not be tried again: the kernel has forgotten what it could not write.</summary>
    private void AbandonActive()
    {
        var lost = false;
        string? empty = null;
        lock (_gate)
        {
            _failures++;
            if (_active is { } segment)
            {
                lost = !File.Exists(segment.Path);
                if (lost)
                {
                    Forget(segment);
                }
                else
                {
                    DropUnsynced(segment);
                    empty = segment.Kept == 0 && _segments.Remove(segment.Number) ? segment.Path : null;
                    CutOff(segment);
                }
            }
        }

        ReleaseActive();
        if (empty is not null)
        {
            File.Delete(empty);
        }

        if (lost)
        {
            FilesLost?.Invoke(this, EventArgs.Empty);
        }
    }

    /// <summary>What was dropped gives its room back; when the disk refuses even that, the next start cuts it off.</summary>
    private void CutOff(Segment segment)
    {
        try
        {
            RandomAccess.SetLength(_activeFile!, segment.Durable);
            segment.End = segment.Durable;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The disk has failed already, which is what is being reported.
        }
    }

    private void DropUnsynced(Segment segment)
    {
        foreach (var (key, location) in _index.Where(e => e.Value.Segment == segment.Number && e.Value.Offset >= segment.Durable).ToList())
        {
            _index.Remove(key);
            segment.Kept--;
            _usedBytes -= SegmentFormat.RecordSize(location.Length);
        }
    }
}
