using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Tests;

/// <summary>Short ways to say what tests need.</summary>
internal static class World
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static NodeView Node(int i, NodeStatus status = NodeStatus.Up, string? member = null, string? country = null, params string[] tags) => new()
    {
        Node = new NodeId($"n{i}"),
        Member = new MemberId(member ?? $"m{i}"),
        Site = "main",
        Country = country ?? $"C{i}",
        Status = status,
        StatusSince = Now.AddDays(-30),
        AbsentSince = status is NodeStatus.Unreachable ? Now.AddHours(-1) : null,
        CapacityBytes = 1L << 40,
        Tags = tags,
    };

    public static ClusterView Cluster(int nodes) => ClusterView.From(Enumerable.Range(1, nodes).Select(i => Node(i)));

    public static ClusterView With(this ClusterView cluster, NodeView node) => ClusterView.From(cluster.Nodes.Where(n => n.Node != node.Node).Append(node));

    public static ReplicaRecord Replica(int node, ReplicaState state = ReplicaState.Verified, TimeSpan? ago = null)
    {
        var at = Now - (ago ?? TimeSpan.FromDays(1));
        var id = new NodeId($"n{node}");
        var row = ReplicaRecord.Assign(id, at.AddHours(-1));
        foreach (var kind in Path(state))
        {
            row = ReplicaObserver.Observe(row, new Observation(id, kind, at, ObservationSource.Audit, VerificationDepth.Sample, 30), Now).Replica;
            at += TimeSpan.FromSeconds(1);
        }

        Assert.Equal(state, row.State);
        return row;
    }

    public static DatasetView Dataset(params ReplicaRecord[] replicas) => new()
    {
        Id = new DatasetId(new string('a', 64)),
        Root = new ContentId("QmRoot"),
        Bytes = 3_000_000_000,
        RegisteredAt = Now.AddYears(-1),
        EstablishedAt = Now.AddYears(-1).AddDays(1),
        Replicas = replicas,
    };

    public static PlannerContext Context(ClusterView cluster) => new() { Cluster = cluster, Now = Now };

    public static DatasetHealth Health(this DatasetView dataset, ClusterView cluster) =>
        ReplicaClassifier.Classify(dataset.Policy, [.. dataset.Replicas.Select(r => r.ToView())], cluster, Now);

    private static ObservationKind[] Path(ReplicaState state) => state switch
    {
        ReplicaState.Assigned => [],
        ReplicaState.Claimed => [ObservationKind.Pinned],
        ReplicaState.Verified => [ObservationKind.Pinned, ObservationKind.CheckComplete],
        ReplicaState.Suspect => [ObservationKind.Pinned, ObservationKind.CheckComplete, ObservationKind.CheckUnknown],
        ReplicaState.Missing => [ObservationKind.Pinned, ObservationKind.CheckComplete, ObservationKind.NotListed],
        ReplicaState.Corrupt => [ObservationKind.Pinned, ObservationKind.CheckComplete, ObservationKind.CheckCorrupt],
        _ => [ObservationKind.Pinned, ObservationKind.CheckComplete, ObservationKind.NoAnswer],
    };
}
