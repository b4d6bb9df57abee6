using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Etdb.Ledger.Flo.Crypto.Batches;

/// <summary>
/// Eight numbers modulo p at once, one in each 64-bit lane of AVX-512 registers. Scalar code spends its time on carries, which have to wait for each other; here a number
/// is ten limbs of 26 bits, so products of limbs have room to be added up and carries are passed on once for a multiplication. Limbs may be larger than 26 bits for a while:
/// a number's size below is that excess. Sums add sizes, a difference has the size of its left side and <see cref="DifferenceSize"/> more, products have size 1 and take
/// factors whose sizes multiply to 100 at most. What is subtracted must have size 3 or less. For checking signatures only, as <see cref="FieldElement"/>.
/// </summary>
[SkipLocalsInit]
[StructLayout(LayoutKind.Sequential)]
[SuppressMessage("Performance", "CA1815", Justification = "Equal numbers may have different limbs; they are compared as FieldElement.")]
internal unsafe struct WideNumber
{
    /// <summary>Numbers held.</summary>
    public const int Lanes = 8;

    /// <summary>Limbs of a number.</summary>
    public const int LimbCount = 10;

    /// <summary>What a subtraction adds to the size.</summary>
    public const int DifferenceSize = 4;

    /// <summary>2^260 is this and 2^36 more than a multiple of p.</summary>
    private const ulong FoldLow = 0x3D10;

    /// <summary>2^256 is this and 2^32 more than p.</summary>
    private const ulong TopFold = 977;

    private const ulong Mask26 = (1UL << 26) - 1;
    private const ulong Mask22 = (1UL << 22) - 1;

    // Four times p, limb by limb, so that no limb goes below zero when a number of size 3 is taken away.
    private const ulong FourLow = 4 * 0x3FFFC2FUL;
    private const ulong FourSecond = 4 * 0x3FFFFBFUL;
    private const ulong FourMiddle = 4 * Mask26;
    private const ulong FourTop = 4 * Mask22;

    private Vector512<ulong> _l0, _l1, _l2, _l3, _l4, _l5, _l6, _l7, _l8, _l9;

    /// <summary>Whether this processor can do it.</summary>
    public static bool IsSupported => Avx512DQ.IsSupported;

    /// <summary>The same number in every lane.</summary>
    public static WideNumber Same(in FieldElement value)
    {
        var limbs = MemoryMarshal.Cast<FieldElement, ulong>(new ReadOnlySpan<FieldElement>(in value));
        return Split(Vector512.Create(limbs[0]), Vector512.Create(limbs[1]), Vector512.Create(limbs[2]), Vector512.Create(limbs[3]));
    }

    /// <summary>Eight numbers, four 64-bit limbs each, lowest first.</summary>
    public static WideNumber Split(Vector512<ulong> v0, Vector512<ulong> v1, Vector512<ulong> v2, Vector512<ulong> v3)
    {
        var mask = Vector512.Create(Mask26);
        WideNumber r;
        r._l0 = v0 & mask;
        r._l1 = (v0 >>> 26) & mask;
        r._l2 = ((v0 >>> 52) | (v1 << 12)) & mask;
        r._l3 = (v1 >>> 14) & mask;
        r._l4 = ((v1 >>> 40) | (v2 << 24)) & mask;
        r._l5 = (v2 >>> 2) & mask;
        r._l6 = (v2 >>> 28) & mask;
        r._l7 = ((v2 >>> 54) | (v3 << 10)) & mask;
        r._l8 = (v3 >>> 16) & mask;
        r._l9 = v3 >>> 42;
        return r;
    }

    /// <summary>The numbers, fully reduced.</summary>
    public readonly void CopyTo(Span<FieldElement> numbers)
    {
        // Twice: the first carry may push the top limb to 2^22, which is folded by the second.
        var n = Carry().Carry();
        var lanes = stackalloc ulong[4 * Lanes];
        (n._l0 | (n._l1 << 26) | (n._l2 << 52)).Store(lanes);
        ((n._l2 >>> 12) | (n._l3 << 14) | (n._l4 << 40)).Store(lanes + Lanes);
        ((n._l4 >>> 24) | (n._l5 << 2) | (n._l6 << 28) | (n._l7 << 54)).Store(lanes + (2 * Lanes));
        ((n._l7 >>> 10) | (n._l8 << 16) | (n._l9 << 42)).Store(lanes + (3 * Lanes));
        for (var lane = 0; lane < Lanes; lane++)
        {
            // Below 2^256, and a sum is reduced.
            numbers[lane] = new FieldElement(lanes[lane], lanes[lane + Lanes], lanes[lane + (2 * Lanes)], lanes[lane + (3 * Lanes)]) + FieldElement.Zero;
        }
    }

