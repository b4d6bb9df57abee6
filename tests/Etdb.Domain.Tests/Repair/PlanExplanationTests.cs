using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Repair;

public sealed class PlanExplanationTests
{
    [Fact]
    public void A_safe_dataset_is_called_safe() =>
        Assert.Equal("Safe: 4 of 4 verified, independent copies.", Sentence(Cluster(6), Replica(1), Replica(2), Replica(3), Replica(4)));

    [Fact]
    public void A_silent_node_is_named_with_the_time_it_is_waited_for() => Assert.Equal(
        "Fewer copies than wanted: 3 of 4 verified, independent copies. n4 is silent but may come back; its copy is written off at 2026-06-08 11:00:00Z.",
        Sentence(Cluster(6).With(Node(4, NodeStatus.Unreachable)), Replica(1), Replica(2), Replica(3), Replica(4)));

    [Fact]
    public void Danger_says_what_can_be_read_and_what_is_done()
    {
        var sentence = Sentence(Cluster(3), Replica(1), Replica(2, ReplicaState.Corrupt));
        Assert.Equal("In danger: only 1 of 4 verified, independent copies; 1 copy can be read now. Damaged blocks on n2 are replaced. New copies go to n3.", sentence);
    }

    [Fact]
    public void Every_class_of_replica_has_its_own_words() => Scenario.ForAll(s =>
    {
        foreach (var (standing, row) in s.Health.Replicas.Zip(s.Dataset.Replicas))
        {
            var text = PlanExplanation.Replica(standing, row);
            Assert.EndsWith(".", text, StringComparison.Ordinal);
            Assert.Equal(standing.Class == ReplicaClass.Healthy, text.StartsWith("Counts:", StringComparison.Ordinal));
        }
    });

    private static string Sentence(ClusterView cluster, params ReplicaRecord[] replicas) => PlanExplanation.Sentence(RepairPlanner.Plan(Dataset(replicas), Context(cluster)));
}
