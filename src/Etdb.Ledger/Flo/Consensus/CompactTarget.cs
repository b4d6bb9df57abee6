using System.Numerics;

namespace Etdb.Ledger.Flo.Consensus;

/// <summary>Targets in their compact form ("bits"): one byte of length, three of leading digits, as Bitcoin's <c>SetCompact</c> and <c>GetCompact</c>.</summary>
public static class CompactTarget
{
    /// <summary>The target of compact bits; null when negative, zero or above 256 bits.</summary>
    public static UInt256? Decode(uint bits)
    {
        var size = (int)(bits >> 24);
        var word = bits & 0x007fffff;
        if (word == 0 || (bits & 0x00800000) != 0)
        {
            return null;
        }

        var overflow = size > 34 || (word > 0xff && size > 33) || (word > 0xffff && size > 32);
        if (overflow)
        {
            return null;
        }

        var value = size <= 3 ? new BigInteger(word) >> (8 * (3 - size)) : new BigInteger(word) << (8 * (size - 3));
        return value.IsZero ? null : new UInt256(value);
    }

    /// <summary>Compact form, the digits below the leading three bytes cut off.</summary>
    public static uint Encode(UInt256 target)
    {
        BigInteger value = target;
        var size = (int)((value.GetBitLength() + 7) / 8);
        var word = (uint)(size <= 3 ? value << (8 * (3 - size)) : value >> (8 * (size - 3)));
        if ((word & 0x00800000) != 0)
        {
            word >>= 8;
            size++;
        }

        return word | ((uint)size << 24);
    }

    /// <summary>Expected hashes to meet a target: 2^256 / (target + 1). Zero for invalid bits.</summary>
    public static UInt256 Work(uint bits) =>
        Decode(bits) is { } target ? new UInt256((BigInteger.One << 256) / ((BigInteger)target + 1)) : default;

    /// <summary>Difficulty as nodes print it: how much harder than bits 1d00ffff.</summary>
    public static double Difficulty(uint bits)
    {
        var shift = (int)(bits >> 24) & 0xff;
        return (double)0x0000ffff / (bits & 0x00ffffff) * Math.Pow(256, 29 - shift);
    }
}
