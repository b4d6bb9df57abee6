using Etdb.Domain.Audit;
using Etdb.Domain.Replication;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Audit;

public sealed class NodeReputationTests
{
    [Fact]
    public void Forty_one_failures_in_a_row_from_a_clean_start_ask_for_attention()
    {
        var node = NodeReputation.New;
        var failures = 0;
        while (node.Standing == ReputationStanding.Good)
        {
            node = node.Failed();
            failures++;
        }

        Assert.Equal(41, failures);
    }

    [Fact]
    public void Ten_unfinished_audits_in_a_row_make_a_steady_node_unsteady()
    {
        var node = NodeReputation.New;
        var count = 0;
        while (node.Standing == ReputationStanding.Good)
        {
            node = node.Unfinished();
            count++;
        }

        Assert.Equal((10, ReputationStanding.Unsteady), (count, node.Standing));
    }

    [Fact]
    public void The_closed_form_of_many_passes_holds()
    {
        var node = new NodeReputation { Alpha = 10, Beta = 5 };
        for (var i = 0; i < 300; i++)
        {
            node = node.Passed();
        }

        var power = Math.Pow(NodeReputation.KnownMemory, 300);
        Assert.Equal((power * 10) + ((1 - power) / (1 - NodeReputation.KnownMemory)), node.Alpha, 6);
        Assert.Equal(power * 5, node.Beta, 9);
    }

    [Fact]
    public void However_bad_a_node_is_it_keeps_a_weight_and_can_recover()
    {
        var node = NodeReputation.New;
        for (var i = 0; i < 5000; i++)
        {
            node = node.Failed();
        }

        Assert.True(node.PlacementWeight > 0);
        for (var i = 0; i < 5000; i++)
        {
            node = node.Passed();
        }

        Assert.Equal(ReputationStanding.Good, node.Standing);
    }

    [Fact]
    public void Stalling_counts_as_failing_at_the_third_time_and_being_offline_does_not()
    {
        var node = new NodeId("n1");
        var first = Judge(AuditVerdict.Unfinished, null);
        Assert.Equal(new Containment(1, Now.AddHours(6)), first.Containment);
        var second = Judge(AuditVerdict.Unfinished, first.Containment);
        var third = Judge(AuditVerdict.Unfinished, second.Containment);
        Assert.Equal((false, true), (second.CountsAsFailure, third.CountsAsFailure));
        Assert.True(third.Reputation.Score < 1);
        Assert.Equal(NodeReputation.New, Judge(AuditVerdict.Offline, null).Reputation);

        AuditConsequence Judge(AuditVerdict verdict, Containment? before) =>
            AuditJudge.Judge(node, verdict, Now, VerificationDepth.Sample, 30, NodeReputation.New, before, Now);
    }
}
