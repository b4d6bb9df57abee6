using System.Buffers.Binary;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node.Pins;

/// <summary>
/// Writes the usual CIDs as ASCII without making objects: version 1 with a codec below 128 in lower-case base32, version 0 in base58, both by sha2-256. A
/// listing of a million pins is mostly this. Every other CID goes the general way.
/// </summary>
internal static class PinText
{
    /// <summary>Most letters of such a CID.</summary>
    public const int MaxLength = V1Length;

    private const int V1Length = 59;
    private const int V0Length = 46;
    private const int V1Bytes = 36;
    private const int GroupBytes = 5;
    private const int PaddedBytes = 48; // whole words of eight are read from it
    private const int Limbs = 9; // 34 bytes in words of 32 bits
    private const uint FiveDigits = 58 * 58 * 58 * 58 * 58; // what five digits of base58 can count

    /// <summary>Two letters of base32 for each value of ten bits, the first in the low byte.</summary>
    private static readonly ushort[] Pairs = MakePairs();

    private static ReadOnlySpan<byte> Base32 => "abcdefghijklmnopqrstuvwxyz234567"u8;

    private static ReadOnlySpan<byte> Base58 => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"u8;

    /// <summary>Letters written to <paramref name="to"/>, which has room for <see cref="MaxLength"/>; 0 when the CID is none of the usual ones.</summary>
    public static int Write(in PinKey key, int version, Span<byte> to)
    {
        if (version == 0 && key.Codec == Cids.Multicodec.DagPb)
        {
            WriteV0(key.Block, to[..V0Length]);
            return V0Length;
        }

        if (version != 1 || key.Codec > 127)
        {
            return 0;
        }

        WriteV1(key, to[..V1Length]);
        return V1Length;
    }

    private static void WriteV1(in PinKey key, Span<byte> to)
    {
        Span<byte> binary = stackalloc byte[PaddedBytes];
        binary[0] = 1;
        binary[1] = (byte)key.Codec;
        binary[2] = 0x12;
        binary[3] = BlockKey.Size;
        key.Block.CopyTo(binary[4..]);
        binary[V1Bytes..].Clear();
        to[0] = (byte)'b';
        var at = 1;
        for (var from = 0; from < V1Bytes - 1; from += GroupBytes)
        {
            // Five bytes are eight letters.
            var bits = BinaryPrimitives.ReadUInt64BigEndian(binary[from..]) >> 24;
            Put(to, at, bits >> 30);
            Put(to, at + 2, bits >> 20);
            Put(to, at + 4, bits >> 10);
            Put(to, at + 6, bits);
            at += 8;
        }

        Put(to, at, (ulong)binary[V1Bytes - 1] << 2); // the last byte: two letters, the second filled up with zeros
    }

    /// <summary>Long division by 58^5, five digits at a time. The number begins with 0x12, so it always has 46 digits and none of them leads as a zero.</summary>
    private static void WriteV0(in BlockKey key, Span<byte> to)
    {
        Span<byte> binary = stackalloc byte[Limbs * sizeof(uint)];
        binary[..2].Clear();
        binary[2] = 0x12;
        binary[3] = BlockKey.Size;
        key.CopyTo(binary[4..]);
        Span<uint> limbs = stackalloc uint[Limbs];
        for (var i = 0; i < Limbs; i++)
        {
            limbs[i] = BinaryPrimitives.ReadUInt32BigEndian(binary[(i * sizeof(uint))..]);
        }

        var first = 0; // limbs before it are zero by now
        for (var at = to.Length; at > 0;)
        {
            var rest = 0UL;
            for (var i = first; i < Limbs; i++)
            {
                var value = (rest << 32) | limbs[i];
                var quotient = value / FiveDigits;
                limbs[i] = (uint)quotient;
                rest = value - (quotient * FiveDigits);
            }

            while (first < Limbs && limbs[first] == 0)
            {
                first++;
            }

            for (var digit = 0; digit < GroupBytes && at > 0; digit++)
            {
                to[--at] = Base58[(int)(rest % 58)];
                rest /= 58;
            }
        }
    }

    private static void Put(Span<byte> to, int at, ulong bits) => BinaryPrimitives.WriteUInt16LittleEndian(to[at..], Pairs[(int)bits & 1023]);

    private static ushort[] MakePairs()
    {
        var pairs = new ushort[1024];
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i] = (ushort)(Base32[i >> 5] | (Base32[i & 31] << 8));
        }

        return pairs;
    }
}
