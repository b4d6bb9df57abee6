using Etdb.Domain.Common;
using Etdb.Domain.Placement;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Grains.Members;

/// <summary>The latest topology this process has seen, indexed for deciding. One per process; the reference is swapped whole.</summary>
public sealed class TopologyCache
{
    private volatile TopologyView _latest = TopologyView.From(Topology.Empty);

    /// <summary>Asks the registry whether there is a newer one; costs one call, and nothing is sent when there is not.</summary>
    public async Task<TopologyView> ReadAsync(IGrainFactory grains)
    {
        ArgumentNullException.ThrowIfNull(grains);
        var known = _latest;
        var newer = await grains.GetGrain<IRegistryGrain>(IRegistryGrain.Key).Read(known.Topology.Version);
        if (newer is not null && newer.Version > _latest.Topology.Version)
        {
            _latest = TopologyView.From(newer);
        }

        return _latest;
    }

    /// <summary>The latest known, without asking.</summary>
    public TopologyView Latest => _latest;
}

/// <summary>A topology, indexed.</summary>
/// <param name="Topology">As the registry gave it.</param>
/// <param name="Cluster">Its nodes, for the deciding core.</param>
/// <param name="Brakes">Its brakes, for the deciding core.</param>
public sealed record TopologyView(Topology Topology, ClusterView Cluster, BrakeDecision Brakes)
{
    private readonly Dictionary<NodeId, TopologyNode> _nodes = Topology.Nodes.ToDictionary(n => n.View.Node);
    private readonly HashSet<MemberId> _limited = [.. Topology.Members.Where(m => m.LineLimited).Select(m => m.Id)];

    /// <summary>Indexes a topology.</summary>
    public static TopologyView From(Topology topology)
    {
        ArgumentNullException.ThrowIfNull(topology);
        return new TopologyView(topology, ClusterView.From(topology.Nodes.Select(n => n.View)), new BrakeDecision([.. topology.Brakes.Select(b => new ActiveBrake(b.Kind, b.Reason))]));
    }

    /// <summary>
    /// Changes when work that waits for the cluster may go on: brakes, who takes replicas, who answers, who has room. Equal stamps mean that nothing of
    /// that changed; used bytes alone make no new one until a node passes the limit.
    /// </summary>
    public ulong Stamp { get; } = StampOf(Topology);

    /// <summary>Members of these nodes that limit their lines, each once, in the order of their ids.</summary>
    public IReadOnlyList<MemberId> LimitedAmong(IEnumerable<NodeId> nodes) =>
        [.. nodes.Select(n => Find(n)?.View.Member).OfType<MemberId>().Where(_limited.Contains).Distinct().OrderBy(m => m.Value, StringComparer.Ordinal)];

    /// <summary>The node of that id, or null.</summary>
    public TopologyNode? Find(NodeId id) => _nodes.GetValueOrDefault(id);

    private static ulong StampOf(Topology topology)
    {
        var options = PlacementOptions.Default;
        var stamp = 0UL;
        foreach (var brake in topology.Brakes)
        {
            stamp = Hashing.Mix(stamp, (ulong)brake.Kind);
        }

        foreach (var node in topology.Nodes)
        {
            var view = node.View;
            var takes = view is { Status: NodeStatus.Up, IsExiting: false, IsOnProbation: false, NoNewReplicas: false };
            var room = options.Room(view, options.NearFull) > 0 ? 1 : 0;
            var facts = $"{view.Node} {view.Member} {view.Site} {view.Country} {string.Join(',', view.Tags)} {takes} {view.Answers} {view.IsExiting} {view.IsOnProbation} {view.CapacityBytes} {room}";
            stamp = Hashing.Mix(stamp, Hashing.Of(facts));
        }

        return stamp;
    }

    /// <summary>Labs' own nodes that answer: content that is nowhere else yet is looked for there.</summary>
    public IReadOnlyList<NodeId> LabNodes { get; } = [.. Topology.Nodes.Where(n => n.SourceOnly && n.View.Answers).Select(n => n.View.Node)];
}
