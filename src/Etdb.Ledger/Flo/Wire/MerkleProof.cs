using System.Collections.Immutable;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>The path from one transaction to its block's Merkle root.</summary>
/// <param name="Index">Position of the transaction in its block, from 0.</param>
/// <param name="Siblings">The other hash at each level, leaf level first.</param>
public sealed record MerkleProof(int Index, ImmutableArray<Hash256> Siblings)
{
    /// <summary>The root this path leads to from <paramref name="leaf"/>.</summary>
    public Hash256 ComputeRoot(Hash256 leaf)
    {
        var hash = leaf;
        var position = Index;
        foreach (var sibling in Siblings)
        {
            hash = (position & 1) == 0 ? MerkleTree.Combine(hash, sibling) : MerkleTree.Combine(sibling, hash);
            position >>= 1;
        }

        return hash;
    }

    /// <summary>
    /// True when the path leads from <paramref name="leaf"/> to <paramref name="root"/> and the index fits the path. A 64-byte inner node
    /// posing as a transaction is the caller's to exclude, by having parsed the transaction.
    /// </summary>
    public bool Verify(Hash256 leaf, Hash256 root) =>
        Index >= 0 && Siblings.Length <= MerkleTree.MaxDepth && (long)Index < 1L << Siblings.Length && ComputeRoot(leaf) == root;
}
