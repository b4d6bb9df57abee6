using System.Numerics;
using System.Security.Cryptography;

namespace Etdb.Ledger.Tests.Flo;

/// <summary>libsecp256k1 against OpenSSL's own secp256k1 through .NET's <see cref="ECDsa"/>: what one signs the other accepts, and both refuse the same.</summary>
public sealed class SecondImplementationTests
{
    private static readonly ECCurve Curve = ECCurve.CreateFromFriendlyName("secp256k1");

    [Fact]
    public void Keys_and_signatures_agree_both_ways()
    {
        var random = new Random(20181104);
        for (var i = 0; i < 25; i++)
        {
            var (secret, digest) = (new byte[32], new byte[32]);
            random.NextBytes(secret);
            random.NextBytes(digest);
            using var key = FloKey.FromSecret(secret, compressed: false);
            using var other = ECDsa.Create(new ECParameters
            {
                Curve = Curve,
                D = secret,
                Q = new ECPoint { X = key.PublicKey[1..33], Y = key.PublicKey[33..] },
            });
            var derived = other.ExportParameters(includePrivateParameters: false).Q;
            Assert.Equal(key.PublicKey, [4, .. derived.X!, .. derived.Y!]);

            var ours = key.Sign(digest).Compact;
            Assert.True(other.VerifyHash(digest, ours, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
            Assert.True(other.VerifyHash(digest, EcdsaSignature.ToDer(ours), DSASignatureFormat.Rfc3279DerSequence));

            // OpenSSL signs with either S; consensus takes both, and so do we.
            var theirs = other.SignHash(digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            Assert.True(Secp256k1.Instance.Verify(digest, theirs, key.PublicKey));
            digest[i] ^= 1;
            Assert.False(Secp256k1.Instance.Verify(digest, theirs, key.PublicKey));
            Assert.False(other.VerifyHash(digest, ours, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        }
    }

    [Fact]
    public void Recovery_gives_the_key_that_signed_and_signatures_have_low_S()
    {
        var half = BigInteger.Parse("07fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", System.Globalization.NumberStyles.HexNumber);
        var random = new Random(7);
        for (var i = 0; i < 50; i++)
        {
            var (secret, digest, recovered) = (new byte[32], new byte[32], new byte[33]);
            random.NextBytes(secret);
            random.NextBytes(digest);
            using var key = FloKey.FromSecret(secret);
            var (compact, id) = key.Sign(digest);
            Assert.True(Secp256k1.Instance.TryRecover(digest, compact, id, recovered));
            Assert.Equal(key.PublicKey, recovered);
            Assert.True(new BigInteger(compact.AsSpan(32), isUnsigned: true, isBigEndian: true) <= half);
            Assert.True(EcdsaSignature.IsLowS(EcdsaSignature.ToDer(compact)));
            Assert.True(EcdsaSignature.IsStrictDer([.. EcdsaSignature.ToDer(compact), 1]));
        }
    }

    /// <summary>Published digests of RIPEMD-160's authors and of RFC 7914.</summary>
    [Fact]
    public void Hashes_of_OpenSSL_agree_with_their_publications()
    {
        var digest = new byte[20];
        Hashes.Ripemd160([], digest);
        Assert.Equal("9c1185a5c5e9fc54612808977ee8f548b2258d31", Convert.ToHexStringLower(digest));
        Hashes.Ripemd160("abc"u8, digest);
        Assert.Equal("8eb208f7e05d987a9b044a8e98c6b087f15a0bfc", Convert.ToHexStringLower(digest));
        var key = new byte[64];
        Hashes.Scrypt("password"u8, "NaCl"u8, 1024, 8, 16, key);
        Assert.StartsWith("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162", Convert.ToHexStringLower(key), StringComparison.Ordinal);
        Assert.Throws<CryptographicException>(() => Hashes.Scrypt("x"u8, "y"u8, 1 << 24, 8, 1, new byte[32]));
        Assert.False(Secp256k1.Instance.IsValidSecret(new byte[32]));
        Assert.Throws<FormatException>(() => FloKey.FromSecret(Convert.FromHexString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")));
    }
}
