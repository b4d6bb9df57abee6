using System.Buffers.Binary;
using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Car;

/// <summary>
/// Where each block of a CAR stands: multihash to offset in the version 1 part. Written as MultihashIndexSorted (0x0401), read in that form and the older
/// IndexSorted (0x0400), as go-car lays them out (a bucket's length is in bytes). An index is a hint: whoever uses it checks what it finds.
/// </summary>
public sealed class CarIndex
{
    /// <summary>Most blocks of one index; about 120 bytes of memory each.</summary>
    public const int MaxEntries = 1 << 24;

    private const ulong SortedFormat = 0x0400;
    private const ulong MultihashFormat = 0x0401;
    private const int OffsetBytes = 8;

    private readonly Dictionary<Multihash, long> _offsets = [];

    /// <summary>Number of different blocks.</summary>
    public int Count => _offsets.Count;

    /// <summary>Notes a block; the first place wins. Identity CIDs need none.</summary>
    /// <exception cref="FormatException">More than <see cref="MaxEntries"/>.</exception>
    public void Add(Multihash hash, long offset)
    {
        if (hash.Code == Multicodec.Identity)
        {
            return;
        }

        if (_offsets.Count >= MaxEntries)
        {
            throw new FormatException($"The CAR has more than {MaxEntries} blocks; divide it.");
        }

        _offsets.TryAdd(hash, offset);
    }

    /// <summary>The offset of a block's section.</summary>
    public bool TryFind(Multihash hash, out long offset) => _offsets.TryGetValue(hash, out offset);

    /// <summary>Writes the index in its sorted form.</summary>
    public void WriteTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, true);
        var format = new byte[Varint.MaxBytes];
        writer.Write(format.AsSpan(0, Varint.Write(format, MultihashFormat)));
        var byCode = _offsets.GroupBy(entry => entry.Key.Code).OrderBy(group => group.Key).ToArray();
        writer.Write(byCode.Length);
        foreach (var code in byCode)
        {
            writer.Write(code.Key);
            var byWidth = code.GroupBy(entry => entry.Key.Digest.Length).OrderBy(group => group.Key).ToArray();
            writer.Write(byWidth.Length);
            foreach (var width in byWidth)
            {
                var entries = width.ToArray();
                Array.Sort(entries, static (a, b) => a.Key.Digest.SequenceCompareTo(b.Key.Digest));
                writer.Write(width.Key + OffsetBytes);
                writer.Write((long)entries.Length * (width.Key + OffsetBytes));
                foreach (var entry in entries)
                {
                    writer.Write(entry.Key.Digest);
                    writer.Write(entry.Value);
                }
            }
        }
    }

    /// <summary>Reads an index that reaches to the end of <paramref name="bytes"/>.</summary>
    /// <exception cref="FormatException">It is none, or of another form.</exception>
    public static CarIndex Parse(ReadOnlySpan<byte> bytes)
    {
        if (!Varint.TryRead(bytes, out var format, out var read) || format is not (SortedFormat or MultihashFormat))
        {
            throw new FormatException($"A CAR index of form 0x{format:x} cannot be read here (0x400 and 0x401 can).");
        }

        var index = new CarIndex();
        var rest = bytes[read..];
        if (format == SortedFormat)
        {
            // The form does not say which hash function; only sha2-256 has 32-byte digests that can be checked here.
            index.ReadBuckets(ref rest, Multicodec.Sha2X256);
        }
        else
        {
            for (var groups = ReadCount(ref rest, 12); groups > 0; groups--)
            {
                var code = BinaryPrimitives.ReadUInt64LittleEndian(Cut(ref rest, 8));
                index.ReadBuckets(ref rest, code);
            }
        }

        return rest.IsEmpty ? index : throw new FormatException($"{rest.Length} bytes follow the CAR's index.");
    }

    private static ReadOnlySpan<byte> Cut(ref ReadOnlySpan<byte> from, long count)
    {
        if (count < 0 || count > from.Length)
        {
            throw new FormatException("The CAR's index is cut off.");
        }

        var part = from[..(int)count];
        from = from[(int)count..];
        return part;
    }

    private static int ReadCount(ref ReadOnlySpan<byte> from, int smallest)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(Cut(ref from, 4));
        return count >= 0 && (long)count * smallest <= from.Length ? count : throw new FormatException($"The CAR's index says {count} parts, which do not fit.");
    }

    private void ReadBuckets(ref ReadOnlySpan<byte> rest, ulong code)
    {
        for (var buckets = ReadCount(ref rest, 12); buckets > 0; buckets--)
        {
            var width = (long)BinaryPrimitives.ReadUInt32LittleEndian(Cut(ref rest, 4));
            var length = BinaryPrimitives.ReadInt64LittleEndian(Cut(ref rest, 8));
            if (width is <= OffsetBytes or > OffsetBytes + Multihash.MaxDigestBytes || length % width != 0)
            {
                throw new FormatException($"The CAR's index has a bucket of {length} bytes with entries of {width}.");
            }

            for (var entries = Cut(ref rest, length); !entries.IsEmpty; entries = entries[(int)width..])
            {
                var offset = BinaryPrimitives.ReadInt64LittleEndian(entries[(int)(width - OffsetBytes)..]);
                var hash = MakeHash(code, entries[..(int)(width - OffsetBytes)]);
                Add(hash, offset >= 0 ? offset : throw new FormatException("The CAR's index has an offset below zero."));
            }
        }
    }

    private static Multihash MakeHash(ulong code, ReadOnlySpan<byte> digest)
    {
        var bytes = new byte[2 * Varint.MaxBytes + 2 + digest.Length];
        var at = Varint.Write(bytes, code & long.MaxValue);
        at += Varint.Write(bytes.AsSpan(at), (ulong)digest.Length);
        digest.CopyTo(bytes.AsSpan(at));
        return Multihash.Parse(bytes.AsSpan(0, at + digest.Length));
    }
}
