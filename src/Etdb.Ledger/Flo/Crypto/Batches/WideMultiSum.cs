using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Etdb.Ledger.Flo.Crypto.Batches;

/// <summary>
/// <see cref="MultiSum"/> in eight lanes: a lane adds up the points of one bucket at a time, the buckets in order of their sizes, so that eight neighbours end together; then a lane
/// weighs the buckets of one window. Every bucket and every running sum starts with a point nobody knows a relation to, so that no sum is ever empty; what those come to is
/// known and taken away at the end. Where a sum meets a point equal to it all the same, the answer is "do it the other way".
/// </summary>
internal static unsafe class WideMultiSum
{
    /// <summary>Numbers must be below 2^this: then the signed digits fit sixteen windows of eight bits.</summary>
    public const int NumberBits = 126;

    /// <summary>Below this many points the buckets would be mostly empty.</summary>
    public const int FewestPoints = 64;

    private const int Bits = 8;
    private const int Windows = 16;
    private const int Groups = Windows / WideNumber.Lanes;
    private const int Half = 1 << (Bits - 1);
    private const int BucketCount = Windows * Half;

    /// <summary>A sum as it lies in the table: limbs of x, y and z of eight windows.</summary>
    private const int SumWords = 3 * WideNumber.LimbCount * WideNumber.Lanes;

    private static readonly CurvePoint[] Starts = FindStarts();

    /// <summary>What the starts alone come to.</summary>
    private static readonly PointSum OfStarts = Sum([], []);

    public static bool IsSupported => WideNumber.IsSupported;

    /// <summary>The sum; false when a sum met a point equal or opposite to it and nothing can be said.</summary>
    public static bool TryCompute(ReadOnlySpan<CurvePoint> points, ReadOnlySpan<UInt128> numbers, out PointSum sum)
    {
        sum = Sum(points, numbers);
        if (sum.IsInfinity)
        {
            return false;
        }

        sum.Add(OfStarts.Negate());
        return true;
    }

    /// <summary>Eight points at once from their x; true when each x has one. <paramref name="odd"/> says which y.</summary>
    public static bool TryLift(ReadOnlySpan<FieldElement> x, ReadOnlySpan<bool> odd, Span<CurvePoint> points)
    {
        Span<FieldElement> eight = stackalloc FieldElement[WideNumber.Lanes];
        Span<FieldElement> y = stackalloc FieldElement[WideNumber.Lanes];
        Span<FieldElement> square = stackalloc FieldElement[WideNumber.Lanes];
        Span<FieldElement> wanted = stackalloc FieldElement[WideNumber.Lanes];
        var seven = WideNumber.Same(new FieldElement(7, 0, 0, 0));
        for (var from = 0; from < x.Length; from += WideNumber.Lanes)
        {
            var count = Math.Min(WideNumber.Lanes, x.Length - from);
            eight.Fill(x[from]);
            x.Slice(from, count).CopyTo(eight);
            var wide = Load(eight);
            var right = ((wide.Square() * wide) + seven).Carry();
            var root = right.SquareRoot();
            root.CopyTo(y);
            root.Square().CopyTo(square);
            right.CopyTo(wanted);
            for (var i = 0; i < count; i++)
            {
                if (!square[i].Equals(wanted[i]))
                {
                    return false;
                }

                points[from + i] = new CurvePoint(eight[i], y[i].IsOdd == odd[from + i] ? y[i] : -y[i]);
            }
        }

        return true;
    }

    private static WideNumber Load(ReadOnlySpan<FieldElement> eight)
    {
        fixed (FieldElement* p = eight)
        {
            var v = (ulong*)p;
            return WideNumber.Split(
                Vector512.Create(v[0], v[4], v[8], v[12], v[16], v[20], v[24], v[28]), Vector512.Create(v[1], v[5], v[9], v[13], v[17], v[21], v[25], v[29]),
                Vector512.Create(v[2], v[6], v[10], v[14], v[18], v[22], v[26], v[30]), Vector512.Create(v[3], v[7], v[11], v[15], v[19], v[23], v[27], v[31]));
        }
    }

    // Three points whose x are the first that have one: nobody knows what they are multiples of.
    private static CurvePoint[] FindStarts()
    {
        var found = new List<CurvePoint>();
        for (var x = 1UL; found.Count < 3; x++)
        {
            if (CurvePoint.TryLift(new FieldElement(x, 0, 0, 0), odd: false, out var point))
            {
                found.Add(point);
            }
        }

        return [.. found];
    }

