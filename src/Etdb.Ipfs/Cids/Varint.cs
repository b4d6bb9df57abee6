namespace Etdb.Ipfs.Cids;

/// <summary>
/// Unsigned variable-length integers as multiformats write them: little-endian groups of seven bits, at most nine bytes (63 bits), shortest form only.
/// Source: github.com/multiformats/unsigned-varint.
/// </summary>
public static class Varint
{
    /// <summary>Longest accepted encoding, in bytes.</summary>
    public const int MaxBytes = 9;

    /// <summary>Bytes that <see cref="Write"/> needs for <paramref name="value"/> (1..10: protobuf lengths may use all 64 bits).</summary>
    public static int Length(ulong value) => value == 0 ? 1 : (63 - System.Numerics.BitOperations.LeadingZeroCount(value)) / 7 + 1;

    /// <summary>Writes <paramref name="value"/> and returns the bytes used; <paramref name="to"/> must hold <see cref="Length"/>.</summary>
    public static int Write(Span<byte> to, ulong value)
    {
        var at = 0;
        while (value >= 0x80)
        {
            to[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        to[at++] = (byte)value;
        return at;
    }

    /// <summary>Reads one integer; false when it is cut off, longer than nine bytes, or not in the shortest form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out ulong value, out int read)
    {
        value = 0;
        for (read = 0; read < from.Length && read < MaxBytes;)
        {
            var part = from[read];
            value |= (ulong)(part & 0x7f) << (7 * read);
            read++;
            if (part < 0x80)
            {
                return part != 0 || read == 1;
            }
        }

        value = 0;
        return false;
    }
}
