using System.Collections.Concurrent;
using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>Blocks in memory, found by multihash, so that the two versions of a CID are one block. For tests and small DAGs; may be shared by threads.</summary>
public sealed class MemoryBlockStore : IBlockReader, IBlockWriter
{
    private readonly ConcurrentDictionary<Multihash, Block> _blocks = new();

    /// <summary>Number of different blocks.</summary>
    public int Count => _blocks.Count;

    /// <summary>A snapshot of all blocks, in no order.</summary>
    public IReadOnlyCollection<Block> Blocks => [.. _blocks.Values];

    /// <inheritdoc/>
    public ValueTask<Block?> GetAsync(Cid cid, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Block?>(_blocks.TryGetValue(cid.Hash, out var found) ? new Block(cid, found.Data) : null);

    /// <inheritdoc/>
    public ValueTask PutAsync(Block block, CancellationToken cancellationToken)
    {
        Put(block);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PutManyAsync(IReadOnlyList<Block> blocks, CancellationToken cancellationToken)
    {
        foreach (var block in blocks)
        {
            Put(block);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Takes a copy of the block.</summary>
    public void Put(Block block) => _blocks[block.Cid.Hash] = new Block(block.Cid, block.Data.ToArray());

    /// <summary>Forgets a block; false when it was not there.</summary>
    public bool Remove(Cid cid) => _blocks.TryRemove(cid.Hash, out _);
}
