using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Etdb.Ipfs.Node.Store;

/// <summary>
/// The side file of a closed segment: where its records lie and which are live, so that opening a store need not read the blocks. It is
/// replaced as a whole (write, fsync, rename, fsync of the folder) and carries its own sha2-256; one that is missing or damaged is made
/// anew from the segment.
/// </summary>
internal static class SegmentIndexFile
{
    private const int EntrySize = 48;
    private const int HeadSize = 32;

    private static ReadOnlySpan<byte> Magic => "ETDB-SEGINDEX-01"u8;

    public static void Write(string path, IReadOnlyCollection<SegmentEntry> entries, long segmentBytes)
    {
        var bytes = new byte[HeadSize + (entries.Count * EntrySize) + SHA256.HashSizeInBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), segmentBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), entries.Count);
        var at = HeadSize;
        foreach (var entry in entries)
        {
            var span = bytes.AsSpan(at, EntrySize);
            entry.Key.CopyTo(span);
            BinaryPrimitives.WriteInt64LittleEndian(span[32..], entry.Offset);
            BinaryPrimitives.WriteInt32LittleEndian(span[40..], entry.Length);
            span[44] = (byte)entry.State;
            at += EntrySize;
        }

        SHA256.HashData(bytes.AsSpan(0, at), bytes.AsSpan(at));
        DurableFile.Replace(path, bytes);
    }

    /// <summary>The entries, or null when the file is absent, damaged, or was made for another length of the segment.</summary>
    public static List<SegmentEntry>? TryRead(string path, long segmentBytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeadSize + SHA256.HashSizeInBytes || !bytes.AsSpan().StartsWith(Magic)
            || BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)) != segmentBytes)
        {
            return null;
        }

        var count = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(24));
        var body = bytes.Length - SHA256.HashSizeInBytes;
        if (count < 0 || count > int.MaxValue / EntrySize || body != HeadSize + (count * EntrySize)
            || !SHA256.HashData(bytes.AsSpan(0, body)).AsSpan().SequenceEqual(bytes.AsSpan(body)))
        {
            return null;
        }

        var entries = new List<SegmentEntry>((int)count);
        for (var at = HeadSize; at < body; at += EntrySize)
        {
            var span = bytes.AsSpan(at, EntrySize);
            entries.Add(new SegmentEntry(
                new BlockKey(span[..BlockKey.Size]),
                BinaryPrimitives.ReadInt64LittleEndian(span[32..]),
                BinaryPrimitives.ReadInt32LittleEndian(span[40..]),
                (RecordState)span[44]));
        }

        return entries;
    }
}
