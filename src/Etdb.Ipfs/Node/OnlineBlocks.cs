using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>The blocks of this disk, and behind them those of other nodes. What comes from elsewhere is hashed and kept, unpinned.</summary>
internal sealed class OnlineBlocks(BlockStore store, LocalBlocks local, SourcePool sources) : IHashingReader
{
    /// <inheritdoc/>
    public bool HashesBlocks => local.HashesBlocks; // sources hash always

    /// <inheritdoc/>
    public async ValueTask<Block?> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        var corrupt = false;
        try
        {
            if (local.Get(cid) is { } here)
            {
                return here;
            }
        }
        catch (DagException error) when (error.Problem == DagProblem.Corrupt)
        {
            corrupt = true;
        }

        var answer = await sources.GetAsync(cid, cancellationToken).ConfigureAwait(false);
        if (answer.Status == FetchStatus.Found && BlockKeys.TryFrom(cid, out var key))
        {
            await store.PutVerifiedAsync(key, answer.Data, cancellationToken).ConfigureAwait(false);
            return new Block(cid, answer.Data);
        }

        return corrupt ? throw new DagException(DagProblem.Corrupt, cid, $"block {cid} is corrupt on this disk and no peer has it") : null;
    }
}
