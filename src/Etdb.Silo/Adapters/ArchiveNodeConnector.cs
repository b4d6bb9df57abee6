using System.Collections.Concurrent;
using Etdb.Grains.Ports;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;

namespace Etdb.Silo.Adapters;

/// <summary>Opens members' nodes by their Kubo-style RPC. One connection pool for all; a node is made again only when its endpoint changes.</summary>
public sealed class ArchiveNodeConnector(TimeProvider time) : IArchiveNodeConnector, IDisposable
{
    private const int MostKept = 10_000;
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http = HttpPool.Create(ConnectLimit);
    private readonly ConcurrentDictionary<NodeEndpoint, ArchiveNode> _nodes = new();

    /// <inheritdoc/>
    public IArchiveNode Connect(NodeEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (_nodes.Count >= MostKept)
        {
            _nodes.Clear();
        }

        return _nodes.GetOrAdd(endpoint, static (e, self) => new ArchiveNode(self.Open(e), self.Endpoint, self._time), this);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>How the clients of this library name an endpoint.</summary>
    public KuboEndpoint Endpoint(NodeEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return new KuboEndpoint(new Uri(endpoint.Rpc), endpoint.Gateway is null ? null : new Uri(endpoint.Gateway), endpoint.Authorization);
    }

    private readonly TimeProvider _time = time;

    private RemoteNode Open(NodeEndpoint endpoint) => new(_http, Endpoint(endpoint), new KuboClientOptions { Time = _time });
}
