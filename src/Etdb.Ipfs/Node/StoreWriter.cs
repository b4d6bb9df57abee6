using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>
/// Puts the blocks of an import into a store. A call returns when the blocks are written; <see cref="FlushAsync"/> when all are synchronised, which is what
/// may be acknowledged. The caller has hashed the blocks itself.
/// </summary>
internal sealed class StoreWriter(BlockStore store) : IBlockWriter
{
    private readonly BlockBatch _batch = store.BeginBatch();

    /// <inheritdoc/>
    public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => PutManyAsync([block], cancellationToken);

    /// <inheritdoc/>
    public async ValueTask PutManyAsync(IReadOnlyList<Block> blocks, CancellationToken cancellationToken)
    {
        foreach (var block in blocks)
        {
            if (block.Cid.IsIdentity)
            {
                continue;
            }

            if (!BlockKeys.TryFrom(block.Cid, out var key))
            {
                throw new DagException(DagProblem.UnsupportedHash, block.Cid, BlockLoader.Describe(DagProblem.UnsupportedHash, block.Cid));
            }

            await _batch.AddAsync(key, block.Data, cancellationToken).ConfigureAwait(false);
        }

        await _batch.WrittenAsync(cancellationToken).ConfigureAwait(false);
        Check(_batch.Refused);
    }

    /// <summary>Returns when everything is on disk.</summary>
    /// <exception cref="BlockStoreException">When it is not: full, or the disk failed.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var outcome = await _batch.FlushAsync(cancellationToken).ConfigureAwait(false);
        Check(outcome is PutOutcome.Stored or PutOutcome.Present ? null : outcome);
    }

    private static void Check(PutOutcome? refused)
    {
        if (refused is { } outcome)
        {
            throw new BlockStoreException(outcome == PutOutcome.NoRoom
                ? "no space left on device: the capacity or the reserve of this node is reached"
                : $"a block was not stored: {outcome}");
        }
    }
}
