using System.Buffers;
using Etdb.Ledger.Flo.Crypto;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>The Merkle trees of many blocks, grown together: one level of all trees at a time, so that small ones fill the lanes as well as large ones.</summary>
internal static class MerkleForest
{
    /// <summary>Pairs hashed together.</summary>
    private const int MostPairs = 1024;

    /// <summary>Start of the lowest level, which is not in the tree.</summary>
    private const int Leaves = -1;

    /// <summary>Gives each block its whole tree.</summary>
    public static void Grow(List<FloBlock> blocks)
    {
        var trees = new List<Growing>(blocks.Count);
        foreach (var block in blocks)
        {
            if (block.Transactions.Length > 1)
            {
                trees.Add(new Growing(block, block.PlantTree(), Leaves, block.Transactions.Length));
            }
        }

        var pairs = ArrayPool<Hash256>.Shared.Rent(2 * MostPairs);
        while (trees.Count > 0)
        {
            GrowLevel(trees, pairs.AsSpan(0, 2 * MostPairs));
            trees.RemoveAll(t => t.Count == 1);
        }

        ArrayPool<Hash256>.Shared.Return(pairs);
    }

    /// <summary>A tree and the last level it has: the transactions of the block, or hashes of the tree.</summary>
    private readonly record struct Growing(FloBlock Block, Hash256[] Tree, int Start, int Count)
    {
        /// <summary>Where the next level begins.</summary>
        public int Next => Start == Leaves ? 0 : Start + Count;

        public Hash256 this[int i] => Start == Leaves ? Block.Transactions[i].Txid : Tree[Start + i];
    }

    private static void GrowLevel(List<Growing> trees, Span<Hash256> pairs)
    {
        var (firstTree, firstPair, gathered) = (0, 0, 0);
        for (var t = 0; t < trees.Count; t++)
        {
            var tree = trees[t];
            for (var pair = 0; pair < (tree.Count + 1) / 2; pair++)
            {
                pairs[gathered * 2] = tree[pair * 2];
                pairs[(gathered * 2) + 1] = tree[Math.Min((pair * 2) + 1, tree.Count - 1)];
                if (++gathered == MostPairs)
                {
                    _ = ManyHashes.Fold(pairs, gathered * 2);
                    (firstTree, firstPair) = Scatter(trees, firstTree, firstPair, pairs[..gathered]);
                    gathered = 0;
                }
            }
        }

        if (gathered > 0)
        {
            _ = ManyHashes.Fold(pairs, gathered * 2);
            _ = Scatter(trees, firstTree, firstPair, pairs[..gathered]);
        }

        for (var t = 0; t < trees.Count; t++)
        {
            trees[t] = trees[t] with { Start = trees[t].Next, Count = (trees[t].Count + 1) / 2 };
        }
    }

    /// <summary>Writes parents behind the levels they belong to; the tree and the pair that come next.</summary>
    private static (int Tree, int Pair) Scatter(List<Growing> trees, int t, int pair, ReadOnlySpan<Hash256> parents)
    {
        foreach (ref readonly var parent in parents)
        {
            var tree = trees[t];
            tree.Tree[tree.Next + pair] = parent;
            if (++pair == (tree.Count + 1) / 2)
            {
                (t, pair) = (t + 1, 0);
            }
        }

        return (t, pair);
    }
}
