using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Etdb.Domain.Content;

namespace Etdb.Ipfs.Cids;

/// <summary>
/// The name of a block: version, codec and multihash. A value of this type has been checked: it is well formed, its digest has the length its function
/// demands, and it has exactly one canonical text. <c>default</c> is no CID (<see cref="IsDefined"/>). Source: github.com/multiformats/cid.
/// </summary>
public readonly struct Cid : IEquatable<Cid>, IComparable<Cid>
{
    /// <summary>Longest accepted binary form, in bytes.</summary>
    public const int MaxBytes = Multihash.MaxDigestBytes + 4 * Varint.MaxBytes;

    /// <summary>Longest accepted text: the longest binary form in base 2 with its prefix.</summary>
    public const int MaxTextLength = MaxBytes * 8 + 1;

    private const int V0TextLength = 46;

    private readonly byte[]? _bytes;

    private Cid(byte[] checkedBytes) => _bytes = checkedBytes;

    /// <summary>True for every value but <c>default</c>.</summary>
    public bool IsDefined => _bytes is not null;

    /// <summary>The binary form: for version 0 the bare multihash.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The binary form as memory; never to be written to.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>0 or 1.</summary>
    public int Version => _bytes is null || IsV0(_bytes) ? 0 : 1;

    /// <summary>How the block's bytes are to be read; dag-pb for version 0.</summary>
    public ulong Codec
    {
        get
        {
            if (Version == 0)
            {
                return Multicodec.DagPb;
            }

            return Varint.TryRead(Bytes[1..], out var codec, out _) ? codec : 0;
        }
    }

    /// <summary>The multihash: what the block's bytes are checked against.</summary>
    public Multihash Hash => new(_bytes.AsMemory(HashOffset));

    /// <summary>True when the block's bytes are inside the CID (hash function <c>identity</c>).</summary>
    public bool IsIdentity => Version == 1 && Hash.Code == Multicodec.Identity;

    private int HashOffset => Version == 0 ? 0 : 1 + Varint.Length(Codec);

    public static bool operator ==(Cid left, Cid right) => left.Equals(right);

    public static bool operator !=(Cid left, Cid right) => !left.Equals(right);

    public static bool operator <(Cid left, Cid right) => left.CompareTo(right) < 0;

    public static bool operator >(Cid left, Cid right) => left.CompareTo(right) > 0;

    public static bool operator <=(Cid left, Cid right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Cid left, Cid right) => left.CompareTo(right) >= 0;

    /// <summary>The CID of <paramref name="data"/> by sha2-256; version 0 names dag-pb blocks only.</summary>
    /// <exception cref="ArgumentException">Version 0 with another codec, or another version.</exception>
    public static Cid Of(ReadOnlySpan<byte> data, ulong codec, int version)
    {
        if (version == 0)
        {
            if (codec != Multicodec.DagPb)
            {
                throw new ArgumentException($"A version 0 CID names dag-pb blocks, not {Multicodec.NameOf(codec)}.", nameof(codec));
            }

            var bytes = new byte[Multihash.Sha256Bytes];
            Multihash.WriteSha256(data, bytes);
            return new Cid(bytes);
        }

        if (version != 1)
        {
            throw new ArgumentException($"CID versions are 0 and 1, not {version}.", nameof(version));
        }

        var head = 1 + Varint.Length(codec);
        var v1 = new byte[head + Multihash.Sha256Bytes];
        v1[0] = 1;
        Varint.Write(v1.AsSpan(1), codec);
        Multihash.WriteSha256(data, v1.AsSpan(head));
        return new Cid(v1);
    }

    /// <summary>A version 1 CID of a digest computed elsewhere.</summary>
    public static Cid V1(ulong codec, Multihash hash)
    {
        var head = 1 + Varint.Length(codec);
        var bytes = new byte[head + hash.Bytes.Length];
        bytes[0] = 1;
        Varint.Write(bytes.AsSpan(1), codec);
        hash.Bytes.CopyTo(bytes.AsSpan(head));
        return TryRead(bytes, out var cid, out var read, out var problem) && read == bytes.Length
            ? cid
            : throw new ArgumentException("Not a CID: " + problem + ".", nameof(hash));
    }

    /// <summary>A version 1 CID that carries <paramref name="data"/> itself.</summary>
    /// <exception cref="ArgumentException">More than <see cref="Multihash.MaxDigestBytes"/> bytes.</exception>
    public static Cid Identity(ulong codec, ReadOnlySpan<byte> data)
    {
        if (data.Length > Multihash.MaxDigestBytes)
        {
            throw new ArgumentException($"An identity CID holds at most {Multihash.MaxDigestBytes} bytes, not {data.Length}.", nameof(data));
        }

        var hash = new byte[1 + Varint.Length((ulong)data.Length) + data.Length];
        var at = 1 + Varint.Write(hash.AsSpan(1), (ulong)data.Length);
        data.CopyTo(hash.AsSpan(at));
        return V1(codec, new Multihash(hash));
    }

    /// <summary>Reads the CID at the start of <paramref name="from"/> and says how many bytes it took; a version 0 CID is known by its first two bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out Cid cid, out int read, out string? problem)
    {
        cid = default;
        read = 0;
        if (from.Length >= 2 && from[0] == Multicodec.Sha2X256 && from[1] == SHA256.HashSizeInBytes)
        {
            if (!Multihash.TryRead(from, out read, out problem))
            {
                return false;
            }

            cid = new Cid(from[..read].ToArray());
            return true;
        }

        if (!Varint.TryRead(from, out var version, out var first) || !Varint.TryRead(from[first..], out _, out var second))
        {
            problem = "version or codec is cut off or not in shortest form";
            return false;
        }

        if (version != 1)
        {
            problem = $"version {version} is not known (0 and 1 are)";
            return false;
        }

        if (!Multihash.TryRead(from[(first + second)..], out var hash, out problem))
        {
            return false;
        }

        read = first + second + hash;
        cid = new Cid(from[..read].ToArray());
        return true;
    }

    /// <summary>Reads a CID that fills <paramref name="bytes"/> exactly.</summary>
    /// <exception cref="FormatException">It does not.</exception>
    public static Cid Decode(ReadOnlySpan<byte> bytes)
    {
        if (!TryRead(bytes, out var cid, out var read, out var problem))
        {
            throw new FormatException("Not a CID: " + problem + ".");
        }

        return read == bytes.Length ? cid : throw new FormatException($"Not a CID: {bytes.Length - read} bytes follow it.");
    }

    /// <summary>Reads the text of a CID: version 0 in base58 (<c>Qm…</c>), version 1 in any multibase of <see cref="Multibase"/>.</summary>
    /// <exception cref="FormatException">The message says what is wrong with it.</exception>
    public static Cid Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var cid, out var problem)
            ? cid
            : throw new FormatException($"'{Shorten(text)}' is not a CID: {problem}.");
    }

    /// <summary>As <see cref="Parse"/>, without the exception.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Cid cid) => TryParse(text, out cid, out _);

    /// <summary>As <see cref="Parse"/>, with the reason instead of the exception.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Cid cid, [NotNullWhen(false)] out string? problem)
    {
        cid = default;
        if (text.Length is < 2 or > MaxTextLength)
        {
            problem = $"its length is {text.Length}, and 2 to {MaxTextLength} characters are possible";
            return false;
        }

        var isV0 = text.Length == V0TextLength && text.StartsWith("Qm", StringComparison.Ordinal);
        byte[]? bytes;
        if (isV0 ? !Multibase.TryDecode(MultibaseEncoding.Base58Btc, text, out bytes, out problem) : !Multibase.TryDecode(text, out bytes, out problem))
        {
            return false;
        }

        if (!TryRead(bytes, out var found, out var read, out problem))
        {
            problem ??= "it cannot be read";
            return false;
        }

        problem = (read == bytes.Length, isV0 == (found.Version == 0)) switch
        {
            (false, _) => $"{bytes.Length - read} bytes follow it",
            (_, false) => "version 0 is written in plain base58 only",
            _ => null,
        };
        if (problem is not null)
        {
            return false;
        }

        cid = found;
        return true;
    }

    /// <summary>The same block under version 1.</summary>
    public Cid ToV1() => Version == 1 || !IsDefined ? this : V1(Multicodec.DagPb, Hash);

    /// <summary>The same block under version 0, where there is one: dag-pb by sha2-256.</summary>
    public bool TryToV0(out Cid v0)
    {
        if (Version == 0)
        {
            v0 = this;
            return IsDefined;
        }

        var possible = Codec == Multicodec.DagPb && Hash.Code == Multicodec.Sha2X256;
        v0 = possible ? new Cid(Hash.Bytes.ToArray()) : default;
        return possible;
    }

    /// <summary>Says whether <paramref name="data"/> is the block of this name.</summary>
    public HashCheck Check(ReadOnlySpan<byte> data) => Hash.Check(data);

    /// <summary>The canonical text: version 0 in base58, version 1 in lower-case base32.</summary>
    public override string ToString() => _bytes switch
    {
        null => string.Empty,
        _ when IsV0(_bytes) => Multibase.EncodeBare(MultibaseEncoding.Base58Btc, _bytes),
        _ => Multibase.Encode(MultibaseEncoding.Base32, _bytes),
    };

    /// <summary>The text in another base; version 0 has base58 only.</summary>
    public string ToString(MultibaseEncoding encoding) => Version == 0 ? ToString() : Multibase.Encode(encoding, Bytes);

    /// <summary>The name as the domain knows it.</summary>
    public ContentId ToContentId() => new(ToString());

    /// <inheritdoc/>
    public bool Equals(Cid other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Cid other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashOf(Bytes);

    /// <summary>Byte order of the binary form.</summary>
    public int CompareTo(Cid other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>The last bytes are digest and so already spread well; short ones (identity) are hashed in full.</summary>
    internal static int HashOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= Multihash.Sha256Bytes)
        {
            return BinaryPrimitives.ReadInt32LittleEndian(bytes[^4..]) ^ BinaryPrimitives.ReadInt32LittleEndian(bytes[^12..]);
        }

        var hash = default(HashCode);
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    private static bool IsV0(byte[] bytes) => bytes.Length == Multihash.Sha256Bytes && bytes[0] == Multicodec.Sha2X256;

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
