namespace Etdb.Ledger.Flo.Crypto.Batches;

/// <summary>
/// Sums many points times 128-bit numbers by Pippenger's method: the numbers are cut into signed digits, points with the same digit are added first, and what a digit
/// weighs is worked out once for all of them. About 24 additions a point instead of 190.
/// </summary>
internal static class MultiSum
{
    private const int NumberBits = 128;

    /// <summary>The sum, in lanes where the processor can and the numbers allow it.</summary>
    public static PointSum Compute(ReadOnlySpan<CurvePoint> points, ReadOnlySpan<UInt128> numbers)
    {
        var isWide = WideMultiSum.IsSupported && points.Length >= WideMultiSum.FewestPoints && !numbers.ContainsAnyExceptInRange(UInt128.Zero, (UInt128.One << WideMultiSum.NumberBits) - 1);
        return isWide && WideMultiSum.TryCompute(points, numbers, out var sum) ? sum : ComputeNarrow(points, numbers);
    }

    /// <summary>The same with nothing but ordinary arithmetic.</summary>
    internal static PointSum ComputeNarrow(ReadOnlySpan<CurvePoint> points, ReadOnlySpan<UInt128> numbers)
    {
        var bits = points.Length switch { < 16 => 4, < 64 => 5, < 256 => 6, < 1200 => 7, _ => 8 };
        var windows = (NumberBits / bits) + 1;
        var digits = Digits(numbers, bits, windows);
        var buckets = new PointSum[1 << (bits - 1)];
        var sum = default(PointSum);
        for (var window = windows - 1; window >= 0; window--)
        {
            for (var i = 0; i < bits && !sum.IsInfinity; i++)
            {
                sum.Double();
            }

            Array.Clear(buckets);
            var row = digits.AsSpan(window * points.Length, points.Length);
            for (var i = 0; i < row.Length; i++)
            {
                if (row[i] > 0)
                {
                    buckets[row[i] - 1].Add(points[i]);
                }
                else if (row[i] < 0)
                {
                    buckets[-row[i] - 1].Add(points[i].Negate());
                }
            }

            sum.Add(Weigh(buckets));
        }

        return sum;
    }

    /// <summary>1·b0 + 2·b1 + 3·b2 + …: every bucket is in the running sum as often as it counts.</summary>
    private static PointSum Weigh(ReadOnlySpan<PointSum> buckets)
    {
        var running = default(PointSum);
        var total = default(PointSum);
        for (var i = buckets.Length - 1; i >= 0; i--)
        {
            running.Add(buckets[i]);
            total.Add(running);
        }

        return total;
    }

    // Digits from -2^(bits-1) to 2^(bits-1), window by window; a digit above the half takes 2^bits away and carries one.
    private static sbyte[] Digits(ReadOnlySpan<UInt128> numbers, int bits, int windows)
    {
        var digits = new sbyte[numbers.Length * windows];
        var (half, full) = (1 << (bits - 1), 1 << bits);
        for (var i = 0; i < numbers.Length; i++)
        {
            var rest = numbers[i];
            var carry = 0;
            for (var window = 0; window < windows; window++)
            {
                var digit = (int)(rest & (UInt128)(full - 1)) + carry;
                carry = digit >= half ? 1 : 0;
                digits[(window * numbers.Length) + i] = (sbyte)(digit - (carry * full));
                rest >>= bits;
            }
        }

        return digits;
    }
}
