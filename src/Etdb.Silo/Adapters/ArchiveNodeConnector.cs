using System.Collections.Concurrent;
using System.Security.Cryptography;
using Etdb.Grains.Ports;
using Etdb.Ipfs.Kubo;
using Etdb.Silo.Security;

namespace Etdb.Silo.Adapters;

/// <summary>Opens members' nodes by their Kubo-style RPC. One connection pool for all; a node is made again only when its endpoint changes.</summary>
public sealed class ArchiveNodeConnector(NodeHttp http, NodeCredentials credentials, TimeProvider time) : IArchiveNodeConnector
{
    private const int MostKept = 10_000;
    private readonly ConcurrentDictionary<NodeEndpoint, IArchiveNode> _nodes = new();

    /// <inheritdoc/>
    public IArchiveNode Connect(NodeEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (_nodes.Count >= MostKept)
        {
            _nodes.Clear();
        }

        try
        {
            return _nodes.GetOrAdd(endpoint, static (e, self) => new ArchiveNode(self.Open(e), self.Endpoint, self._time), this);
        }
        catch (CryptographicException e)
        {
            return new LockedNode(e.Message); // Not kept: the key may be put right while we run.
        }
    }

    /// <summary>How the clients of this library name an endpoint.</summary>
    public KuboEndpoint Endpoint(NodeEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return new KuboEndpoint(new Uri(endpoint.Rpc), endpoint.Gateway is null ? null : new Uri(endpoint.Gateway), credentials.Open(endpoint));
    }

    private readonly TimeProvider _time = time;

    private RemoteNode Open(NodeEndpoint endpoint) => new(http.Client, Endpoint(endpoint), new KuboClientOptions { Time = _time });
}
