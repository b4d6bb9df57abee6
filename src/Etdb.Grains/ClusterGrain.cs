using Etdb.Grains.Ledger;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Repair;
using Microsoft.Extensions.Options;

namespace Etdb.Grains;

/// <summary>See <see cref="IClusterGrain"/>. Keeps nothing: the registry knows the nodes, the options the shards.</summary>
[Reentrant]
[PreferLocalPlacement] // Holds nothing: on the silo that wakes the cluster.
public sealed class ClusterGrain(TopologyCache topology, IOptions<ReplicationOptions> options) : Grain, IClusterGrain
{
    /// <inheritdoc/>
    public async Task Start(string network)
    {
        var view = await topology.ReadAsync(GrainFactory);
        await Task.WhenAll(view.Topology.Nodes.Select(n => GrainFactory.GetGrain<INodeGrain>(n.View.Node.Value).Wake()));
        await Task.WhenAll(Shards().Select(s => s.Wake()));
        await GrainFactory.GetGrain<ILedgerGrain>(network).Start();
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RepairTicket>> Open(int limit)
    {
        var open = await Task.WhenAll(Shards().Select(s => s.Open(limit)));
        return [.. open.SelectMany(t => t).OrderBy(t => t.Key).Take(limit)];
    }

    /// <inheritdoc/>
    public async Task Look()
    {
        var view = await topology.ReadAsync(GrainFactory);
        await Task.WhenAll(view.Topology.Nodes.Select(n => GrainFactory.GetGrain<INodeGrain>(n.View.Node.Value).Look()));
    }

    private IEnumerable<IRepairShardGrain> Shards()
    {
        for (var i = 0; i < options.Value.Shards; i++)
        {
            yield return GrainFactory.GetGrain<IRepairShardGrain>(RepairShards.Key(i));
        }
    }
}
