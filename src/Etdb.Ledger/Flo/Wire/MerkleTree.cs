using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>
/// Merkle trees as in Bitcoin: pairs are hashed together, an odd last hash with itself. That doubling lets two different lists have one
/// root (CVE-2012-2459): a list whose level ends in two equal hashes. <see cref="IsAmbiguous"/> finds these.
/// </summary>
public static class MerkleTree
{
    /// <summary>Most levels a proof may have: 2^25 transactions do not fit in any block.</summary>
    public const int MaxDepth = 25;

    /// <summary>Root of the leaves; zero for none.</summary>
    public static Hash256 Root(ReadOnlySpan<Hash256> leaves) => Root(leaves, out _);

    /// <summary>True when some level has two equal neighbours at an even position, so that another list has the same root.</summary>
    public static bool IsAmbiguous(ReadOnlySpan<Hash256> leaves)
    {
        _ = Root(leaves, out var isAmbiguous);
        return isAmbiguous;
    }

    /// <summary>Root of the leaves, and whether another list has the same.</summary>
    public static Hash256 Root(ReadOnlySpan<Hash256> leaves, out bool isAmbiguous)
    {
        isAmbiguous = false;
        if (leaves.IsEmpty)
        {
            return Hash256.Zero;
        }

        var level = Copy(leaves);
        var count = leaves.Length;
        while (count > 1)
        {
            for (var i = 0; i + 1 < count; i += 2)
            {
                isAmbiguous |= level[i] == level[i + 1];
            }

            count = ManyHashes.Fold(level, count);
        }

        return level[0];
    }

    /// <summary>The proof that the leaf at <paramref name="index"/> is under the root of <paramref name="leaves"/>.</summary>
    public static MerkleProof Prove(ReadOnlySpan<Hash256> leaves, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Length);
        return Prove(leaves[Math.Min(index ^ 1, leaves.Length - 1)], Inner(leaves), leaves.Length, index);
    }

    /// <summary>The same from a tree that was computed once for many proofs.</summary>
    internal static MerkleProof Prove(Hash256 sibling, ReadOnlySpan<Hash256> inner, int leaves, int index)
    {
        var siblings = new Hash256[Depth(leaves)];
        if (siblings.Length > 0)
        {
            siblings[0] = sibling;
        }

        var (start, count, position) = (0, (leaves + 1) / 2, index >> 1);
        for (var i = 1; i < siblings.Length; i++, position >>= 1)
        {
            siblings[i] = inner[start + Math.Min(position ^ 1, count - 1)];
            (start, count) = (start + count, (count + 1) / 2);
        }

        return new MerkleProof(index, ImmutableCollectionsMarshal.AsImmutableArray(siblings));
    }

    /// <summary>Whether a level above the leaves has two equal neighbours at an even position.</summary>
    internal static bool HasEqualPair(ReadOnlySpan<Hash256> inner, int leaves)
    {
        for (var (start, count) = (0, (leaves + 1) / 2); count > 1; (start, count) = (start + count, (count + 1) / 2))
        {
            for (var i = 0; i + 1 < count; i += 2)
            {
                if (inner[start + i] == inner[start + i + 1])
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Hashes in all levels of a tree above its leaves.</summary>
    internal static int InnerNodes(int leaves)
    {
        var nodes = 0;
        for (var count = leaves; count > 1;)
        {
            count = (count + 1) / 2;
            nodes += count;
        }

        return nodes;
    }

    private static int Depth(int leaves) => leaves <= 1 ? 0 : System.Numerics.BitOperations.Log2((uint)leaves - 1) + 1;

    /// <summary>The levels above the leaves one behind the other, the root last.</summary>
    private static Hash256[] Inner(ReadOnlySpan<Hash256> leaves)
    {
        var inner = new Hash256[InnerNodes(leaves.Length)];
        var level = Copy(leaves);
        var done = 0;
        for (var count = leaves.Length; count > 1; done += count)
        {
            count = ManyHashes.Fold(level, count);
            level.AsSpan(0, count).CopyTo(inner.AsSpan(done));
        }

        return inner;
    }

    /// <summary>Hash of two children.</summary>
    public static Hash256 Combine(Hash256 left, Hash256 right)
    {
        Span<byte> pair = stackalloc byte[Hash256.Size * 2];
        left.CopyTo(pair);
        right.CopyTo(pair[Hash256.Size..]);
        return Hash256.DoubleSha256(pair);
    }

    /// <summary>A copy with room for the double of an odd last leaf.</summary>
    private static Hash256[] Copy(ReadOnlySpan<Hash256> leaves)
    {
        var level = new Hash256[leaves.Length + 1];
        leaves.CopyTo(level);
        return level;
    }
}
