using Etdb.Domain.Common;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Placement;

/// <summary>A dataset that could move off a full node.</summary>
/// <param name="Dataset">Which.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Health">How it is kept: only healthy ones move.</param>
/// <param name="Policy">Its policy.</param>
public sealed record RebalanceCandidate(DatasetId Dataset, long Bytes, DatasetHealth Health, ReplicationPolicy Policy);

/// <summary>An extra copy to make. The surplus copy is trimmed later by the ordinary rules, from the fullest node.</summary>
/// <param name="Dataset">Which dataset.</param>
/// <param name="From">The full node its copy should leave in the end.</param>
/// <param name="To">The emptier node.</param>
public sealed record RebalanceMove(DatasetId Dataset, NodeId From, NodeId To);

/// <summary>
/// Evens out how full nodes are, slowly and only in good times: no brake, hardly anything in need, healthy datasets only, a bounded number of
/// moves a round. It adds a copy on an emptier node and never removes one.
/// </summary>
public static class RebalancePlanner
{
    /// <summary>Moves of one round.</summary>
    public const int MovesMaximum = 100;

    /// <summary>A node is full or empty when its fill differs from the mean by more than this.</summary>
    public const double Band = 0.1;

    /// <summary>Rebalancing rests while more than this part of all datasets is below target.</summary>
    public const double NeedAllowed = 0.01;

    /// <summary>Whether the times are good enough, and why not.</summary>
    public static (bool Allowed, string? Why) IsAllowed(long datasets, long belowTarget, BrakeDecision brakes)
    {
        ArgumentNullException.ThrowIfNull(brakes);
        if (brakes.IsOn)
        {
            return (false, brakes.Brakes[0].Text);
        }

        return belowTarget > datasets * NeedAllowed
            ? (false, $"{belowTarget} of {datasets} datasets are below target: repair comes first.")
            : (true, null);
    }

    /// <summary>Moves off one full node; empty when it is not full.</summary>
    public static IReadOnlyList<RebalanceMove> Plan(NodeId from, IReadOnlyList<RebalanceCandidate> candidates, ClusterView cluster, PlacementOptions options)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(options);
        // What takes no copies (a lab's own node, however large) says nothing of how full the others could be.
        var known = cluster.Nodes.Where(n => n is { CapacityBytes: > 0, Status: NodeStatus.Up, NoNewReplicas: false }).ToList();
        if (known.Count < 2 || !cluster.TryGet(from, out var full) || full.CapacityBytes <= 0)
        {
            return [];
        }

        var mean = known.Sum(n => (double)n.UsedBytes) / known.Sum(n => (double)n.CapacityBytes);
        var excess = (long)((Fill(full) - mean - Band) * full.CapacityBytes);
        if (excess <= 0)
        {
            return [];
        }

        var notEmpty = cluster.Nodes.Where(n => n.CapacityBytes <= 0 || Fill(n) > mean - Band).Select(n => n.Node).ToList();
        return Moves(full.Node, excess, candidates, notEmpty, cluster, options);
    }

    private static List<RebalanceMove> Moves(NodeId from, long excess, IReadOnlyList<RebalanceCandidate> candidates, List<NodeId> notEmpty, ClusterView cluster, PlacementOptions options)
    {
        var moves = new List<RebalanceMove>();
        foreach (var candidate in candidates.OrderBy(c => Hashing.Of(c.Dataset.Value)))
        {
            if (moves.Count == MovesMaximum || excess <= 0)
            {
                break;
            }

            // One copy above target is enough: the next move of this dataset waits until the surplus is trimmed.
            if (candidate.Health.Level != HealthLevel.Healthy || candidate.Health.ProspectiveIndependent > candidate.Health.Target)
            {
                continue;
            }

            var request = new PlacementRequest
            {
                Dataset = candidate.Dataset,
                Bytes = candidate.Bytes,
                Policy = candidate.Policy,
                Count = 1,
                Survivors = [.. candidate.Health.Replicas.Where(r => r.Prospective).Select(r => r.Node)],
                Excluded = [.. notEmpty, .. candidate.Health.Replicas.Select(r => r.Node)],
            };
            if (PlacementPlanner.Place(request, cluster, options).Nodes is [var to])
            {
                moves.Add(new RebalanceMove(candidate.Dataset, from, to));
                excess -= Math.Max(1, candidate.Bytes);
            }
        }

        return moves;
    }

    private static double Fill(NodeView node) => node.CapacityBytes <= 0 ? 0 : (double)(node.UsedBytes + node.ReservedBytes) / node.CapacityBytes;
}
