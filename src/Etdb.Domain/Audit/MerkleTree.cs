using System.Security.Cryptography;

namespace Etdb.Domain.Audit;

/// <summary>
/// Merkle tree hash of RFC 6962 § 2.1 over SHA-256: leaves are hashed with a 0x00 before them, inner nodes with a 0x01, so that neither can
/// be passed off for the other; the empty tree is the hash of nothing. Leaves here are 32-byte entry hashes.
/// </summary>
public static class MerkleTree
{
    /// <summary>Most leaves of one tree.</summary>
    public const int LeavesMaximum = 1 << 26;

    /// <summary>The root.</summary>
    public static byte[] Root(IReadOnlyList<byte[]> leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        if (leaves.Count > LeavesMaximum)
        {
            throw new ArgumentException($"{leaves.Count} leaves; at most {LeavesMaximum} make a tree.", nameof(leaves));
        }
        if (leaves.Count == 0)
        {
            return SHA256.HashData([]);
        }

        var level = leaves.Select(Leaf).ToList();
        while (level.Count > 1)
        {
            level = Parents(level);
        }

        return level[0];
    }

    /// <summary>The audit path of leaf <paramref name="index"/>: the sibling hashes from the leaf up.</summary>
    public static IReadOnlyList<byte[]> Proof(IReadOnlyList<byte[]> leaves, int index)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Count);
        var path = new List<byte[]>();
        var level = leaves.Select(Leaf).ToList();
        while (level.Count > 1)
        {
            var sibling = index ^ 1;
            if (sibling < level.Count)
            {
                path.Add(level[sibling]);
            }

            level = Parents(level);
            index /= 2;
        }

        return path;
    }

    /// <summary>Whether the path leads from the leaf to the root in a tree of that many leaves (RFC 9162 § 2.1.3.2).</summary>
    public static bool Verify(ReadOnlySpan<byte> leaf, int index, int leaves, IReadOnlyList<byte[]> path, ReadOnlySpan<byte> root)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (index < 0 || index >= leaves)
        {
            return false;
        }

        var hash = Leaf(leaf);
        var (first, last, used) = (index, leaves - 1, 0);
        while (last > 0)
        {
            var hasSibling = (first & 1) == 1 || first < last;
            if (hasSibling)
            {
                if (used == path.Count)
                {
                    return false;
                }

                hash = (first & 1) == 1 ? Inner(path[used], hash) : Inner(hash, path[used]);
                used++;
            }

            first >>= 1;
            last >>= 1;
        }

        return used == path.Count && root.SequenceEqual(hash);
    }

    private static List<byte[]> Parents(List<byte[]> level)
    {
        var parents = new List<byte[]>((level.Count + 1) / 2);
        for (var i = 0; i + 1 < level.Count; i += 2)
        {
            parents.Add(Inner(level[i], level[i + 1]));
        }

        if (level.Count % 2 == 1)
        {
            parents.Add(level[^1]);
        }

        return parents;
    }

    private static byte[] Leaf(byte[] value) => Leaf(value.AsSpan());

    internal static byte[] Leaf(ReadOnlySpan<byte> value) => SHA256.HashData([0, .. value]);

    internal static byte[] Inner(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => SHA256.HashData([1, .. left, .. right]);
}
