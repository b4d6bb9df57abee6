using System.Globalization;

namespace Etdb.Ipfs.Node.Store;

public sealed partial class BlockStore
{
    private void OpenSegments()
    {
        var superseded = new List<(BlockKey Key, Location Location)>();
        foreach (var path in Directory.GetFiles(Folder, SegmentPattern).Order(StringComparer.Ordinal))
        {
            if (int.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                OpenSegment(new Segment(number, path), superseded);
            }
        }

        if (superseded.Count > 0)
        {
            MarkDead(superseded);
        }
    }

    private void OpenSegment(Segment segment, List<(BlockKey Key, Location Location)> superseded)
    {
        var length = new FileInfo(segment.Path).Length;
        var entries = SegmentIndexFile.TryRead(IndexPath(segment.Path), length);
        segment.End = length;
        if (entries is null)
        {
            entries = Recover(segment, length);
        }

        segment.Durable = segment.End;
        _segments.Add(segment.Number, segment);
        foreach (var entry in entries)
        {
            Register(segment, entry, superseded);
        }
    }

    /// <summary>Reads a segment that was not closed in order and closes it.</summary>
    private static List<SegmentEntry> Recover(Segment segment, long length)
    {
        using var file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var scan = SegmentScanner.Scan(file);
        if (scan.End < length)
        {
            RandomAccess.SetLength(file, scan.End);
        }

        RandomAccess.Write(file, SegmentFormat.FileMagic, 0);
        RandomAccess.FlushToDisk(file);
        segment.End = scan.End;
        SegmentIndexFile.Write(IndexPath(segment.Path), scan.Entries, RandomAccess.GetLength(file));
        return scan.Entries;
    }

    private void Register(Segment segment, SegmentEntry entry, List<(BlockKey Key, Location Location)> superseded)
    {
        if (entry.State == RecordState.Dead)
        {
            return;
        }

        var location = new Location(segment.Number, (uint)entry.Offset, entry.Length, 0);
        var home = entry.State == RecordState.Live ? _index : _quarantined;
        if (home.Remove(entry.Key, out var older))
        {
            superseded.Add((entry.Key, older)); // the newer copy wins; a crash came between putting it and marking the older
        }

        if (entry.State == RecordState.Live && _quarantined.Remove(entry.Key, out var bad))
        {
            superseded.Add((entry.Key, bad));
        }

        home[entry.Key] = location;
        segment.Kept++;
        _usedBytes += SegmentFormat.RecordSize(entry.Length);
    }
}
