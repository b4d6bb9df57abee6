using System.Collections.Immutable;

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
    public static Hash256 Root(ReadOnlySpan<Hash256> leaves)
    {
        if (leaves.IsEmpty)
        {
            return Hash256.Zero;
        }

        var level = Copy(leaves);
        var count = leaves.Length;
        while (count > 1)
        {
            count = ManyHashes.Fold(level, count);
        }

        return level[0];
    }

    /// <summary>True when some level has two equal neighbours at an even position, so that another list has the same root.</summary>
    public static bool IsAmbiguous(ReadOnlySpan<Hash256> leaves)
    {
        var level = Copy(leaves);
        var count = leaves.Length;
        while (count > 1)
        {
            for (var i = 0; i + 1 < count; i += 2)
            {
                if (level[i] == level[i + 1])
                {
                    return true;
                }
            }

            count = ManyHashes.Fold(level, count);
        }

        return false;
    }

    /// <summary>The proof that the leaf at <paramref name="index"/> is under the root of <paramref name="leaves"/>.</summary>
    public static MerkleProof Prove(ReadOnlySpan<Hash256> leaves, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Length);
        var siblings = ImmutableArray.CreateBuilder<Hash256>();
        var level = Copy(leaves);
        var count = leaves.Length;
        var position = index;
        while (count > 1)
        {
            siblings.Add(level[Math.Min(position ^ 1, count - 1)]);
            count = ManyHashes.Fold(level, count);
            position >>= 1;
        }

        return new MerkleProof(index, siblings.ToImmutable());
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
