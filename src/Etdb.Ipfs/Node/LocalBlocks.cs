using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>The blocks of one store and nothing else: never asks another node. A quarantined block is told apart from an absent one.</summary>
internal sealed class LocalBlocks(BlockStore store) : IBlockReader
{
    /// <inheritdoc/>
    public ValueTask<Block?> GetAsync(Cid cid, CancellationToken cancellationToken) => ValueTask.FromResult(Get(cid));

    /// <summary>The block; hashed by the store on the way, so the caller need not hash it again.</summary>
    /// <exception cref="DagException">It is missing or corrupt.</exception>
    public Block Load(Cid cid) => cid.IsIdentity
        ? new Block(cid, cid.Hash.Digest.ToArray())
        : Get(cid) ?? throw new DagException(DagProblem.Missing, cid, BlockLoader.Describe(DagProblem.Missing, cid));

    public Block? Get(Cid cid)
    {
        if (!BlockKeys.TryFrom(cid, out var key))
        {
            throw new DagException(DagProblem.UnsupportedHash, cid, BlockLoader.Describe(DagProblem.UnsupportedHash, cid));
        }

        var read = store.Read(key);
        return read.Status switch
        {
            ReadStatus.Found => new Block(cid, read.Data),
            ReadStatus.NotFound => null,
            ReadStatus.Corrupt => throw new DagException(DagProblem.Corrupt, cid, $"block {cid} is corrupt on this disk and quarantined"),
            _ => throw new BlockStoreException($"cannot read block {cid}: {read.Detail}"),
        };
    }
}