    /// <summary>One limb of one lane.</summary>
    public static ref ulong Limb(ref WideNumber number, int limb, int lane) => ref Unsafe.Add(ref Unsafe.As<WideNumber, ulong>(ref number), (limb * Lanes) + lane);

    /// <summary>Lanes of <paramref name="yes"/> where the mask is set, else of <paramref name="no"/>.</summary>
    public static WideNumber Choose(Vector512<ulong> mask, in WideNumber yes, in WideNumber no)
    {
        WideNumber r;
        r._l0 = Vector512.ConditionalSelect(mask, yes._l0, no._l0);
        r._l1 = Vector512.ConditionalSelect(mask, yes._l1, no._l1);
        r._l2 = Vector512.ConditionalSelect(mask, yes._l2, no._l2);
        r._l3 = Vector512.ConditionalSelect(mask, yes._l3, no._l3);
        r._l4 = Vector512.ConditionalSelect(mask, yes._l4, no._l4);
        r._l5 = Vector512.ConditionalSelect(mask, yes._l5, no._l5);
        r._l6 = Vector512.ConditionalSelect(mask, yes._l6, no._l6);
        r._l7 = Vector512.ConditionalSelect(mask, yes._l7, no._l7);
        r._l8 = Vector512.ConditionalSelect(mask, yes._l8, no._l8);
        r._l9 = Vector512.ConditionalSelect(mask, yes._l9, no._l9);
        return r;
    }

    public static WideNumber operator +(in WideNumber a, in WideNumber b)
    {
        WideNumber r;
        r._l0 = a._l0 + b._l0;
        r._l1 = a._l1 + b._l1;
        r._l2 = a._l2 + b._l2;
        r._l3 = a._l3 + b._l3;
        r._l4 = a._l4 + b._l4;
        r._l5 = a._l5 + b._l5;
        r._l6 = a._l6 + b._l6;
        r._l7 = a._l7 + b._l7;
        r._l8 = a._l8 + b._l8;
        r._l9 = a._l9 + b._l9;
        return r;
    }

    public static WideNumber operator -(in WideNumber a, in WideNumber b)
    {
        var middle = Vector512.Create(FourMiddle);
        WideNumber r;
        r._l0 = a._l0 + (Vector512.Create(FourLow) - b._l0);
        r._l1 = a._l1 + (Vector512.Create(FourSecond) - b._l1);
        r._l2 = a._l2 + (middle - b._l2);
        r._l3 = a._l3 + (middle - b._l3);
        r._l4 = a._l4 + (middle - b._l4);
        r._l5 = a._l5 + (middle - b._l5);
        r._l6 = a._l6 + (middle - b._l6);
        r._l7 = a._l7 + (middle - b._l7);
        r._l8 = a._l8 + (middle - b._l8);
        r._l9 = a._l9 + (Vector512.Create(FourTop) - b._l9);
        return r;
    }

    /// <summary>The same number with size 1.</summary>
    public readonly WideNumber Carry()
    {
        var mask = Vector512.Create(Mask26);
        var top = _l9 >>> 22;
        WideNumber r;
        var c = _l0 + Multiply(top, Vector512.Create(TopFold));
        r._l0 = c & mask;
        c = _l1 + (top << 6) + (c >>> 26);
        r._l1 = c & mask;
        c = _l2 + (c >>> 26);
        r._l2 = c & mask;
        c = _l3 + (c >>> 26);
        r._l3 = c & mask;
        c = _l4 + (c >>> 26);
        r._l4 = c & mask;
        c = _l5 + (c >>> 26);
        r._l5 = c & mask;
        c = _l6 + (c >>> 26);
        r._l6 = c & mask;
        c = _l7 + (c >>> 26);
        r._l7 = c & mask;
        c = _l8 + (c >>> 26);
        r._l8 = c & mask;
        r._l9 = (_l9 & Vector512.Create(Mask22)) + (c >>> 26);
        return r;
    }

