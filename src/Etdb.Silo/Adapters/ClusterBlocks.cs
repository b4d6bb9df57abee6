using System.Collections.Concurrent;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;

namespace Etdb.Silo.Adapters;

/// <summary>
/// Blocks from whichever node has them, by their trustless gateways; every block is hashed before it is believed. Keeps the last 64 MiB of
/// blocks so that a page's pictures are not fetched twice.
/// </summary>
public sealed class ClusterBlocks(ICatalogue catalogue, NodeHttp http, TimeProvider time)
{
    private const long MostCachedBytes = 64L * 1024 * 1024;
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Cid, Block> _cache = new();
    private readonly ConcurrentQueue<Cid> _order = new();
    private long _cachedBytes;

    /// <summary>A reader for one request: nodes that answer are asked first, those that failed are left out.</summary>
    public async Task<IBlockReader> OpenAsync(CancellationToken cancellationToken)
    {
        var nodes = await catalogue.NodesAsync(cancellationToken);
        var sources = nodes.Where(n => n.Node.Gateway is not null)
            .OrderBy(n => n.Node.State == "up" ? 0 : 1)
            .ThenByDescending(n => n.Replicas.GetValueOrDefault("verified"))
            .Take(SourcePool.MaxSources)
            .Select(n => new GatewayBlockSource(http.Client, new Uri(n.Node.Gateway!), StallLimit, time));
        return new Reader(this, new SourcePool(sources));
    }

    private void Keep(Block block)
    {
        if (!_cache.TryAdd(block.Cid, block))
        {
            return;
        }

        _order.Enqueue(block.Cid);
        Interlocked.Add(ref _cachedBytes, block.Data.Length);
        while (Interlocked.Read(ref _cachedBytes) > MostCachedBytes && _order.TryDequeue(out var oldest))
        {
            if (_cache.TryRemove(oldest, out var gone))
            {
                Interlocked.Add(ref _cachedBytes, -gone.Data.Length);
            }
        }
    }

    private sealed class Reader(ClusterBlocks owner, SourcePool pool) : IBlockReader
    {
        public async ValueTask<Block?> GetAsync(Cid cid, CancellationToken cancellationToken)
        {
            if (owner._cache.TryGetValue(cid, out var known))
            {
                return known;
            }

            var fetched = await pool.GetAsync(cid, cancellationToken);
            switch (fetched.Status)
            {
                case FetchStatus.Found:
                    var block = new Block(cid, fetched.Data!);
                    owner.Keep(block);
                    return block;
                case FetchStatus.NotFound:
                    return null;
                default:
                    throw new IOException($"No node could give block {cid}: {fetched.Detail ?? string.Join("; ", pool.Complaints)}");
            }
        }
    }
}
