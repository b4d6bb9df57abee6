using System.Security.Cryptography;
using Etdb.Ledger.Flo.Crypto.Batches;

namespace Etdb.Ledger.Tests.Flo.Batches;

/// <summary>The eight lanes of AVX-512 against the same arithmetic one number at a time. Without such a processor there is nothing to compare, and nothing that uses lanes.</summary>
public sealed class WideTests
{
    private static FieldElement Field(ReadOnlySpan<byte> bytes) => FieldElement.TryRead(bytes, out var read) ? read : FieldElement.Zero;

    private static List<FieldElement> Samples()
    {
        var random = new Random(3);
        List<FieldElement> samples =
        [
            FieldElement.Zero, FieldElement.One, -FieldElement.One, new(ulong.MaxValue, 0, 0, 0), new(0, ulong.MaxValue, 0, 0), new(0, 0, 0, ulong.MaxValue),
            new(0x1_0000_03D0, 0, 0, 0), -new FieldElement(0x1_0000_03D1, 0, 0, 0), new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue >> 1), new(0, 0, 0, 1UL << 63),
        ];
        var bytes = new byte[32];
        while (samples.Count < 64)
        {
            random.NextBytes(bytes);
            if (samples.Count % 3 == 0)
            {
                bytes.AsSpan(random.Next(24), 8).Fill(0xff);
            }

            samples.Add(Field(bytes));
        }

        return samples;
    }

    private static WideNumber Wide(ReadOnlySpan<FieldElement> eight)
    {
        var number = WideNumber.Same(eight[0]);
        for (var lane = 1; lane < WideNumber.Lanes; lane++)
        {
            var one = WideNumber.Same(eight[lane]);
            for (var limb = 0; limb < WideNumber.LimbCount; limb++)
            {
                WideNumber.Limb(ref number, limb, lane) = WideNumber.Limb(ref one, limb, lane);
            }
        }

        return number;
    }

    private static FieldElement[] Narrow(in WideNumber number)
    {
        var eight = new FieldElement[WideNumber.Lanes];
        number.CopyTo(eight);
        return eight;
    }

    private static CurvePoint[] Points(int count)
    {
        var points = new List<CurvePoint>();
        for (var i = 0; points.Count < count; i++)
        {
            if (CurvePoint.TryLift(Field(SHA256.HashData(BitConverter.GetBytes(i))), (i & 1) == 1, out var point))
            {
                points.Add(point);
            }
        }

        return [.. points];
    }

    private static UInt128[] Numbers(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ =>
        new UInt128((ulong)random.NextInt64() >> 1, (ulong)random.NextInt64()) >> random.Next(4))];

    [Fact]
    public void Lanes_compute_what_single_numbers_do()
    {
        Assert.SkipUnless(WideNumber.IsSupported, "no AVX-512 here");
        var samples = Samples();
        for (var i = 0; i < samples.Count; i += WideNumber.Lanes)
        {
            var a = samples.Slice(i, WideNumber.Lanes);
            for (var j = 0; j < samples.Count; j++)
            {
                FieldElement[] b = [.. Enumerable.Range(0, WideNumber.Lanes).Select(k => samples[(j + (k * 7)) % samples.Count])];
                var (wideA, wideB) = (Wide([.. a]), Wide(b));
                Assert.Equal(a.Zip(b, (x, y) => x * y), Narrow(wideA * wideB));
                Assert.Equal(a.Zip(b, (x, y) => x + y), Narrow(wideA + wideB));
                Assert.Equal(a.Zip(b, (x, y) => x - y), Narrow(wideA - wideB));
                Assert.Equal(a.Select(x => x.Square()), Narrow(wideA.Square()));

                // The largest sizes the formulas of points come to: 5 times 5, and 17 more than a square.
                var large = wideA - wideB - wideA;
                Assert.Equal(b.Select(y => y.Square()), Narrow(large.Square()));
                Assert.Equal(a.Zip(b, (x, y) => -(y * (x - y))), Narrow(large * (wideA - wideB)));
                Assert.Equal(a.Zip(b, (x, y) => x.Square() - (x * y) - (y + y)), Narrow((wideA.Square() - (wideA * wideB) - (wideB + wideB)).Carry()));
            }
        }
    }

    [Fact]
    public void Points_are_lifted_and_missing_ones_told()
    {
        Assert.SkipUnless(WideNumber.IsSupported, "no AVX-512 here");
        foreach (var count in new[] { 1, 2, 7, 8, 9, 100 })
        {
            var points = Points(count);
            FieldElement[] x = [.. points.Select(p => p.X)];
            bool[] odd = [.. points.Select(p => p.Y.IsOdd)];
            var lifted = new CurvePoint[count];
            Assert.True(WideMultiSum.TryLift(x, odd, lifted));
            Assert.Equal(points, lifted);

            // 5 is the x of no point.
            x[^1] = new FieldElement(5, 0, 0, 0);
            Assert.False(CurvePoint.TryLift(x[^1], true, out _));
            Assert.False(WideMultiSum.TryLift(x, odd, lifted));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(500)]
    [InlineData(2000)]
    public void Sums_are_those_of_the_narrow_way(int count)
    {
        Assert.SkipUnless(WideNumber.IsSupported, "no AVX-512 here");
        var points = Points(count);
        var numbers = Numbers(count, new Random(count));
        if (count > 1)
        {
            (numbers[0], numbers[1]) = (0, (UInt128.One << WideMultiSum.NumberBits) - 1);
        }

        Check(points, numbers, isWide: true);
    }

    [Fact]
    public void Equal_points_are_added_and_what_the_lanes_cannot_add_is_left_to_the_narrow_way()
    {
        Assert.SkipUnless(WideNumber.IsSupported, "no AVX-512 here");
        var points = Points(100);
        var numbers = Numbers(points.Length, new Random(1));
        (points[99], numbers[99]) = (points[0], numbers[0]);
        Check(points, numbers, isWide: true);

        // The point every bucket starts with.
        Assert.True(CurvePoint.TryLift(FieldElement.One, odd: false, out points[0]));
        Check(points, numbers, isWide: false);
    }

    private static void Check(CurvePoint[] points, UInt128[] numbers, bool isWide)
    {
        Assert.Equal(isWide, WideMultiSum.TryCompute(points, numbers, out _));
        var difference = MultiSum.ComputeNarrow(points, numbers).Negate();
        difference.Add(MultiSum.Compute(points, numbers));
        Assert.True(difference.IsInfinity);
    }
}
