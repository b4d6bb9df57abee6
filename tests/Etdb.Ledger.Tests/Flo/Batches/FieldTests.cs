using System.Numerics;
using Etdb.Ledger.Flo.Crypto.Batches;

namespace Etdb.Ledger.Tests.Flo.Batches;

/// <summary>The arithmetic behind batches against .NET's big integers, at the edges and at random.</summary>
public sealed class FieldTests
{
    private static readonly BigInteger P = (BigInteger.One << 256) - (BigInteger.One << 32) - 977;

    private static readonly BigInteger N = BigInteger.Parse("115792089237316195423570985008687907852837564279074904382605163141518161494337", System.Globalization.CultureInfo.InvariantCulture);

    private static List<BigInteger> Samples(BigInteger modulus)
    {
        var random = new Random(20);
        var samples = new List<BigInteger>();
        foreach (var edge in new[] { BigInteger.Zero, BigInteger.One << 32, BigInteger.One << 64, BigInteger.One << 128, BigInteger.One << 192, modulus / 2, modulus })
        {
            samples.AddRange(Enumerable.Range(-2, 5).Select(d => (edge + d + modulus) % modulus));
        }

        for (var i = 0; i < 100; i++)
        {
            var bytes = new byte[32];
            random.NextBytes(bytes);
            if (i % 3 == 0)
            {
                bytes.AsSpan(random.Next(24), 8).Fill(0xff);
            }

            samples.Add(new BigInteger(bytes, isUnsigned: true) % modulus);
        }

        return samples;
    }

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[32];
        Assert.True(value.TryWriteBytes(bytes.AsSpan(32 - value.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true));
        return bytes;
    }

    private static FieldElement Field(BigInteger value) => FieldElement.TryRead(Bytes(value), out var read) ? read : throw new InvalidOperationException("not below p");

    private static BigInteger Number(FieldElement value)
    {
        var bytes = new byte[32];
        value.Write(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    private static ScalarNumber Scalar(BigInteger value) => ScalarNumber.TryRead(Bytes(value), out var read) ? read : throw new InvalidOperationException("not below n");

    private static BigInteger Number(ScalarNumber value)
    {
        var bytes = new byte[32];
        value.Write(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    [Fact]
    public void The_field_adds_subtracts_multiplies_and_squares()
    {
        var samples = Samples(P);
        foreach (var a in samples)
        {
            Assert.Equal(a * a % P, Number(Field(a).Square()));
            Assert.Equal((P - a) % P, Number(-Field(a)));
            foreach (var b in samples)
            {
                Assert.Equal((a + b) % P, Number(Field(a) + Field(b)));
                Assert.Equal((a - b + P) % P, Number(Field(a) - Field(b)));
                Assert.Equal(a * b % P, Number(Field(a) * Field(b)));
            }
        }
    }

    [Fact]
    public void Square_roots_are_found_where_there_are_some()
    {
        foreach (var a in Samples(P))
        {
            var exists = a.IsZero || BigInteger.ModPow(a, (P - 1) / 2, P).IsOne;
            Assert.Equal(exists, Field(a).TrySquareRoot(out var root));
            Assert.True(!exists || Number(root) * Number(root) % P == a);
        }
    }

    [Fact]
    public void Scalars_add_multiply_and_invert()
    {
        var samples = Samples(N);
        foreach (var a in samples)
        {
            foreach (var b in samples)
            {
                Assert.Equal((a + b) % N, Number(Scalar(a) + Scalar(b)));
                Assert.Equal(a * b % N, Number(Scalar(a) * Scalar(b)));
            }
        }

        ScalarNumber[] inverses = [.. samples.Where(s => !s.IsZero).Select(Scalar)];
        ScalarNumber.InvertAll(inverses);
        Assert.All(samples.Where(s => !s.IsZero).Zip(inverses), pair => Assert.Equal(BigInteger.One, pair.First * Number(pair.Second) % N));
    }

    [Fact]
    public void Numbers_that_are_not_reduced_are_told()
    {
        Assert.False(FieldElement.TryRead(Bytes(P), out _));
        Assert.True(FieldElement.TryRead(Bytes(P - 1), out _));
        Assert.False(ScalarNumber.TryRead(Bytes(N), out var zero));
        Assert.True(zero.IsZero);
        Assert.False(ScalarNumber.TryRead(Bytes((BigInteger.One << 256) - 1), out var rest));
        Assert.Equal((BigInteger.One << 256) - 1 - N, Number(rest));
    }
}
