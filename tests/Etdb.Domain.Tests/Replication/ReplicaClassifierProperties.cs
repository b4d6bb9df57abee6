using Etdb.Domain.Replication;

namespace Etdb.Domain.Tests.Replication;

public sealed class ReplicaClassifierProperties
{
    [Fact]
    public void The_order_of_the_table_does_not_matter() => Scenario.ForAll(s =>
    {
        var shuffled = s.Dataset with { Replicas = [.. s.Dataset.Replicas.OrderBy(_ => s.Random.Next())] };
        var (a, b) = (s.Health, Scenario.Classify(shuffled, s.Cluster));
        Assert.Equal(a.Level, b.Level);
        Assert.Equal(a.Replicas.OrderBy(r => r.Node.Value, StringComparer.Ordinal), b.Replicas.OrderBy(r => r.Node.Value, StringComparer.Ordinal));
        Assert.Equal((a.VerifiedIndependent, a.RetrievableIndependent, a.ProspectiveIndependent), (b.VerifiedIndependent, b.RetrievableIndependent, b.ProspectiveIndependent));
    });

    [Fact]
    public void Losing_a_replica_never_improves_health() => Scenario.ForAll(s =>
    {
        if (s.Dataset.Replicas.Count == 0)
        {
            return;
        }

        var lost = s.Pick(s.Dataset.Replicas);
        var before = s.Health;
        var after = Scenario.Classify(s.Dataset with { Replicas = [.. s.Dataset.Replicas.Where(r => r != lost)] }, s.Cluster);
        AssertNoBetter(before, after);
    });

    [Fact]
    public void Losing_a_node_never_improves_health() => Scenario.ForAll(s =>
    {
        var lost = s.Pick(s.Cluster.Nodes);
        AssertNoBetter(s.Health, Scenario.Classify(s.Dataset, s.Cluster.With(lost with { Status = NodeStatus.PresumedLost })));
    });

    [Fact]
    public void What_counts_is_independent_proven_fresh_in_placement_and_on_a_node_that_stays() => Scenario.ForAll(s =>
    {
        var health = s.Health;
        var nodes = health.Healthy.Select(id => s.Cluster.Nodes.Single(n => n.Node == id)).ToList();
        Assert.Equal(health.VerifiedIndependent, nodes.Count);
        Assert.Equal(nodes.Count, nodes.Select(n => DomainOf(n, s.Policy.DistinctBy)).Distinct().Count());
        foreach (var node in nodes)
        {
            var row = s.Dataset.Replicas.Single(r => r.Node == node.Node);
            Assert.Equal(ReplicaState.Verified, row.State);
            Assert.True(node.Answers && !node.IsExiting && !node.IsOnProbation);
            Assert.All(s.Policy.IncludeTags, t => Assert.Contains(t, node.Tags));
            Assert.All(s.Policy.ExcludeTags, t => Assert.DoesNotContain(t, node.Tags));
            Assert.Contains(
                new[] { row.LastVerification, row.LastFullVerification },
                v => v is not null && v.Depth >= s.Policy.MinimumDepth && World.Now - v.At <= s.Policy.MaximumVerificationAge);
        }

        Assert.Subset(health.Retrievable.ToHashSet(), health.Healthy.ToHashSet());
        Assert.All(health.Replicas.Where(r => r.Class == ReplicaClass.Healthy), r => Assert.True(r.Prospective));
        Assert.True(health.VerifiedIndependent <= health.RetrievableIndependent);
        Assert.True(health.VerifiedIndependent <= health.ProspectiveIndependent);
    });

    [Fact]
    public void The_level_follows_from_the_counts() => Scenario.ForAll(s =>
    {
        var health = s.Health;
        var expected = health.VerifiedIndependent >= s.Policy.Target ? HealthLevel.Healthy
            : s.Dataset.IsPending(World.Now) ? HealthLevel.Pending
            : health.Retrievable.Count == 0 ? HealthLevel.Lost
            : health.VerifiedIndependent >= s.Policy.Floor ? HealthLevel.Degraded
            : HealthLevel.Endangered;
        Assert.Equal(expected, health.Level);
    });

    /// <summary>
    /// Aim: never more optimistic than the truth. Method: a replica is damaged, wiped and restored at random; every look at it tells the truth of
    /// that moment; looks arrive in any order; the last look of each replica is a full check. What counts then must truly be there.
    /// </summary>
    [Fact]
    public void Truthful_looks_in_any_order_never_add_up_to_more_than_the_truth() => Scenario.ForAll(s =>
    {
        var truth = new HashSet<NodeId>();
        var rows = new List<ReplicaRecord>();
        foreach (var node in s.Cluster.Nodes)
        {
            var (looks, present) = TruthfulHistory(s, node.Node);
            var row = ReplicaRecord.Assign(node.Node, World.Now.AddDays(-50));
            row = looks.OrderBy(_ => s.Random.Next()).Aggregate(row, (r, look) => ReplicaObserver.Observe(r, look, World.Now).Replica);
            rows.Add(row);
            if (present)
            {
                truth.Add(node.Node);
            }
        }

        var health = Scenario.Classify(s.Dataset with { Replicas = rows }, s.Cluster);
        Assert.Subset(truth, health.Healthy.ToHashSet());
        Assert.Subset(truth, health.Retrievable.ToHashSet());
    });

    private static (List<Observation> Looks, bool Present) TruthfulHistory(Scenario s, NodeId node)
    {
        var looks = new List<Observation>();
        var (pinned, whole) = (false, false);
        var at = World.Now.AddDays(-40);
        for (var i = s.Random.Next(1, 12); i > 0; i--)
        {
            at = at.AddHours(s.Random.Next(1, 70));
            switch (s.Random.Next(0, 6))
            {
                case 0 when !pinned:
                    (pinned, whole) = (true, true);
                    looks.Add(Look(ObservationKind.Pinned, VerificationDepth.None));
                    break;
                case 1:
                    (pinned, whole) = (false, false);
                    break;
                case 2:
                    whole = false;
                    break;
                case 3:
                    looks.Add(Look(pinned ? ObservationKind.Listed : ObservationKind.NotListed, VerificationDepth.None));
                    break;
                case 4:
                    looks.Add(Look(ObservationKind.NoAnswer, VerificationDepth.None));
                    break;
                default:
                    looks.Add(Look(whole ? ObservationKind.CheckComplete : ObservationKind.CheckMissing, VerificationDepth.Full));
                    break;
            }
        }

        at = at.AddMinutes(1);
        looks.Add(Look(whole ? ObservationKind.CheckComplete : ObservationKind.CheckCorrupt, VerificationDepth.Full));
        return (looks, whole);

        Observation Look(ObservationKind kind, VerificationDepth depth) => new(node, kind, at, ObservationSource.Audit, depth, 10);
    }

    private static void AssertNoBetter(DatasetHealth before, DatasetHealth after)
    {
        Assert.True(after.VerifiedIndependent <= before.VerifiedIndependent);
        Assert.True(after.RetrievableIndependent <= before.RetrievableIndependent);
        if (before.Level != HealthLevel.Pending && after.Level != HealthLevel.Pending)
        {
            Assert.True(after.Level >= before.Level, $"{before.Level} became {after.Level}");
        }
    }

    private static string DomainOf(NodeView node, DistinctBy by) => by switch
    {
        DistinctBy.Member => node.Member.Value,
        DistinctBy.Site => $"{node.Member}/{node.Site}",
        DistinctBy.Country => node.Country ?? string.Empty,
        _ => node.Node.Value,
    };
}