    /// <summary>The sum with the starts in it; infinity stands for "nothing can be said".</summary>
    private static PointSum Sum(ReadOnlySpan<CurvePoint> points, ReadOnlySpan<UInt128> numbers)
    {
        // What lies where: entries of bucket b are from starts[b] on; an entry is a point's number, doubled, and one more when it is to be taken away.
        var starts = new int[BucketCount + 1];
        var digits = Digits(numbers, starts);
        var entries = Distribute(digits, starts, points.Length);
        var table = (ulong*)NativeMemory.AlignedAlloc(Groups * Half * SumWords * sizeof(ulong), 64);
        try
        {
            Fill(table, points, starts, entries);
            return Weigh(table);
        }
        finally
        {
            NativeMemory.AlignedFree(table);
        }
    }

    /// <summary>Signed digits, window by window, from -128 to 127; counts how many there are for each bucket, one place further up.</summary>
    private static sbyte[] Digits(ReadOnlySpan<UInt128> numbers, int[] counts)
    {
        var digits = new sbyte[numbers.Length * Windows];
        for (var i = 0; i < numbers.Length; i++)
        {
            var rest = numbers[i];
            var carry = 0;
            for (var window = 0; window < Windows; window++)
            {
                var digit = (byte)rest + carry;
                carry = digit >= Half ? 1 : 0;
                digit -= carry << Bits;
                digits[(i * Windows) + window] = (sbyte)digit;
                if (digit != 0)
                {
                    counts[(window * Half) + Math.Abs(digit)]++;
                }

                rest >>= Bits;
            }
        }

        for (var i = 1; i < counts.Length; i++)
        {
            counts[i] += counts[i - 1];
        }

        return digits;
    }

    private static int[] Distribute(sbyte[] digits, int[] starts, int points)
    {
        var next = starts.AsSpan(0, BucketCount).ToArray();
        var entries = new int[starts[BucketCount]];
        for (var i = 0; i < points; i++)
        {
            for (var window = 0; window < Windows; window++)
            {
                int digit = digits[(i * Windows) + window];
                if (digit != 0)
                {
                    entries[next[(window * Half) + Math.Abs(digit) - 1]++] = (i * 2) + (digit < 0 ? 1 : 0);
                }
            }
        }

        return entries;
    }

    /// <summary>Buckets by the number of their entries, most first.</summary>
    private static int[] BySize(int[] starts)
    {
        var sizes = new int[BucketCount];
        var order = new int[BucketCount];
        for (var i = 0; i < BucketCount; i++)
        {
            (sizes[i], order[i]) = (starts[i] - starts[i + 1], i);
        }

        Array.Sort(sizes, order);
        return order;
    }

    private static void Fill(ulong* table, ReadOnlySpan<CurvePoint> points, int[] starts, int[] entries)
    {
        var order = BySize(starts);
        var lanes = stackalloc int[WideNumber.Lanes];
        var masks = stackalloc ulong[2 * WideNumber.Lanes];
        fixed (CurvePoint* all = points)
        {
            for (var from = 0; from < BucketCount; from += WideNumber.Lanes)
            {
                var sum = WideSum.Same(Starts[0]);
                var longest = starts[order[from] + 1] - starts[order[from]];
                for (var step = 0; step < longest; step++)
                {
                    for (var lane = 0; lane < WideNumber.Lanes; lane++)
                    {
                        var bucket = order[from + lane];
                        var at = starts[bucket] + step;
                        var isThere = at < starts[bucket + 1];
                        var entry = isThere ? entries[at] : 0;
                        lanes[lane] = entry >> 1;
                        masks[lane] = isThere ? ulong.MaxValue : 0;
                        masks[WideNumber.Lanes + lane] = (entry & 1) == 1 ? ulong.MaxValue : 0;
                    }

                    Load((ulong*)all, lanes, out var x, out var y);
                    y = WideNumber.Choose(Vector512.Load(masks + WideNumber.Lanes), default(WideNumber) - y, y);
                    sum.Add(x, y, Vector512.Load(masks));
                }

                Store(ref sum, table, order.AsSpan(from, WideNumber.Lanes));
            }
        }
    }