    // Column k of a product holds what counts 2^(26k). The upper ten columns are brought to 26 bits first and folded into the lower ones: 2^260 is 2^36 + 0x3D10.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static WideNumber operator *(in WideNumber a, in WideNumber b)
    {
        var (a0, a1, a2, a3, a4, a5, a6, a7, a8, a9) = (a._l0, a._l1, a._l2, a._l3, a._l4, a._l5, a._l6, a._l7, a._l8, a._l9);
        var (b0, b1, b2, b3, b4, b5, b6, b7, b8, b9) = (b._l0, b._l1, b._l2, b._l3, b._l4, b._l5, b._l6, b._l7, b._l8, b._l9);
        var h = stackalloc Vector512<ulong>[LimbCount];
        var mask = Vector512.Create(Mask26);
        var fold = Vector512.Create(FoldLow);
        var c = M(a1, b9) + M(a2, b8) + M(a3, b7) + M(a4, b6) + M(a5, b5) + M(a6, b4) + M(a7, b3) + M(a8, b2) + M(a9, b1);
        h[0] = c & mask;
        c = (c >>> 26) + M(a2, b9) + M(a3, b8) + M(a4, b7) + M(a5, b6) + M(a6, b5) + M(a7, b4) + M(a8, b3) + M(a9, b2);
        h[1] = c & mask;
        c = (c >>> 26) + M(a3, b9) + M(a4, b8) + M(a5, b7) + M(a6, b6) + M(a7, b5) + M(a8, b4) + M(a9, b3);
        h[2] = c & mask;
        c = (c >>> 26) + M(a4, b9) + M(a5, b8) + M(a6, b7) + M(a7, b6) + M(a8, b5) + M(a9, b4);
        h[3] = c & mask;
        c = (c >>> 26) + M(a5, b9) + M(a6, b8) + M(a7, b7) + M(a8, b6) + M(a9, b5);
        h[4] = c & mask;
        c = (c >>> 26) + M(a6, b9) + M(a7, b8) + M(a8, b7) + M(a9, b6);
        h[5] = c & mask;
        c = (c >>> 26) + M(a7, b9) + M(a8, b8) + M(a9, b7);
        h[6] = c & mask;
        c = (c >>> 26) + M(a8, b9) + M(a9, b8);
        h[7] = c & mask;
        c = (c >>> 26) + M(a9, b9);
        h[8] = c & mask;
        h[9] = c >>> 26;

        Unsafe.SkipInit(out WideNumber r);
        c = M(a0, b0) + M(h[0], fold);
        r._l0 = c & mask;
        c = (c >>> 26) + M(a0, b1) + M(a1, b0) + M(h[1], fold) + (h[0] << 10);
        r._l1 = c & mask;
        c = (c >>> 26) + M(a0, b2) + M(a1, b1) + M(a2, b0) + M(h[2], fold) + (h[1] << 10);
        r._l2 = c & mask;
        c = (c >>> 26) + M(a0, b3) + M(a1, b2) + M(a2, b1) + M(a3, b0) + M(h[3], fold) + (h[2] << 10);
        r._l3 = c & mask;
        c = (c >>> 26) + M(a0, b4) + M(a1, b3) + M(a2, b2) + M(a3, b1) + M(a4, b0) + M(h[4], fold) + (h[3] << 10);
        r._l4 = c & mask;
        c = (c >>> 26) + M(a0, b5) + M(a1, b4) + M(a2, b3) + M(a3, b2) + M(a4, b1) + M(a5, b0) + M(h[5], fold) + (h[4] << 10);
        r._l5 = c & mask;
        c = (c >>> 26) + M(a0, b6) + M(a1, b5) + M(a2, b4) + M(a3, b3) + M(a4, b2) + M(a5, b1) + M(a6, b0) + M(h[6], fold) + (h[5] << 10);
        r._l6 = c & mask;
        c = (c >>> 26) + M(a0, b7) + M(a1, b6) + M(a2, b5) + M(a3, b4) + M(a4, b3) + M(a5, b2) + M(a6, b1) + M(a7, b0) + M(h[7], fold) + (h[6] << 10);
        r._l7 = c & mask;
        c = (c >>> 26) + M(a0, b8) + M(a1, b7) + M(a2, b6) + M(a3, b5) + M(a4, b4) + M(a5, b3) + M(a6, b2) + M(a7, b1) + M(a8, b0) + M(h[8], fold) + (h[7] << 10);
        r._l8 = c & mask;
        c = (c >>> 26) + M(a0, b9) + M(a1, b8) + M(a2, b7) + M(a3, b6) + M(a4, b5) + M(a5, b4) + M(a6, b3) + M(a7, b2) + M(a8, b1) + M(a9, b0) + M(h[9], fold) + (h[8] << 10);
        Finish(ref r, c, h[9]);
        return r;
    }

