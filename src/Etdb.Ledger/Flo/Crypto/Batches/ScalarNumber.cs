using System.Buffers.Binary;
using System.Numerics;

namespace Etdb.Ledger.Flo.Crypto.Batches;

/// <summary>A number modulo n, the order of secp256k1, fully reduced; the lowest limb first. For checking signatures only: no secret may pass through here.</summary>
internal readonly struct ScalarNumber : IEquatable<ScalarNumber>
{
    private const int Limbs = 4;

    private readonly ulong _l0, _l1, _l2, _l3;

    private ScalarNumber(ReadOnlySpan<ulong> limbs) => (_l0, _l1, _l2, _l3) = (limbs[0], limbs[1], limbs[2], limbs[3]);

    /// <summary>A number below 2^128, which is below n.</summary>
    public ScalarNumber(UInt128 value) => (_l0, _l1) = ((ulong)value, (ulong)(value >> 64));

    public static ScalarNumber One => new(UInt128.One);

    public bool IsZero => (_l0 | _l1 | _l2 | _l3) == 0;

    private static ReadOnlySpan<ulong> Order => [0xBFD25E8CD0364141, 0xBAAEDCE6AF48A03B, 0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF];

    /// <summary>2^256 - n.</summary>
    private static ReadOnlySpan<ulong> Fold => [0x402DA1732FC9BEBF, 0x4551231950B75FC4, 1];

    /// <summary>From 32 bytes, big endian, reduced; false when it had to be.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ScalarNumber value)
    {
        Span<ulong> limbs = stackalloc ulong[Limbs];
        for (var i = 0; i < Limbs; i++)
        {
            limbs[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes[((Limbs - 1 - i) * sizeof(ulong))..]);
        }

        var isBelow = !SubtractOrder(limbs);
        value = new ScalarNumber(limbs);
        return isBelow;
    }

    /// <summary>To 32 bytes, big endian.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], _l0);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], _l1);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _l2);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _l3);
    }

    public static ScalarNumber operator +(in ScalarNumber a, in ScalarNumber b)
    {
        Span<ulong> sum = stackalloc ulong[2 * Limbs];
        sum.Clear();
        a.CopyTo(sum);
        Span<ulong> other = stackalloc ulong[Limbs];
        b.CopyTo(other);
        AddAt(sum, other, 0);
        return Reduce(sum);
    }

    public static ScalarNumber operator *(in ScalarNumber a, in ScalarNumber b)
    {
        Span<ulong> left = stackalloc ulong[Limbs];
        Span<ulong> right = stackalloc ulong[Limbs];
        Span<ulong> product = stackalloc ulong[2 * Limbs];
        a.CopyTo(left);
        b.CopyTo(right);
        product.Clear();
        MultiplyInto(product, left, right);
        return Reduce(product);
    }

    /// <summary>The number that gives 1 with this one; 0 for 0.</summary>
    public ScalarNumber Invert()
    {
        Span<byte> bytes = stackalloc byte[FieldElement.Size];
        WriteOrder(bytes);
        var order = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        Write(bytes);
        var inverse = BigInteger.ModPow(new BigInteger(bytes, isUnsigned: true, isBigEndian: true), order - 2, order);
        bytes.Clear();
        var written = inverse.GetByteCount(isUnsigned: true);
        _ = inverse.TryWriteBytes(bytes[(FieldElement.Size - written)..], out _, isUnsigned: true, isBigEndian: true);
        _ = TryRead(bytes, out var result);
        return result;
    }

    /// <summary>Inverts all with one inversion (Montgomery's trick); none may be 0.</summary>
    public static void InvertAll(Span<ScalarNumber> values)
    {
        var products = new ScalarNumber[values.Length];
        var product = One;
        for (var i = 0; i < values.Length; i++)
        {
            products[i] = product;
            product *= values[i];
        }

        product = product.Invert();
        for (var i = values.Length - 1; i >= 0; i--)
        {
            var value = values[i];
            values[i] = product * products[i];
            product *= value;
        }
    }

    public bool Equals(ScalarNumber other) => _l0 == other._l0 && _l1 == other._l1 && _l2 == other._l2 && _l3 == other._l3;

    public override bool Equals(object? obj) => obj is ScalarNumber other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_l0, _l1, _l2, _l3);

    private static void WriteOrder(Span<byte> bytes)
    {
        for (var i = 0; i < Limbs; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes[((Limbs - 1 - i) * sizeof(ulong))..], Order[i]);
        }
    }

    private void CopyTo(Span<ulong> limbs) => (limbs[0], limbs[1], limbs[2], limbs[3]) = (_l0, _l1, _l2, _l3);

    /// <summary>Folds what is above 2^256 until nothing is; each turn takes about 127 bits away.</summary>
    private static ScalarNumber Reduce(Span<ulong> number)
    {
        Span<ulong> high = stackalloc ulong[Limbs];
        while ((number[4] | number[5] | number[6] | number[7]) != 0)
        {
            number[Limbs..].CopyTo(high);
            number[Limbs..].Clear();
            MultiplyInto(number, high, Fold);
        }

        _ = SubtractOrder(number[..Limbs]);
        return new ScalarNumber(number[..Limbs]);
    }

    /// <summary>Adds a product to a number that is long enough for it.</summary>
    private static void MultiplyInto(Span<ulong> sum, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        for (var i = 0; i < a.Length; i++)
        {
            if (a[i] == 0)
            {
                continue;
            }

            var carry = UInt128.Zero;
            for (var j = 0; j < b.Length; j++)
            {
                carry += ((UInt128)a[i] * b[j]) + sum[i + j];
                sum[i + j] = (ulong)carry;
                carry >>= 64;
            }

            AddAt(sum, [(ulong)carry], i + b.Length);
        }
    }

    private static void AddAt(Span<ulong> sum, ReadOnlySpan<ulong> addend, int place)
    {
        var carry = UInt128.Zero;
        for (var i = 0; place + i < sum.Length && (i < addend.Length || carry != 0); i++)
        {
            carry += (UInt128)sum[place + i] + (i < addend.Length ? addend[i] : 0);
            sum[place + i] = (ulong)carry;
            carry >>= 64;
        }
    }

    /// <summary>Subtracts n once when the number is not below it.</summary>
    private static bool SubtractOrder(Span<ulong> limbs)
    {
        Span<ulong> difference = stackalloc ulong[Limbs];
        var borrow = UInt128.Zero;
        for (var i = 0; i < Limbs; i++)
        {
            var rest = (UInt128)limbs[i] - Order[i] - borrow;
            difference[i] = (ulong)rest;
            borrow = (rest >> 64) != 0 ? 1u : 0u;
        }

        if (borrow != 0)
        {
            return false;
        }

        difference.CopyTo(limbs);
        return true;
    }
}
