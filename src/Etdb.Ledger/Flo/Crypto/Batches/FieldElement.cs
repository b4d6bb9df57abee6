using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Etdb.Ledger.Flo.Crypto.Batches;

/// <summary>
/// A number modulo p = 2^256 - 2^32 - 977, the field of secp256k1, always fully reduced: four 64-bit limbs, the lowest first. For checking signatures only: times
/// depend on the values, so no secret may pass through here.
/// </summary>
internal readonly struct FieldElement(ulong l0, ulong l1, ulong l2, ulong l3) : IEquatable<FieldElement>
{
    public const int Size = 32;

    /// <summary>2^256 - p.</summary>
    private const ulong Fold = 0x1_0000_03D1;

    private const ulong Lowest = unchecked(0UL - Fold);

    private readonly ulong _l0 = l0, _l1 = l1, _l2 = l2, _l3 = l3;

    public static FieldElement Zero => default;

    public static FieldElement One => new(1, 0, 0, 0);

    public bool IsZero => (_l0 | _l1 | _l2 | _l3) == 0;

    public bool IsOdd => (_l0 & 1) != 0;

    /// <summary>From 32 bytes, big endian; false when the number is not below p.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FieldElement value)
    {
        value = new FieldElement(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt64BigEndian(bytes));
        return !(value._l3 == ulong.MaxValue && value._l2 == ulong.MaxValue && value._l1 == ulong.MaxValue && value._l0 >= Lowest);
    }

    /// <summary>To 32 bytes, big endian.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _l0);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _l1);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _l2);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _l3);
    }

    public static FieldElement operator +(in FieldElement a, in FieldElement b)
    {
        var carry = 0UL;
        var r0 = Add(a._l0, b._l0, ref carry);
        var r1 = Add(a._l1, b._l1, ref carry);
        var r2 = Add(a._l2, b._l2, ref carry);
        var r3 = Add(a._l3, b._l3, ref carry);
        return Reduce(r0, r1, r2, r3, carry);
    }

    public static FieldElement operator -(in FieldElement a, in FieldElement b)
    {
        var borrow = 0UL;
        var r0 = Subtract(a._l0, b._l0, ref borrow);
        var r1 = Subtract(a._l1, b._l1, ref borrow);
        var r2 = Subtract(a._l2, b._l2, ref borrow);
        var r3 = Subtract(a._l3, b._l3, ref borrow);
        if (borrow == 0)
        {
            return new FieldElement(r0, r1, r2, r3);
        }

        // Below zero: what is there is a - b + 2^256; p less than that is Fold less.
        borrow = 0;
        r0 = Subtract(r0, Fold, ref borrow);
        r1 = Subtract(r1, 0, ref borrow);
        r2 = Subtract(r2, 0, ref borrow);
        r3 = Subtract(r3, 0, ref borrow);
        return new FieldElement(r0, r1, r2, r3);
    }

    public static FieldElement operator -(in FieldElement a) => Zero - a;

    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        var c = Math.BigMul(a._l0, b._l0, out var r0);
        c = MultiplyAdd(a._l0, b._l1, c, out var r1);
        c = MultiplyAdd(a._l0, b._l2, c, out var r2);
        var r4 = MultiplyAdd(a._l0, b._l3, c, out var r3);

        c = MultiplyAdd(a._l1, b._l0, r1, out r1);
        c = MultiplyAdd(a._l1, b._l1, r2, c, out r2);
        c = MultiplyAdd(a._l1, b._l2, r3, c, out r3);
        var r5 = MultiplyAdd(a._l1, b._l3, r4, c, out r4);

        c = MultiplyAdd(a._l2, b._l0, r2, out r2);
        c = MultiplyAdd(a._l2, b._l1, r3, c, out r3);
        c = MultiplyAdd(a._l2, b._l2, r4, c, out r4);
        var r6 = MultiplyAdd(a._l2, b._l3, r5, c, out r5);

        c = MultiplyAdd(a._l3, b._l0, r3, out r3);
        c = MultiplyAdd(a._l3, b._l1, r4, c, out r4);
        c = MultiplyAdd(a._l3, b._l2, r5, c, out r5);
        var r7 = MultiplyAdd(a._l3, b._l3, r6, c, out r6);
        return Reduce(r0, r1, r2, r3, r4, r5, r6, r7);
    }

    /// <summary>The same as multiplied by itself, with ten products instead of sixteen.</summary>
    public FieldElement Square()
    {
        // Products of different limbs, counted once …
        var c = Math.BigMul(_l0, _l1, out var r1);
        c = MultiplyAdd(_l0, _l2, c, out var r2);
        var r4 = MultiplyAdd(_l0, _l3, c, out var r3);
        c = MultiplyAdd(_l1, _l2, r3, out r3);
        var r5 = MultiplyAdd(_l1, _l3, r4, c, out r4);
        var r6 = MultiplyAdd(_l2, _l3, r5, out r5);

        // … doubled …
        var r7 = r6 >> 63;
        r6 = (r6 << 1) | (r5 >> 63);
        r5 = (r5 << 1) | (r4 >> 63);
        r4 = (r4 << 1) | (r3 >> 63);
        r3 = (r3 << 1) | (r2 >> 63);
        r2 = (r2 << 1) | (r1 >> 63);
        r1 <<= 1;

        // … and the squares.
        var carry = 0UL;
        var high = Math.BigMul(_l0, _l0, out var r0);
        r1 = Add(r1, high, ref carry);
        high = Math.BigMul(_l1, _l1, out var low);
        r2 = Add(r2, low, ref carry);
        r3 = Add(r3, high, ref carry);
        high = Math.BigMul(_l2, _l2, out low);
        r4 = Add(r4, low, ref carry);
        r5 = Add(r5, high, ref carry);
        high = Math.BigMul(_l3, _l3, out low);
        r6 = Add(r6, low, ref carry);
        r7 = Add(r7, high, ref carry);
        return Reduce(r0, r1, r2, r3, r4, r5, r6, r7);
    }

    /// <summary>Squared <paramref name="times"/> times.</summary>
    public FieldElement Square(int times)
    {
        var value = this;
        for (var i = 0; i < times; i++)
        {
            value = value.Square();
        }

        return value;
    }

    /// <summary>A square root, which is a^((p+1)/4) as p is 3 modulo 4; false when there is none.</summary>
    public bool TrySquareRoot(out FieldElement root)
    {
        // (p+1)/4 in binary: 223 ones, a zero, 22 ones, 4 zeros, 2 ones, 2 zeros.
        var x1 = this;
        var x2 = x1.Square(1) * x1;
        var x3 = x2.Square(1) * x1;
        var x6 = x3.Square(3) * x3;
        var x9 = x6.Square(3) * x3;
        var x11 = x9.Square(2) * x2;
        var x22 = x11.Square(11) * x11;
        var x44 = x22.Square(22) * x22;
        var x88 = x44.Square(44) * x44;
        var x176 = x88.Square(88) * x88;
        var x220 = x176.Square(44) * x44;
        var x223 = x220.Square(3) * x3;
        root = ((x223.Square(23) * x22).Square(6) * x2).Square(2);
        return root.Square().Equals(this);
    }

    public bool Equals(FieldElement other) => _l0 == other._l0 && _l1 == other._l1 && _l2 == other._l2 && _l3 == other._l3;

    public override bool Equals(object? obj) => obj is FieldElement other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_l0, _l1, _l2, _l3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Reduce(ulong r0, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, ulong r6, ulong r7)
    {
        var c = MultiplyAdd(r4, Fold, r0, out r0);
        c = MultiplyAdd(r5, Fold, r1, c, out r1);
        c = MultiplyAdd(r6, Fold, r2, c, out r2);
        c = MultiplyAdd(r7, Fold, r3, c, out r3);

        var high = Math.BigMul(c, Fold, out var low);
        var carry = 0UL;
        r0 = Add(r0, low, ref carry);
        r1 = Add(r1, high, ref carry);
        r2 = Add(r2, 0, ref carry);
        r3 = Add(r3, 0, ref carry);
        return Reduce(r0, r1, r2, r3, carry);
    }

    /// <summary>Reduces a number below 2^256 + p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Reduce(ulong r0, ulong r1, ulong r2, ulong r3, ulong top)
    {
        if (top == 0 && (r3 != ulong.MaxValue || r2 != ulong.MaxValue || r1 != ulong.MaxValue || r0 < Lowest))
        {
            return new FieldElement(r0, r1, r2, r3);
        }

        // p less is Fold more, without the bit above.
        var carry = 0UL;
        r0 = Add(r0, Fold, ref carry);
        r1 = Add(r1, 0, ref carry);
        r2 = Add(r2, 0, ref carry);
        r3 = Add(r3, 0, ref carry);
        return new FieldElement(r0, r1, r2, r3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Add(ulong a, ulong b, ref ulong carry)
    {
        var sum = a + carry;
        var c = sum < a ? 1UL : 0;
        sum += b;
        carry = c + (sum < b ? 1UL : 0);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Subtract(ulong a, ulong b, ref ulong borrow)
    {
        var difference = a - b;
        var c = a < b ? 1UL : 0;
        var rest = difference - borrow;
        borrow = c + (difference < borrow ? 1UL : 0);
        return rest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyAdd(ulong a, ulong b, ulong c, out ulong low)
    {
        var high = Math.BigMul(a, b, out low);
        low += c;
        return high + (low < c ? 1UL : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyAdd(ulong a, ulong b, ulong c, ulong d, out ulong low)
    {
        var high = Math.BigMul(a, b, out low);
        low += c;
        high += low < c ? 1UL : 0;
        low += d;
        return high + (low < d ? 1UL : 0);
    }
}