    /// <summary>The same as multiplied by itself, with 55 products instead of 100.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly WideNumber Square()
    {
        var (a0, a1, a2, a3, a4, a5, a6, a7, a8, a9) = (_l0, _l1, _l2, _l3, _l4, _l5, _l6, _l7, _l8, _l9);
        var h = stackalloc Vector512<ulong>[LimbCount];
        var mask = Vector512.Create(Mask26);
        var fold = Vector512.Create(FoldLow);
        var c = Twice(M(a1, a9) + M(a2, a8) + M(a3, a7) + M(a4, a6)) + M(a5, a5);
        h[0] = c & mask;
        c = (c >>> 26) + Twice(M(a2, a9) + M(a3, a8) + M(a4, a7) + M(a5, a6));
        h[1] = c & mask;
        c = (c >>> 26) + Twice(M(a3, a9) + M(a4, a8) + M(a5, a7)) + M(a6, a6);
        h[2] = c & mask;
        c = (c >>> 26) + Twice(M(a4, a9) + M(a5, a8) + M(a6, a7));
        h[3] = c & mask;
        c = (c >>> 26) + Twice(M(a5, a9) + M(a6, a8)) + M(a7, a7);
        h[4] = c & mask;
        c = (c >>> 26) + Twice(M(a6, a9) + M(a7, a8));
        h[5] = c & mask;
        c = (c >>> 26) + Twice(M(a7, a9)) + M(a8, a8);
        h[6] = c & mask;
        c = (c >>> 26) + Twice(M(a8, a9));
        h[7] = c & mask;
        c = (c >>> 26) + M(a9, a9);
        h[8] = c & mask;
        h[9] = c >>> 26;

        Unsafe.SkipInit(out WideNumber r);
        c = M(a0, a0) + M(h[0], fold);
        r._l0 = c & mask;
        c = (c >>> 26) + Twice(M(a0, a1)) + M(h[1], fold) + (h[0] << 10);
        r._l1 = c & mask;
        c = (c >>> 26) + Twice(M(a0, a2)) + M(a1, a1) + M(h[2], fold) + (h[1] << 10);
        r._l2 = c & mask;
        c = (c >>> 26) + Twice(M(a0, a3) + M(a1, a2)) + M(h[3], fold) + (h[2] << 10);
        r._l3 = c & mask;
        c = (c >>> 26) + Twice(M(a0, a4) + M(a1, a3)) + M(a2, a2) + M(h[4], fold) + (h[3] << 10);
        r._l4 = c & mask;
        c = (c >>> 26) + Twice(M(a0, a5) + M(a1, a4) + M(a2, a3)) + M(h[5], fold) + (h[4] << 10);
        r._l5 = c & mask;
        c = (c >>> 26) + Twice(M(a0, a6) + M(a1, a5) + M(a2, a4)) + M(a3, a3) + M(h[6], fold) + (h[5] << 10);
        r._l6 = c & mask;
        c = (c >>> 26) + Twice(M(a0, a7) + M(a1, a6) + M(a2, a5) + M(a3, a4)) + M(h[7], fold) + (h[6] << 10);
        r._l7 = c & mask;
        c = (c >>> 26) + Twice(M(a0, a8) + M(a1, a7) + M(a2, a6) + M(a3, a5)) + M(a4, a4) + M(h[8], fold) + (h[7] << 10);
        r._l8 = c & mask;
        c = (c >>> 26) + Twice(M(a0, a9) + M(a1, a8) + M(a2, a7) + M(a3, a6) + M(a4, a5)) + M(h[9], fold) + (h[8] << 10);
        Finish(ref r, c, h[9]);
        return r;
    }

    /// <summary>Squared <paramref name="times"/> times.</summary>
    public readonly WideNumber Square(int times)
    {
        var value = this;
        for (var i = 0; i < times; i++)
        {
            value = value.Square();
        }

        return value;
    }

    /// <summary>a^((p+1)/4): a square root where there is one, as in <see cref="FieldElement.TrySquareRoot"/>; size 1.</summary>
    public readonly WideNumber SquareRoot()
    {
        var x1 = this;
        var x2 = x1.Square() * x1;
        var x3 = x2.Square() * x1;
        var x6 = x3.Square(3) * x3;
        var x9 = x6.Square(3) * x3;
        var x11 = x9.Square(2) * x2;
        var x22 = x11.Square(11) * x11;
        var x44 = x22.Square(22) * x22;
        var x88 = x44.Square(44) * x44;
        var x176 = x88.Square(88) * x88;
        var x220 = x176.Square(44) * x44;
        var x223 = x220.Square(3) * x3;
        return ((x223.Square(23) * x22).Square(6) * x2).Square(2);
    }

    /// <summary>Folds what is above 2^256 of the last column, and of the last folded limb, back to the start.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(ref WideNumber r, Vector512<ulong> last, Vector512<ulong> over)
    {
        var mask = Vector512.Create(Mask26);
        var top = (last >>> 22) + (over << 14);
        r._l9 = last & Vector512.Create(Mask22);
        var c = r._l0 + (top * TopFold);
        r._l0 = c & mask;
        c = r._l1 + (top << 6) + (c >>> 26);
        r._l1 = c & mask;
        r._l2 += c >>> 26;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Twice(Vector512<ulong> value) => value + value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> M(Vector512<ulong> a, Vector512<ulong> b) => Multiply(a, b);

    /// <summary>Products of the lower 32 bits of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Multiply(Vector512<ulong> a, Vector512<ulong> b) => Avx512F.Multiply(a.AsUInt32(), b.AsUInt32());
}
