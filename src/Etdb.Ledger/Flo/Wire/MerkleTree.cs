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
        return Prove(Levels(leaves), index);
    }

    /// <summary>The same from levels that were computed once for many proofs.</summary>
    internal static MerkleProof Prove(Hash256[][] levels, int index)
    {
        var siblings = new Hash256[levels.Length - 1];
        var position = index;
        for (var i = 0; i < siblings.Length; i++, position >>= 1)
        {
            siblings[i] = levels[i][Math.Min(position ^ 1, levels[i].Length - 1)];
        }

        return new MerkleProof(index, ImmutableCollectionsMarshal.AsImmutableArray(siblings));
    }

    /// <summary>All levels of the tree: the leaves first, the root last.</summary>
    internal static Hash256[][] Levels(ReadOnlySpan<Hash256> leaves)
    {
        var levels = new List<Hash256[]> { leaves.ToArray() };
        var level = Copy(leaves);
        for (var count = leaves.Length; count > 1;)
        {
            count = ManyHashes.Fold(level, count);
            levels.Add(level[..count]);
        }

        return [.. levels];
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
