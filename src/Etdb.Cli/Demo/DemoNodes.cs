using System.Collections.Concurrent;
using Etdb.Cli.CommandLine;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;
using Etdb.Ipfs.Node;
using Etdb.Silo.Hosting;

namespace Etdb.Cli.Demo;

/// <summary>The members' nodes and the lab's, all in this process: each its own folder, ports and identity. Can break them as disks and machines break.</summary>
internal sealed class DemoNodes(DataFolder folder, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Id of the lab's node.</summary>
    public const string Lab = "lab";

    private const long CapacityBytes = 8L * 1024 * 1024 * 1024;
    private readonly ConcurrentDictionary<string, EmbeddedNode> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, NodeEndpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Nodes that answer.</summary>
    public ICollection<string> Running => _running.Keys;

    /// <summary>Where a node answers (or answered, while it is stopped).</summary>
    public NodeEndpoint Endpoint(string node) => _endpoints[node];

    /// <summary>Starts a node, on the ports it had before.</summary>
    public async Task StartAsync(string node, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_running.ContainsKey(node))
            {
                return;
            }

            var before = _endpoints.GetValueOrDefault(node);
            var started = await EmbeddedNode.StartAsync(
                new EmbeddedNodeOptions
                {
                    Folder = folder.At("nodes", node),
                    AcceptOtherStore = true, // disks are deleted here on purpose, and a node may be stopped before it has noticed
                    ApiPort = before is null ? 0 : new Uri(before.Rpc).Port,
                    GatewayPort = before is null ? 0 : new Uri(before.Gateway!).Port,
                    CapacityBytes = CapacityBytes,
                    ReserveBytes = DemoSpace.ReserveBytes,
                    Time = time,
                },
                cancellationToken);
            _running[node] = started;
            _endpoints[node] = new NodeEndpoint(new NodeId(node), started.ApiUri.ToString().TrimEnd('/'), started.GatewayUri.ToString().TrimEnd('/'), null);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Deletes the disk of a running node behind its back.</summary>
    public long DeleteDisk(string node) => new NodeFaults(Get(node)).WipeStore();

    /// <summary>Flips a bit in some blocks of a running node.</summary>
    public async Task<int> CorruptAsync(string node, int blocks, int seed, CancellationToken cancellationToken)
        => (await new NodeFaults(Get(node)).CorruptBlocksAsync(blocks, seed, null, cancellationToken)).Count;

    /// <summary>Stops a node; its disk stays.</summary>
    public async Task StopAsync(string node)
    {
        if (_running.TryRemove(node, out var running))
        {
            await running.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_running.Keys.ToList().Select(StopAsync));
        _turn.Dispose();
    }

    private EmbeddedNode Get(string node) => _running.TryGetValue(node, out var running) ? running : throw new CliException($"the node '{node}' is not running; return it first.");
}
