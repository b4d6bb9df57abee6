using System.Buffers;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>The blocks of one store and nothing else: never asks another node. A quarantined block is told apart from an absent one.</summary>
internal sealed class LocalBlocks(BlockStore store) : IHashingReader
{
    /// <inheritdoc/>
    public bool HashesBlocks => store.HashesOnRead;

    /// <inheritdoc/>
    public ValueTask<Block?> GetAsync(Cid cid, CancellationToken cancellationToken) => ValueTask.FromResult(Get(cid));

    /// <summary>The block; hashed by the store on the way, so the caller need not hash it again.</summary>
    /// <exception cref="DagException">It is missing or corrupt.</exception>
    public Block Load(Cid cid) => cid.IsIdentity
        ? new Block(cid, cid.Hash.Digest.ToArray())
        : Get(cid) ?? throw new DagException(DagProblem.Missing, cid, BlockLoader.Describe(DagProblem.Missing, cid));

    /// <summary>Calls <paramref name="use"/> with the bytes of a block, in a rented buffer that is given back afterwards.</summary>
    /// <exception cref="DagException">The block is missing or corrupt.</exception>
    public async Task UseAsync(Cid cid, Func<ReadOnlyMemory<byte>, Task> use)
    {
        if (cid.IsIdentity)
        {
            await use(cid.Hash.Digest.ToArray()).ConfigureAwait(false);
            return;
        }

        byte[]? rented = null;
        try
        {
            // A second attempt of the read asks for a second buffer; the first is then left to the collector.
            var block = Get(cid, length => rented = ArrayPool<byte>.Shared.Rent(length)) ?? throw new DagException(DagProblem.Missing, cid, BlockLoader.Describe(DagProblem.Missing, cid));
            await use(block.Data).ConfigureAwait(false);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    public Block? Get(Cid cid) => Get(cid, static length => GC.AllocateUninitializedArray<byte>(length));

    private Block? Get(Cid cid, Func<int, byte[]> allocate)
    {
        if (!BlockKeys.TryFrom(cid, out var key))
        {
            throw new DagException(DagProblem.UnsupportedHash, cid, BlockLoader.Describe(DagProblem.UnsupportedHash, cid));
        }

        var read = store.Read(key, allocate);
        return read.Status switch
        {
            ReadStatus.Found => new Block(cid, read.Data),
            ReadStatus.NotFound => null,
            ReadStatus.Corrupt => throw new DagException(DagProblem.Corrupt, cid, $"block {cid} is corrupt on this disk and quarantined"),
            _ => throw new BlockStoreException($"cannot read block {cid}: {read.Detail}"),
        };
    }
}
