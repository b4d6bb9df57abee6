using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Etdb.Domain.Replication;

/// <summary>
/// All nodes at one moment, indexed for deciding: an immutable snapshot that every decision of one pass shares. Nodes are ordered by
/// id, so that equal snapshots decide equally.
/// </summary>
public sealed class ClusterView
{
    /// <summary>Most nodes of a cluster.</summary>
    public const int NodesMaximum = 10_000;

    private readonly Dictionary<NodeId, int> _index;
    private readonly ConditionalWeakTable<ReplicationPolicy, PreparedPolicy> _prepared = [];

    private ClusterView(NodeView[] nodes)
    {
        Nodes = nodes;
        _index = new Dictionary<NodeId, int>(nodes.Length);
        Facts = new NodeFact[nodes.Length];
        var members = new Dictionary<string, int>(StringComparer.Ordinal);
        var sites = new Dictionary<string, int>(StringComparer.Ordinal);
        var countries = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[i];
            _index.Add(node.Node, i);
            Facts[i] = NodeFact.From(
                node,
                Number(members, node.Member.Value),
                Number(sites, $"{node.Member.Value}\n{node.Site}"),
                Number(countries, node.Country ?? string.Empty));
        }
    }

    /// <summary>No nodes.</summary>
    public static ClusterView Empty { get; } = From([]);

    /// <summary>The nodes, in order of their ids.</summary>
    public IReadOnlyList<NodeView> Nodes { get; }

    internal NodeFact[] Facts { get; }

    /// <summary>Builds the snapshot. Two views of one node, or more than <see cref="NodesMaximum"/>, are a caller's mistake.</summary>
    public static ClusterView From(IEnumerable<NodeView> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        var ordered = nodes.OrderBy(n => n.Node.Value, StringComparer.Ordinal).ToArray();
        if (ordered.Length > NodesMaximum)
        {
            throw new ArgumentException($"{ordered.Length} nodes; at most {NodesMaximum} are supported.", nameof(nodes));
        }

        return new ClusterView(ordered);
    }

    /// <summary>The node with that id, if it is known.</summary>
    public bool TryGet(NodeId id, [NotNullWhen(true)] out NodeView? node)
    {
        node = _index.TryGetValue(id, out var i) ? Nodes[i] : null;
        return node is not null;
    }

    internal int IndexOf(NodeId id) => _index.TryGetValue(id, out var i) ? i : -1;

    internal PreparedPolicy Prepare(ReplicationPolicy policy) => _prepared.GetValue(policy, p => new PreparedPolicy(p, this));

    private static int Number(Dictionary<string, int> numbers, string key)
    {
        if (!numbers.TryGetValue(key, out var number))
        {
            number = numbers.Count;
            numbers.Add(key, number);
        }

        return number;
    }
}

/// <summary>A node reduced to what the inner loops read.</summary>
internal readonly struct NodeFact
{
    public required NodeStatus Status { get; init; }

    public required bool Exiting { get; init; }

    public required bool OnProbation { get; init; }

    public required int Member { get; init; }

    public required int Site { get; init; }

    public required int Country { get; init; }

    public required long AbsentSinceMs { get; init; }

    public required long MaintenanceUntilMs { get; init; }

    public required long LostAfterOverrideMs { get; init; }

    public required double LossRatePerYear { get; init; }

    /// <summary>New replicas may be placed here.</summary>
    public required bool TakesReplicas { get; init; }

    public required double Reputation { get; init; }

    public required bool CapacityUnknown { get; init; }

    public bool Answers => Status is NodeStatus.Up or NodeStatus.Suspect or NodeStatus.Draining or NodeStatus.Probation;

    public static NodeFact From(NodeView node, int member, int site, int country) => new()
    {
        Status = node.Status,
        Exiting = node.IsExiting,
        OnProbation = node.IsOnProbation,
        Member = member,
        Site = site,
        Country = country,
        AbsentSinceMs = (node.AbsentSince ?? node.StatusSince).ToUnixTimeMilliseconds(),
        MaintenanceUntilMs = node.MaintenanceUntil?.ToUnixTimeMilliseconds() ?? long.MaxValue,
        LostAfterOverrideMs = node.LostAfterOverride is { } o ? (long)o.TotalMilliseconds : -1,
        LossRatePerYear = node.LossRatePerYear,
        TakesReplicas = node is { Status: NodeStatus.Up, IsExiting: false, IsOnProbation: false, NoNewReplicas: false },
        Reputation = Math.Clamp(node.Reputation, 0.01, 1),
        CapacityUnknown = node.CapacityBytes <= 0,
    };

    public int Domain(DistinctBy by, int node) => by switch
    {
        DistinctBy.Member => Member,
        DistinctBy.Site => Site,
        DistinctBy.Country => Country,
        _ => node,
    };
}

/// <summary>A policy prepared for one cluster snapshot: who is in placement, and the number of each node's failure domain.</summary>
internal sealed class PreparedPolicy
{
    public PreparedPolicy(ReplicationPolicy policy, ClusterView cluster)
    {
        Policy = policy;
        MaximumAgeMs = (long)policy.MaximumVerificationAge.TotalMilliseconds;
        RecheckMs = (long)(policy.MaximumVerificationAge * ReplicationPolicy.RecheckShare).TotalMilliseconds;
        Allowed = new bool[cluster.Nodes.Count];
        Domain = new int[cluster.Nodes.Count];
        for (var i = 0; i < Allowed.Length; i++)
        {
            Allowed[i] = Allows(policy, cluster.Nodes[i]);
            Domain[i] = cluster.Facts[i].Domain(policy.DistinctBy, i);
        }
    }

    public ReplicationPolicy Policy { get; }

    public long MaximumAgeMs { get; }

    public long RecheckMs { get; }

    public bool[] Allowed { get; }

    public int[] Domain { get; }

    private static bool Allows(ReplicationPolicy policy, NodeView node)
    {
        foreach (var tag in policy.IncludeTags)
        {
            if (!node.Tags.Contains(tag, StringComparer.Ordinal))
            {
                return false;
            }
        }

        foreach (var tag in policy.ExcludeTags)
        {
            if (node.Tags.Contains(tag, StringComparer.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
