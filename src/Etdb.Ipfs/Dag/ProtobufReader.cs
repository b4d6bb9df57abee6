namespace Etdb.Ipfs.Dag;

/// <summary>Reads protobuf fields from a span without copying; every length is checked against what is left.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    public const int WireVarint = 0;
    public const int WireFixed64 = 1;
    public const int WireBytes = 2;
    public const int WireFixed32 = 5;

    private const int MaxVarintBytes = 10;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; }

    public readonly bool AtEnd => Position >= _bytes.Length;

    /// <summary>Reads a field's number and wire type.</summary>
    public (int Field, int Wire) ReadTag()
    {
        var tag = ReadVarint();
        return tag >> 3 is 0 or > int.MaxValue ? throw new FormatException($"Field number {tag >> 3} is impossible.") : ((int)(tag >> 3), (int)(tag & 7));
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var i = 0; i < MaxVarintBytes; i++)
        {
            if (AtEnd)
            {
                throw new FormatException("The message ends inside a number.");
            }

            var part = _bytes[Position++];
            if (i == MaxVarintBytes - 1 && part > 1)
            {
                break;
            }

            value |= (ulong)(part & 0x7f) << (7 * i);
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("A number has more than 64 bits.");
    }

    /// <summary>Reads a length and returns where that many bytes lie.</summary>
    public Range ReadBytes()
    {
        var length = ReadVarint();
        if (length > (ulong)(_bytes.Length - Position))
        {
            throw new FormatException($"A field says {length} bytes, {_bytes.Length - Position} are left.");
        }

        var range = new Range(Position, Position + (int)length);
        Position += (int)length;
        return range;
    }

    public uint ReadFixed32()
    {
        if (_bytes.Length - Position < 4)
        {
            throw new FormatException("The message ends inside a number.");
        }

        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(_bytes[Position..]);
        Position += 4;
        return value;
    }

    /// <summary>Steps over a field nobody knows; groups are refused.</summary>
    public void Skip(int wire)
    {
        var fixedLength = wire switch { WireFixed64 => 8, WireFixed32 => 4, _ => 0 };
        switch (wire)
        {
            case WireVarint:
                ReadVarint();
                break;
            case WireBytes:
                ReadBytes();
                break;
            case WireFixed64 or WireFixed32 when _bytes.Length - Position >= fixedLength:
                Position += fixedLength;
                break;
            default:
                throw new FormatException($"Wire type {wire} cannot be read here.");
        }
    }
}
