using System.Security.Cryptography;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>RIPEMD-160, HASH160 and scrypt by OpenSSL. Safe for many threads.</summary>
public static unsafe class Hashes
{
    /// <summary>Bytes of a SHA-256 digest.</summary>
    public const int Sha256Size = 32;

    /// <summary>Bytes of a RIPEMD-160 digest.</summary>
    public const int Hash160Size = 20;

    /// <summary>Memory scrypt may take: enough for N = 2^18, r = 8.</summary>
    public const long MaxScryptBytes = 320L << 20;

    private static readonly nint Ripemd = FetchRipemd();

    /// <summary>Longest input hashed without letting a garbage collection in: a few microseconds.</summary>
    private const int ShortBytes = 4096;

    /// <summary>SHA-256 into 32 bytes, twice the speed of .NET's for messages of a few hundred bytes.</summary>
    [System.Runtime.CompilerServices.SkipLocalsInit]
    public static void Sha256(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, Sha256Size, nameof(destination));
        NativeCrypto.Sha256Context context;
        fixed (byte* d = data, o = destination)
        {
            _ = NativeCrypto.Sha256Init(&context);
            _ = data.Length <= ShortBytes
                ? NativeCrypto.Sha256UpdateShort(&context, d, (nuint)data.Length)
                : NativeCrypto.Sha256Update(&context, d, (nuint)data.Length);
            _ = NativeCrypto.Sha256Final(o, &context);
        }
    }

    /// <summary>RIPEMD-160 into 20 bytes.</summary>
    public static void Ripemd160(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, Hash160Size, nameof(destination));
        fixed (byte* d = data, o = destination)
        {
            byte none = 0;
            if (NativeCrypto.Digest(d is null ? &none : d, (nuint)data.Length, o, null, Ripemd, 0) != 1)
            {
                throw new CryptographicException("OpenSSL could not compute RIPEMD-160.");
            }
        }
    }

    /// <summary>RIPEMD-160 of SHA-256: what addresses hold.</summary>
    public static byte[] Hash160(ReadOnlySpan<byte> data)
    {
        var digest = new byte[Hash160Size];
        Hash160(data, digest);
        return digest;
    }

    /// <summary>RIPEMD-160 of SHA-256 into 20 bytes.</summary>
    public static void Hash160(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Span<byte> sha = stackalloc byte[32];
        Sha256(data, sha);
        Ripemd160(sha, destination);
    }

    /// <summary>scrypt (RFC 7914). Throws <see cref="CryptographicException"/> when the parameters are invalid or need more than <see cref="MaxScryptBytes"/>.</summary>
    public static void Scrypt(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int n, int r, int p, Span<byte> key)
    {
        byte none = 0;
        fixed (byte* pass = password, s = salt, k = key)
        {
            var done = NativeCrypto.Scrypt(
                pass is null ? &none : pass,
                (nuint)password.Length,
                s is null ? &none : s,
                (nuint)salt.Length,
                (ulong)n,
                (ulong)r,
                (ulong)p,
                (ulong)MaxScryptBytes,
                k,
                (nuint)key.Length);
            if (done != 1)
            {
                throw new CryptographicException($"OpenSSL refused scrypt with N={n}, r={r}, p={p}.");
            }
        }
    }

    private static nint FetchRipemd()
    {
        var digest = NativeCrypto.FetchDigest(0, "RIPEMD160", null);
        return digest != 0 ? digest : throw new PlatformNotSupportedException("OpenSSL's default provider has no RIPEMD-160; OpenSSL 3.0.7 or newer is needed.");
    }
}
