using System.Security.Cryptography;

namespace Etdb.Ipfs.Cids;

/// <summary>What comparing bytes with a multihash can say.</summary>
public enum HashCheck
{
    /// <summary>The bytes are the ones that were named.</summary>
    Match,

    /// <summary>They are other bytes.</summary>
    Mismatch,

    /// <summary>The hash function is known by number only: nothing can be said.</summary>
    Unsupported,
}

/// <summary>
/// A self-describing digest: function, length, digest. sha2-256 and identity can be checked here; every other function is carried and named but never
/// taken for checked. Equal multihashes name the same bytes. Source: github.com/multiformats/multihash.
/// </summary>
public readonly struct Multihash : IEquatable<Multihash>
{
    /// <summary>Longest digest that is accepted, in bytes: what Kubo allows for identity, and more than any real function gives.</summary>
    public const int MaxDigestBytes = 128;

    /// <summary>Length of a sha2-256 multihash in bytes.</summary>
    public const int Sha256Bytes = 34;

    private readonly ReadOnlyMemory<byte> _bytes;

    internal Multihash(ReadOnlyMemory<byte> checkedBytes) => _bytes = checkedBytes;

    /// <summary>The binary form.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>Number of the hash function.</summary>
    public ulong Code => Varint.TryRead(Bytes, out var code, out _) ? code : 0;

    /// <summary>The digest alone.</summary>
    public ReadOnlySpan<byte> Digest
    {
        get
        {
            var bytes = Bytes;
            if (!Varint.TryRead(bytes, out _, out var first) || !Varint.TryRead(bytes[first..], out _, out var second))
            {
                return default;
            }

            return bytes[(first + second)..];
        }
    }

    public static bool operator ==(Multihash left, Multihash right) => left.Equals(right);

    public static bool operator !=(Multihash left, Multihash right) => !left.Equals(right);

    /// <summary>The sha2-256 of <paramref name="data"/>.</summary>
    public static Multihash Sha256(ReadOnlySpan<byte> data)
    {
        var bytes = new byte[Sha256Bytes];
        WriteSha256(data, bytes);
        return new Multihash(bytes);
    }

    /// <summary>Writes the 34 bytes of the sha2-256 multihash of <paramref name="data"/> to <paramref name="to"/>.</summary>
    public static void WriteSha256(ReadOnlySpan<byte> data, Span<byte> to)
    {
        to[0] = (byte)Multicodec.Sha2X256;
        to[1] = SHA256.HashSizeInBytes;
        SHA256.HashData(data, to[2..]);
    }

    /// <summary>Reads the multihash at the start of <paramref name="from"/>; <paramref name="problem"/> says what is wrong when it cannot.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out int read, out string? problem)
    {
        read = 0;
        if (!Varint.TryRead(from, out var code, out var first) || !Varint.TryRead(from[first..], out var length, out var second))
        {
            problem = "the multihash's function or length is cut off or not in shortest form";
            return false;
        }

        if (length > MaxDigestBytes)
        {
            problem = $"a {Multicodec.NameOf(code)} digest of {length} bytes is longer than {MaxDigestBytes}";
            return false;
        }

        if (code == Multicodec.Sha2X256 && length != SHA256.HashSizeInBytes)
        {
            problem = $"a sha2-256 digest has 32 bytes, not {length}";
            return false;
        }

        if (from.Length - first - second < (int)length)
        {
            problem = $"the multihash says {length} digest bytes, {from.Length - first - second} follow";
            return false;
        }

        read = first + second + (int)length;
        problem = null;
        return true;
    }

    /// <summary>Reads a multihash that fills <paramref name="bytes"/> exactly.</summary>
    /// <exception cref="FormatException">It does not.</exception>
    public static Multihash Parse(ReadOnlySpan<byte> bytes)
    {
        if (!TryRead(bytes, out var read, out var problem))
        {
            throw new FormatException("Not a multihash: " + problem + ".");
        }

        return read == bytes.Length
            ? new Multihash(bytes.ToArray())
            : throw new FormatException($"Not a multihash: {bytes.Length - read} bytes follow it.");
    }

    /// <summary>Hashes <paramref name="data"/> and compares.</summary>
    public HashCheck Check(ReadOnlySpan<byte> data)
    {
        switch (Code)
        {
            case Multicodec.Sha2X256:
                Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
                SHA256.HashData(data, digest);
                return digest.SequenceEqual(Digest) ? HashCheck.Match : HashCheck.Mismatch;
            case Multicodec.Identity when !_bytes.IsEmpty:
                return data.SequenceEqual(Digest) ? HashCheck.Match : HashCheck.Mismatch;
            default:
                return HashCheck.Unsupported;
        }
    }

    /// <inheritdoc/>
    public bool Equals(Multihash other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Multihash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Cid.HashOf(Bytes);

    /// <summary>Function and digest in hexadecimal, for messages.</summary>
    public override string ToString() => Multicodec.NameOf(Code) + ":" + Convert.ToHexStringLower(Digest);
}
