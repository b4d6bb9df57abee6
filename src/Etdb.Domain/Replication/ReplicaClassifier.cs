namespace Etdb.Domain.Replication;

/// <summary>
/// The one place that says how well a dataset is kept. Scheduler, worker (again, just before acting) and reports share it; the columnar
/// form for a million datasets calls the same core. With <c>all</c> the replicas given:
/// <code>
/// unhealthy = unknown ∪ presumedLost ∪ maintenance ∪ away ∪ corrupt ∪ missing ∪ awaited ∪ claimed ∪ suspect
///             ∪ exiting ∪ probation ∪ outOfPlacement ∪ stale ∪ clumped
/// healthy   = all \ unhealthy
/// retrievable = { r : proven once, not disproved since, node answers }
/// </code>
/// Repair is decided on <c>healthy</c>, "can it still be read" on <c>retrievable</c>: an exiting or clumped copy is a good source and no safety.
/// </summary>
public static class ReplicaClassifier
{
    /// <summary>Replicas of one dataset that are looked at; surplus ones beyond it are ignored, which can only make the answer worse.</summary>
    public const int ReplicasMaximum = 64;

    /// <summary>Classifies an established dataset with the default ladder.</summary>
    public static DatasetHealth Classify(ReplicationPolicy policy, IReadOnlyList<ReplicaView> replicas, ClusterView cluster, DateTimeOffset now) =>
        Classify(policy, replicas, cluster, now, GraceLadder.Default, pending: false);

    /// <summary>Classifies.</summary>
    /// <param name="policy">What is wished; must have no <see cref="ReplicationPolicy.Problems"/>.</param>
    /// <param name="replicas">The table, at most one row a node.</param>
    /// <param name="cluster">All nodes.</param>
    /// <param name="now">The moment of the decision.</param>
    /// <param name="ladder">How long silence is borne.</param>
    /// <param name="pending">The first replication has never been finished and may still take its time (<see cref="DatasetView.IsPending"/>).</param>
    public static DatasetHealth Classify(
        ReplicationPolicy policy,
        IReadOnlyList<ReplicaView> replicas,
        ClusterView cluster,
        DateTimeOffset now,
        GraceLadder ladder,
        bool pending)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(replicas);
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(ladder);
        var count = Math.Min(replicas.Count, ReplicasMaximum);
        Span<ReplicaFact> facts = stackalloc ReplicaFact[count];
        for (var i = 0; i < count; i++)
        {
            facts[i] = ReplicaFact.From(replicas[i], cluster);
        }

        var prepared = cluster.Prepare(policy);
        var ladderFact = LadderFact.From(ladder);
        var nowMs = now.ToUnixTimeMilliseconds();
        var sets = ClassifierCore.Classify(prepared, facts, cluster.Facts, nowMs, ladderFact);
        return ToHealth(policy, sets, facts, replicas, cluster.Facts, ladderFact, pending);
    }

    private static DatasetHealth ToHealth(
        ReplicationPolicy policy,
        in Classification sets,
        ReadOnlySpan<ReplicaFact> facts,
        IReadOnlyList<ReplicaView> replicas,
        NodeFact[] nodes,
        in LadderFact ladder,
        bool pending)
    {
        var standings = new ReplicaStanding[facts.Length];
        for (var i = 0; i < facts.Length; i++)
        {
            var kind = sets.ClassOf(i);
            var bit = 1UL << i;
            var untilMs = ClassifierCore.UntilMs(facts[i], kind, nodes, ladder, sets.VerifiedIndependent);
            standings[i] = new ReplicaStanding(
                replicas[i].Node,
                kind,
                (sets.Retrievable & bit) != 0,
                (sets.Prospective & bit) != 0,
                untilMs is > 0 and < ClassifierCore.NeverMs ? DateTimeOffset.FromUnixTimeMilliseconds(untilMs) : null);
        }

        return new DatasetHealth
        {
            Level = ClassifierCore.Level(policy, sets, pending),
            Target = policy.Target,
            VerifiedIndependent = sets.VerifiedIndependent,
            RetrievableIndependent = sets.RetrievableIndependent,
            ProspectiveIndependent = sets.ProspectiveIndependent,
            Replicas = standings,
            Omitted = replicas.Count - facts.Length,
        };
    }
}
