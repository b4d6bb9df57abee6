using Etdb.Domain.Membership;
using FsCheck;
using FsCheck.Fluent;

namespace Etdb.Domain.Tests.Membership;

/// <summary>Probation ends when, and only when, every node was whole for the whole period.</summary>
public sealed class ProbationRuleTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Period = TimeSpan.FromDays(14);

    [Fact]
    public void Without_nodes_or_checks_nothing_is_passed()
    {
        Assert.False(ProbationRule.Decide([], Period, Start + TimeSpan.FromDays(1000)).Pass);
        Assert.False(ProbationRule.Decide([new NodeTrial("n", true, null, null, 0)], Period, Start + TimeSpan.FromDays(1000)).Pass);
    }

    [Fact]
    public void A_node_that_does_not_answer_does_not_pass()
    {
        var trial = new NodeTrial("n", true, Start, Start + Period, 5);
        Assert.True(ProbationRule.Decide([trial], Period, Start + Period).Pass);
        Assert.False(ProbationRule.Decide([trial with { Answers = false }], Period, Start + Period).Pass);
        Assert.False(ProbationRule.Decide([trial, new NodeTrial("m", true, Start + TimeSpan.FromDays(1), Start + Period, 5)], Period, Start + Period).Pass);
    }

    [Fact]
    public void A_pass_was_earned_by_a_whole_period_without_a_failure()
    {
        var checks = (from hours in Gen.Choose(1, 200) from passed in Gen.Frequency((12, Gen.Constant(true)), (1, Gen.Constant(false))) select (hours, passed)).ListOf();
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(checks.ToArbitrary(), history =>
        {
            var (trial, at) = (new NodeTrial("n", true, null, null, 0), Start);
            DateTimeOffset? clean = null;
            foreach (var (hours, passed) in history)
            {
                at += TimeSpan.FromHours(hours);
                trial = ProbationRule.After(trial, passed, at);
                clean = passed ? clean ?? at : null;
            }

            var pass = ProbationRule.Decide([trial], Period, at).Pass;
            // The last check is at the end, so that the only question is how long it has been clean.
            return pass == (clean is { } since && at - since >= Period);
        }));
    }

    [Fact]
    public void One_failure_begins_the_period_anew()
    {
        var trial = ProbationRule.After(new NodeTrial("n", true, Start, Start + Period, 9), passed: false, Start + Period);
        Assert.Equal((null, null, 0), (trial.ProvenSince, trial.LastProvenAt, trial.Passed));
    }
}
