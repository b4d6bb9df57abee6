using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.Indexing.Following;

/// <summary>Where blocks come from: a FLO node, believed in nothing. Failures are <see cref="FloNodeException"/>.</summary>
public interface IChainSource
{
    /// <summary>How to name it to people.</summary>
    string Name { get; }

    /// <summary>Height of its tip.</summary>
    Task<int> GetHeightAsync(CancellationToken cancellationToken);

    /// <summary>Block ids on its best chain; null above its tip.</summary>
    Task<IReadOnlyList<Hash256?>> GetHashesAsync(int first, int count, CancellationToken cancellationToken);

    /// <summary>Blocks by id; null for those it has not.</summary>
    Task<IReadOnlyList<FloBlock?>> GetBlocksAsync(IReadOnlyList<Hash256> hashes, CancellationToken cancellationToken);
}

/// <summary>A FLO node by JSON-RPC.</summary>
public sealed class RpcChainSource(FloRpcClient client) : IChainSource
{
    /// <inheritdoc/>
    public string Name => client.Endpoint.ToString();

    /// <inheritdoc/>
    public Task<int> GetHeightAsync(CancellationToken cancellationToken) => client.GetBlockCountAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Hash256?>> GetHashesAsync(int first, int count, CancellationToken cancellationToken) =>
        client.GetBlockHashesAsync(first, count, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FloBlock?>> GetBlocksAsync(IReadOnlyList<Hash256> hashes, CancellationToken cancellationToken) =>
        client.GetBlocksAsync(hashes, cancellationToken);
}
