using System.Buffers.Binary;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>
/// Reads FLO's wire format from a buffer without copying: byte strings are slices of it. Every length is checked against what is
/// left before anything is allocated; malformed input throws <see cref="FormatException"/> and nothing else.
/// </summary>
internal ref struct WireReader
{
    /// <summary>Largest length or count the reference node reads (32 MiB).</summary>
    public const ulong MaxSize = 0x02000000;

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _span;
    private int _position;

    public WireReader(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        _span = memory.Span;
        _position = 0;
    }

    public readonly int Position => _position;

    public readonly int Remaining => _span.Length - _position;

    public byte ReadByte()
    {
        if (_position >= _span.Length)
        {
            throw Truncated();
        }

        return _span[_position++];
    }

    public readonly byte Peek(int ahead) => ahead < Remaining ? _span[_position + ahead] : throw Truncated();

    public void Skip(int count) => Take(count);

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public Hash256 ReadHash() => new(Take(Hash256.Size));

    /// <summary>A CompactSize in its shortest form, at most <see cref="MaxSize"/>.</summary>
    public ulong ReadCompactSize()
    {
        var first = ReadByte();
        ulong value;
        ulong least;
        switch (first)
        {
            case < 0xfd:
                return first;
            case 0xfd:
                value = BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
                least = 0xfd;
                break;
            case 0xfe:
                value = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                least = 0x10000;
                break;
            default:
                value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                least = 0x1_0000_0000;
                break;
        }

        if (value < least)
        {
            throw new FormatException("A length is not written in its shortest form.");
        }

        return value <= MaxSize ? value : throw new FormatException("A length is above 32 MiB.");
    }

    /// <summary>A count of things that take at least <paramref name="leastBytesEach"/> bytes each, so it cannot exceed what is left.</summary>
    public int ReadCount(int leastBytesEach)
    {
        var count = ReadCompactSize();
        return count <= (ulong)(Remaining / leastBytesEach) ? (int)count : throw new FormatException("A count exceeds the bytes that are left.");
    }

    public ReadOnlyMemory<byte> ReadVarBytes()
    {
        var length = ReadCompactSize();
        if (length > (ulong)Remaining)
        {
            throw Truncated();
        }

        var slice = _memory.Slice(_position, (int)length);
        _position += (int)length;
        return slice;
    }

    /// <summary>Throws unless everything was read.</summary>
    public readonly void ExpectEnd()
    {
        if (Remaining != 0)
        {
            throw new FormatException($"{Remaining} bytes are left over.");
        }
    }

    private static FormatException Truncated() => new("The bytes end too early.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
        {
            throw Truncated();
        }

        var slice = _span.Slice(_position, count);
        _position += count;
        return slice;
    }
}
