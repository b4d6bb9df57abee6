namespace Etdb.Ledger.Flo.Consensus;

/// <summary>Why a block is not one, independent of the chain before it.</summary>
public enum BlockFault
{
    /// <summary>None found.</summary>
    None = 0,

    /// <summary>The work hash is above the target, or the target is not valid on the network.</summary>
    WorkTooLow = 1,

    /// <summary>The header names another Merkle root.</summary>
    MerkleRootDiffers = 2,

    /// <summary>Two transaction lists share this root (CVE-2012-2459): the block id proves nothing.</summary>
    MerkleTreeAmbiguous = 3,

    /// <summary>No transactions.</summary>
    Empty = 4,

    /// <summary>The first transaction is no coinbase, or another one is.</summary>
    CoinbaseMisplaced = 5,

    /// <summary>Weight above 4,000,000.</summary>
    TooHeavy = 6,
}

/// <summary>The checks a reader makes instead of trusting its node: form, Merkle root, work.</summary>
public static class BlockCheck
{
    /// <summary>Consensus limit on a block's weight.</summary>
    public const int MaxWeight = 4_000_000;

    /// <summary>First fault found, cheap checks first; work (about a millisecond) last.</summary>
    public static BlockFault Check(FloBlock block, FloNetwork network, bool checkWork = true)
    {
        if (block.Transactions.IsEmpty)
        {
            return BlockFault.Empty;
        }

        if (block.Weight > MaxWeight)
        {
            return BlockFault.TooHeavy;
        }

        if (!block.Transactions[0].IsCoinbase || block.Transactions.Skip(1).Any(t => t.IsCoinbase))
        {
            return BlockFault.CoinbaseMisplaced;
        }

        if (block.ComputeMerkleRoot() != block.Header.MerkleRoot)
        {
            return BlockFault.MerkleRootDiffers;
        }

        if (block.IsMerkleAmbiguous())
        {
            return BlockFault.MerkleTreeAmbiguous;
        }

        return checkWork && !ProofOfWork.Check(block.Header, network) ? BlockFault.WorkTooLow : BlockFault.None;
    }
}
