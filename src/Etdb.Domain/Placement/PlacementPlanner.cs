using Etdb.Domain.Common;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Placement;

/// <summary>Why a node was not chosen.</summary>
public enum PlacementRefusal
{
    /// <summary>It would do, others came first.</summary>
    NotNeeded = 0,

    /// <summary>It does not answer, leaves, is on trial, or operators asked for nothing new.</summary>
    NotTaking = 1,

    /// <summary>The policy's tags leave it out.</summary>
    NotAllowed = 2,

    /// <summary>Its failure domain has a copy, or gets one.</summary>
    DomainTaken = 3,

    /// <summary>It has a row in the replica table, or operators excluded it for this dataset.</summary>
    Excluded = 4,

    /// <summary>Not enough room under the limit.</summary>
    NoRoom = 5,
}

/// <summary>A node and why it was not chosen.</summary>
public sealed record RefusedNode(NodeId Node, PlacementRefusal Reason);

/// <summary>What is to be placed.</summary>
public sealed record PlacementRequest
{
    /// <summary>Which dataset: the seed of the choice.</summary>
    public required DatasetId Dataset { get; init; }

    /// <summary>Bytes each copy takes; 0 when unknown.</summary>
    public long Bytes { get; init; }

    /// <summary>The constraints.</summary>
    public ReplicationPolicy Policy { get; init; } = ReplicationPolicy.Default;

    /// <summary>Copies to place, 0..64.</summary>
    public int Count { get; init; }

    /// <summary>Nodes whose copies count or may soon count: their failure domains are taken.</summary>
    public IReadOnlyList<NodeId> Survivors { get; init; } = [];

    /// <summary>Nodes that must not be chosen.</summary>
    public IReadOnlyList<NodeId> Excluded { get; init; } = [];

    /// <summary>It is a last copy: nodes may be filled up to <see cref="PlacementOptions.Full"/>.</summary>
    public bool LastCopy { get; init; }
}

/// <summary>Where copies go, and how many found no place.</summary>
/// <param name="Nodes">Chosen, best first; never more than asked for.</param>
/// <param name="Unplaced">Copies that found no node.</param>
/// <param name="Refused">Every other node with the reason, in order of ids.</param>
public sealed record PlacementResult(IReadOnlyList<NodeId> Nodes, int Unplaced, IReadOnlyList<RefusedNode> Refused);

/// <summary>
/// Chooses nodes for copies. Constraints are hard: failure domains of surviving and chosen copies are taken, tags hold, room is there.
/// Among those left, weighted rendezvous hashing (score = weight / −ln u, u from dataset and node) spreads: every dataset ranks the
/// nodes in its own order, so the datasets of a lost node are refilled from and to everyone, in proportion to free room and
/// reputation, and a change of one node moves nothing else. The same input gives the same answer everywhere.
/// </summary>
public static class PlacementPlanner
{
    /// <summary>Places under the default options.</summary>
    public static PlacementResult Place(PlacementRequest request, ClusterView cluster) => Place(request, cluster, PlacementOptions.Default);

    /// <summary>Places.</summary>
    public static PlacementResult Place(PlacementRequest request, ClusterView cluster, PlacementOptions options)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(options);
        var prepared = cluster.Prepare(request.Policy);
        var core = new PlacementCore(cluster, options);
        core.LoadRoom(request.LastCopy ? options.Full : options.NearFull);
        core.Begin();
        foreach (var survivor in request.Survivors)
        {
            core.TakeDomain(prepared, cluster.IndexOf(survivor));
        }

        foreach (var excluded in request.Excluded)
        {
            core.Exclude(cluster.IndexOf(excluded));
        }

        Span<int> chosen = stackalloc int[Math.Clamp(request.Count, 0, ReplicaClassifier.ReplicasMaximum)];
        var placed = core.Choose(Hashing.Of(request.Dataset.Value), request.Bytes, prepared, chosen);
        var nodes = new NodeId[placed];
        for (var i = 0; i < placed; i++)
        {
            nodes[i] = cluster.Nodes[chosen[i]].Node;
        }

        return new PlacementResult(nodes, chosen.Length - placed, Refusals(request, cluster, prepared, core, nodes));
    }

    private static List<RefusedNode> Refusals(PlacementRequest request, ClusterView cluster, PreparedPolicy prepared, PlacementCore core, NodeId[] chosen)
    {
        var refused = new List<RefusedNode>();
        for (var i = 0; i < cluster.Nodes.Count; i++)
        {
            var id = cluster.Nodes[i].Node;
            if (!chosen.Contains(id))
            {
                refused.Add(new RefusedNode(id, core.Refusal(i, request.Bytes, prepared)));
            }
        }

        return refused;
    }
}
