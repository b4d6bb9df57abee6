using System.Numerics;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>An unsigned 256-bit number: targets, work, sums of work. Arithmetic is exact; a result that does not fit throws <see cref="OverflowException"/>.</summary>
public readonly record struct UInt256 : IComparable<UInt256>
{
    private static readonly BigInteger Limit = BigInteger.One << 256;
    private readonly BigInteger _value;

    /// <summary>Takes a number from 0 to 2^256 - 1.</summary>
    public UInt256(BigInteger value)
    {
        if (value.Sign < 0 || value >= Limit)
        {
            throw new OverflowException("The number does not fit into 256 bits.");
        }

        _value = value;
    }

    /// <summary>The largest number.</summary>
    public static UInt256 MaxValue => new(Limit - 1);

    public static bool operator <(UInt256 left, UInt256 right) => left._value < right._value;

    public static bool operator >(UInt256 left, UInt256 right) => left._value > right._value;

    public static bool operator <=(UInt256 left, UInt256 right) => left._value <= right._value;

    public static bool operator >=(UInt256 left, UInt256 right) => left._value >= right._value;

    public static UInt256 operator +(UInt256 left, UInt256 right) => new(left._value + right._value);

    public static implicit operator BigInteger(UInt256 value) => value._value;

    /// <summary>Reads up to 32 bytes, least significant first.</summary>
    public static UInt256 FromLittleEndian(ReadOnlySpan<byte> bytes) => new(new BigInteger(bytes, isUnsigned: true));

    /// <summary>Reads 1 to 64 hex digits.</summary>
    public static UInt256 ParseHex(string hex) => FromBigEndian(Convert.FromHexString(hex.Length % 2 == 0 ? hex : "0" + hex));

    /// <summary>Reads up to 32 bytes, most significant first.</summary>
    public static UInt256 FromBigEndian(ReadOnlySpan<byte> bytes) => new(new BigInteger(bytes, isUnsigned: true, isBigEndian: true));

    /// <inheritdoc/>
    public int CompareTo(UInt256 other) => _value.CompareTo(other._value);

    /// <summary>64 lower-case hex digits, most significant first.</summary>
    public override string ToString()
    {
        var bytes = _value.ToByteArray(isUnsigned: true, isBigEndian: true);
        return Convert.ToHexStringLower(bytes).PadLeft(64, '0')[^64..];
    }
}
