using System.Buffers;
using System.Buffers.Binary;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>Writes FLO's wire format into a growing buffer; lengths always in their shortest form.</summary>
internal sealed class WireWriter(int capacity = 256)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(Math.Max(capacity, 16));

    public int Length => _buffer.WrittenCount;

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Bytes a CompactSize takes.</summary>
    public static int CompactSizeLength(ulong value) => value switch
    {
        < 0xfd => 1,
        <= ushort.MaxValue => 3,
        <= uint.MaxValue => 5,
        _ => 9,
    };

    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }

    public void UInt32(uint value) => Int32(unchecked((int)value));

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    public void Hash(Hash256 value)
    {
        value.CopyTo(_buffer.GetSpan(Hash256.Size));
        _buffer.Advance(Hash256.Size);
    }

    public void Bytes(ReadOnlySpan<byte> value) => _buffer.Write(value);

    public void CompactSize(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        switch (value)
        {
            case < 0xfd:
                Byte((byte)value);
                break;
            case <= ushort.MaxValue:
                Byte(0xfd);
                BinaryPrimitives.WriteUInt16LittleEndian(_buffer.GetSpan(2), (ushort)value);
                _buffer.Advance(2);
                break;
            default:
                Byte(0xfe);
                Int32(value);
                break;
        }
    }

    public void VarBytes(ReadOnlySpan<byte> value)
    {
        CompactSize(value.Length);
        Bytes(value);
    }

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();
}
