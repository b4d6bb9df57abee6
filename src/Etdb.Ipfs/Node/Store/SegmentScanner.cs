using Microsoft.Win32.SafeHandles;

namespace Etdb.Ipfs.Node.Store;

/// <summary>
/// Finds the records of a segment that was not closed in order (the process or the machine died). Every live record is hashed: behind
/// the last fsync any page may be missing. A record whose bytes are wrong is not listed as live, and does not hide the good ones behind
/// it; behind a damaged header the next good one is looked for, so that rot never costs more than what rotted.
/// </summary>
internal static class SegmentScanner
{
    private const int SearchWindow = 1 << 20;

    /// <summary>What a scan found.</summary>
    /// <param name="Entries">Records with a good header, in order of place; torn ones at the end are left out.</param>
    /// <param name="End">Where the next record may be written.</param>
    public sealed record Result(List<SegmentEntry> Entries, long End);

    public static Result Scan(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var entries = new List<SegmentEntry>();
        var header = new byte[SegmentFormat.HeaderSize];
        var end = (long)SegmentFormat.FileHeaderSize;
        var lastLive = -1;
        for (var at = (long)SegmentFormat.FileHeaderSize; at + SegmentFormat.HeaderSize <= length;)
        {
            if (ReadFully(file, header, at) < header.Length || !SegmentFormat.TryReadHeader(header, out var key, out var dataLength, out var state))
            {
                at = FindHeader(file, at + SegmentFormat.Alignment, length);
                continue;
            }

            var whole = at + SegmentFormat.HeaderSize + dataLength <= length;
            if (state == RecordState.Live && (!whole || !Matches(file, at, dataLength, key)))
            {
                state = RecordState.Quarantined;
            }

            entries.Add(new SegmentEntry(key, at, dataLength, state));
            at += SegmentFormat.RecordSize(dataLength);
            if (state == RecordState.Live)
            {
                lastLive = entries.Count - 1;
                end = at;
            }
        }

        return new Result(DropTornTail(entries, lastLive, ref end), end);
    }

    /// <summary>Wrong records behind the last good one were never acknowledged (or are rot that cannot be told from it): they are not
    /// evidence of anything, and their room is written over.</summary>
    private static List<SegmentEntry> DropTornTail(List<SegmentEntry> entries, int lastLive, ref long end)
    {
        var keep = lastLive + 1;
        while (keep < entries.Count && entries[keep].State != RecordState.Live && entries[keep].State != RecordState.Quarantined)
        {
            end = entries[keep].Offset + SegmentFormat.RecordSize(entries[keep].Length);
            keep++;
        }

        entries.RemoveRange(keep, entries.Count - keep);
        return entries;
    }

    private static bool Matches(SafeFileHandle file, long offset, int length, BlockKey key)
    {
        var data = new byte[length];
        return ReadFully(file, data, offset + SegmentFormat.HeaderSize) == length && BlockKey.Of(data) == key;
    }

    private static long FindHeader(SafeFileHandle file, long from, long length)
    {
        var window = new byte[SearchWindow + SegmentFormat.HeaderSize];
        for (var start = from; start + SegmentFormat.HeaderSize <= length; start += SearchWindow)
        {
            var got = ReadFully(file, window, start);
            for (var at = 0; at < SearchWindow && at + SegmentFormat.HeaderSize <= got; at += SegmentFormat.Alignment)
            {
                if (SegmentFormat.TryReadHeader(window.AsSpan(at, SegmentFormat.HeaderSize), out _, out _, out _))
                {
                    return start + at;
                }
            }
        }

        return length;
    }

    /// <summary>Reads until the buffer is full or the file ends; returns what was read.</summary>
    public static int ReadFully(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var got = 0;
        while (got < buffer.Length)
        {
            var read = RandomAccess.Read(file, buffer[got..], offset + got);
            if (read == 0)
            {
                break;
            }

            got += read;
        }

        return got;
    }
}
