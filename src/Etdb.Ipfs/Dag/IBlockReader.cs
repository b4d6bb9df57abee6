using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>
/// Somewhere to get blocks from. The bytes are not trusted: readers of DAGs hash them (<see cref="BlockLoader"/>). Implementations may be called by
/// several threads at once.
/// </summary>
public interface IBlockReader
{
    /// <summary>The block, or null when it is not there.</summary>
    ValueTask<Block?> GetAsync(Cid cid, CancellationToken cancellationToken);
}

/// <summary>Somewhere to put blocks. When a call returns, the blocks are as durable as the store promises. Putting a block twice is no error.</summary>
public interface IBlockWriter
{
    /// <summary>Stores one block.</summary>
    ValueTask PutAsync(Block block, CancellationToken cancellationToken);

    /// <summary>Stores several blocks in their order. Their memory belongs to the caller and is used again after the call.</summary>
    ValueTask PutManyAsync(IReadOnlyList<Block> blocks, CancellationToken cancellationToken);
}
