namespace Etdb.Ipfs.Node.Store;

public sealed partial class BlockStore
{
    /// <summary>Reads a block, hashing it on the way (unless the option is off). A block that is found bad is quarantined.</summary>
    public BlockRead Read(BlockKey key) => Read(key, static length => GC.AllocateUninitializedArray<byte>(length));

    /// <summary>As <see cref="Read(BlockKey)"/> into a buffer from <paramref name="allocate"/>, which may be longer than asked.</summary>
    internal BlockRead Read(BlockKey key, Func<int, byte[]> allocate)
    {
        // A record can be removed while it is being read; then the index no longer names the place and the read begins anew.
        const int attempts = 4;
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            Location location;
            string path;
            lock (_gate)
            {
                if (!_index.TryGetValue(key, out location))
                {
                    return new BlockRead(_quarantined.ContainsKey(key) ? ReadStatus.Corrupt : ReadStatus.NotFound, default);
                }

                path = _segments[location.Segment].Path;
            }

            var answer = ReadAt(path, location, key, allocate, out var segmentGone);
            if (answer.Found || answer.Status == ReadStatus.Failed)
            {
                return answer;
            }

            if (segmentGone)
            {
                DropSegment(location.Segment);
            }
            else if (StillAt(key, location))
            {
                Quarantine(key, location);
            }
        }

        return new BlockRead(ReadStatus.NotFound, default);
    }

    private BlockRead ReadAt(string path, Location location, BlockKey key, Func<int, byte[]> allocate, out bool segmentGone)
    {
        segmentGone = false;
        try
        {
            // Opened by name each time, on purpose: an open file outlives its deletion, and a node must notice that its disk was emptied.
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var data = allocate(location.Length).AsMemory(0, location.Length);
            var got = SegmentScanner.ReadFully(file, data.Span, location.Offset + SegmentFormat.HeaderSize);
            return got == data.Length && (!_options.HashOnRead || BlockKey.Of(data.Span) == key)
                ? new BlockRead(ReadStatus.Found, data)
                : new BlockRead(ReadStatus.Corrupt, default);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            segmentGone = true;
            return new BlockRead(ReadStatus.NotFound, default);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new BlockRead(ReadStatus.Failed, default, error.Message);
        }
    }

    private bool StillAt(BlockKey key, Location location)
    {
        lock (_gate)
        {
            return _index.TryGetValue(key, out var now) && now.Segment == location.Segment && now.Offset == location.Offset;
        }
    }

    private void Quarantine(BlockKey key, Location location)
    {
        lock (_gate)
        {
            if (!_index.TryGetValue(key, out var now) || now.Segment != location.Segment || now.Offset != location.Offset)
            {
                return;
            }

            _index.Remove(key);
            _quarantined[key] = location;
        }

        try
        {
            MarkOnDisk([(key, location)], RecordState.Quarantined);
        }
        catch (IOException)
        {
            // The mark only spares the next start from finding it again.
        }
    }

    /// <summary>The file of a segment is gone: what it held is not here.</summary>
    private void DropSegment(int number)
    {
        lock (_gate)
        {
            if (!_segments.TryGetValue(number, out var segment) || File.Exists(segment.Path))
            {
                return;
            }

            Forget(segment);
        }

        FilesLost?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Forgets what lay in segments whose files are gone.</summary>
    public void DropLostSegments()
    {
        lock (_gate)
        {
            foreach (var segment in _segments.Values.Where(static segment => !File.Exists(segment.Path)).ToList())
            {
                Forget(segment);
            }
        }
    }

    private void Forget(Segment segment)
    {
        _segments.Remove(segment.Number);
        foreach (var home in new[] { _index, _quarantined })
        {
            foreach (var (key, location) in home.Where(entry => entry.Value.Segment == segment.Number).ToList())
            {
                home.Remove(key);
                _usedBytes -= SegmentFormat.RecordSize(location.Length);
            }
        }
    }
}
