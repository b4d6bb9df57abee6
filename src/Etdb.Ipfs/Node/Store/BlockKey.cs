using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Etdb.Ipfs.Node.Store;

/// <summary>
/// What the block store files a block under: the sha2-256 digest of its bytes (FIPS 180-4). CIDs that differ only in version, codec or
/// text base share one key, so their bytes are kept once.
/// </summary>
public readonly record struct BlockKey : IComparable<BlockKey>
{
    /// <summary>Length of a key in bytes.</summary>
    public const int Size = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>Takes the 32 bytes of a sha2-256 digest.</summary>
    /// <exception cref="ArgumentException">When there are not exactly 32 bytes.</exception>
    public BlockKey(ReadOnlySpan<byte> digest)
    {
        if (digest.Length != Size)
        {
            throw new ArgumentException($"a sha2-256 digest has {Size} bytes, not {digest.Length}", nameof(digest));
        }

        _a = BinaryPrimitives.ReadUInt64BigEndian(digest);
        _b = BinaryPrimitives.ReadUInt64BigEndian(digest[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(digest[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(digest[24..]);
    }

    /// <summary>The key of <paramref name="data"/>.</summary>
    public static BlockKey Of(ReadOnlySpan<byte> data)
    {
        Span<byte> digest = stackalloc byte[Size];
        SHA256.HashData(data, digest);
        return new BlockKey(digest);
    }

    /// <summary>Writes the 32 bytes of the digest.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    /// <summary>The digest as a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public int CompareTo(BlockKey other)
    {
        var order = _a.CompareTo(other._a);
        order = order != 0 ? order : _b.CompareTo(other._b);
        order = order != 0 ? order : _c.CompareTo(other._c);
        return order != 0 ? order : _d.CompareTo(other._d);
    }

    /// <summary>Some bytes of the digest; it is uniform already.</summary>
    public override int GetHashCode() => _a.GetHashCode();

    /// <summary>Lower-case hex of the digest.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    public static bool operator <(BlockKey left, BlockKey right) => left.CompareTo(right) < 0;

    public static bool operator <=(BlockKey left, BlockKey right) => left.CompareTo(right) <= 0;

    public static bool operator >(BlockKey left, BlockKey right) => left.CompareTo(right) > 0;

    public static bool operator >=(BlockKey left, BlockKey right) => left.CompareTo(right) >= 0;
}