    /// <summary>Eight points, a row of eight words each, as columns.</summary>
    private static void Load(ulong* points, int* numbers, out WideNumber x, out WideNumber y)
    {
        var r0 = Vector512.Load(points + (numbers[0] * 8));
        var r1 = Vector512.Load(points + (numbers[1] * 8));
        var r2 = Vector512.Load(points + (numbers[2] * 8));
        var r3 = Vector512.Load(points + (numbers[3] * 8));
        var r4 = Vector512.Load(points + (numbers[4] * 8));
        var r5 = Vector512.Load(points + (numbers[5] * 8));
        var r6 = Vector512.Load(points + (numbers[6] * 8));
        var r7 = Vector512.Load(points + (numbers[7] * 8));
        Columns(Avx512F.UnpackLow(r0, r1), Avx512F.UnpackLow(r2, r3), Avx512F.UnpackLow(r4, r5), Avx512F.UnpackLow(r6, r7), out var c0, out var c2, out var c4, out var c6);
        Columns(Avx512F.UnpackHigh(r0, r1), Avx512F.UnpackHigh(r2, r3), Avx512F.UnpackHigh(r4, r5), Avx512F.UnpackHigh(r6, r7), out var c1, out var c3, out var c5, out var c7);
        x = WideNumber.Split(c0, c1, c2, c3);
        y = WideNumber.Split(c4, c5, c6, c7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns(
        Vector512<ulong> r01, Vector512<ulong> r23, Vector512<ulong> r45, Vector512<ulong> r67,
        out Vector512<ulong> first, out Vector512<ulong> second, out Vector512<ulong> third, out Vector512<ulong> fourth)
    {
        var even = Avx512F.Shuffle4x128(r01, r23, 0x88);
        var odd = Avx512F.Shuffle4x128(r01, r23, 0xdd);
        var evenHigh = Avx512F.Shuffle4x128(r45, r67, 0x88);
        var oddHigh = Avx512F.Shuffle4x128(r45, r67, 0xdd);
        first = Avx512F.Shuffle4x128(even, evenHigh, 0x88);
        second = Avx512F.Shuffle4x128(odd, oddHigh, 0x88);
        third = Avx512F.Shuffle4x128(even, evenHigh, 0xdd);
        fourth = Avx512F.Shuffle4x128(odd, oddHigh, 0xdd);
    }

    /// <summary>Puts the sum of each lane where the lane of its window will look for it.</summary>
    private static void Store(ref WideSum sum, ulong* table, ReadOnlySpan<int> buckets)
    {
        for (var lane = 0; lane < WideNumber.Lanes; lane++)
        {
            var (window, digit) = Math.DivRem(buckets[lane], Half);
            var place = table + ((((window / WideNumber.Lanes) * Half) + digit) * SumWords) + (window % WideNumber.Lanes);
            for (var limb = 0; limb < WideNumber.LimbCount; limb++, place += WideNumber.Lanes)
            {
                place[0] = WideNumber.Limb(ref sum.X, limb, lane);
                place[WideNumber.LimbCount * WideNumber.Lanes] = WideNumber.Limb(ref sum.Y, limb, lane);
                place[2 * WideNumber.LimbCount * WideNumber.Lanes] = WideNumber.Limb(ref sum.Z, limb, lane);
            }
        }
    }

    /// <summary>1·b0 + 2·b1 + 3·b2 + … in each window, and the windows by their weight.</summary>
    private static PointSum Weigh(ulong* table)
    {
        Span<PointSum> windows = stackalloc PointSum[Windows];
        for (var group = 0; group < Groups; group++)
        {
            var running = WideSum.Same(Starts[1]);
            var total = WideSum.Same(Starts[2]);
            for (var digit = Half - 1; digit >= 0; digit--)
            {
                running.Add(*(WideSum*)(table + (((group * Half) + digit) * SumWords)));
                total.Add(running);
            }

            PointSum.FromWide(total, windows.Slice(group * WideNumber.Lanes, WideNumber.Lanes));
        }

        var sum = default(PointSum);
        for (var window = Windows - 1; window >= 0; window--)
        {
            if (windows[window].IsInfinity)
            {
                return default;
            }

            for (var i = 0; i < Bits && !sum.IsInfinity; i++)
            {
                sum.Double();
            }

            sum.Add(windows[window]);
        }

        return sum;
    }
}
