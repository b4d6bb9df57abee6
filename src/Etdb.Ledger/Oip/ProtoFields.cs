namespace Etdb.Ledger.Oip;

/// <summary>One field of a protobuf message: a number, or bytes that are not copied.</summary>
internal readonly record struct ProtoField(ulong Number, ulong Value, ReadOnlyMemory<byte> Bytes);

/// <summary>Walks over the fields of a protobuf message (protobuf.dev/programming-guides/encoding). Lengths are checked against what is there; groups are not known.</summary>
internal static class ProtoFields
{
    /// <summary>Shows every field in order until one is not taken. False then, and when the bytes are no message.</summary>
    public static bool TryEach(ReadOnlyMemory<byte> bytes, Func<ProtoField, bool> take)
    {
        var offset = 0;
        while (offset < bytes.Length)
        {
            if (!TryVarint(bytes.Span, ref offset, out var tag) || !TryField(bytes, ref offset, (int)(tag & 7), out var number, out var field)
                || !take(new ProtoField(tag >> 3, number, field)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A number of a packed list, and moves behind it; null at its end.</summary>
    public static ProtoField? Varint(ReadOnlyMemory<byte> bytes, ref int offset) => TryVarint(bytes.Span, ref offset, out var value) ? new ProtoField(0, value, default) : null;

    private static bool TryField(ReadOnlyMemory<byte> bytes, ref int offset, int wireType, out ulong number, out ReadOnlyMemory<byte> field)
    {
        (number, field) = (0, default);
        ulong length;
        switch (wireType)
        {
            case 0:
                return TryVarint(bytes.Span, ref offset, out number);
            case 1:
                length = 8;
                break;
            case 2:
                if (!TryVarint(bytes.Span, ref offset, out length))
                {
                    return false;
                }

                break;
            case 5:
                length = 4;
                break;
            default:
                return false;
        }

        if (length > (ulong)(bytes.Length - offset))
        {
            return false;
        }

        field = bytes.Slice(offset, (int)length);
        offset += (int)length;
        return true;
    }

    private static bool TryVarint(ReadOnlySpan<byte> bytes, ref int offset, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && offset < bytes.Length; shift += 7)
        {
            var b = bytes[offset++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
