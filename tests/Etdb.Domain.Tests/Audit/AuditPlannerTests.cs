using Etdb.Domain.Audit;
using Etdb.Domain.Common;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Audit;

public sealed class AuditPlannerTests
{
    [Fact]
    public void What_is_new_just_repaired_or_a_last_copy_goes_first()
    {
        var usual = Candidate(1, 20);
        var policy = AuditPolicy.Default;
        var plain = AuditPlanner.Urgency(usual, policy, Now);
        Assert.Equal(20 / 30.0, plain, 9);
        Assert.True(AuditPlanner.Urgency(usual with { JustRepaired = true }, policy, Now) > plain);
        Assert.True(AuditPlanner.Urgency(usual with { ReadableDomains = 1 }, policy, Now) > AuditPlanner.Urgency(usual with { ReadableDomains = 2 }, policy, Now));
        Assert.True(AuditPlanner.Urgency(usual with { Reputation = 0.5 }, policy, Now) > plain);
        Assert.True(AuditPlanner.Urgency(usual with { LastCheck = null, Since = Now.AddDays(-20) }, policy, Now) > plain);
    }

    /// <summary>Aim: nothing starves. Method: one audit a day over thirty replicas of very unequal weight for half a year; every one is reached.</summary>
    [Fact]
    public void Every_replica_is_audited_in_the_end_whatever_the_weights()
    {
        var rows = Enumerable.Range(0, 30).Select(i => Candidate(i, 0) with { ReadableDomains = i % 4, Bytes = 1L << i }).ToList();
        for (var day = 0; day < 180; day++)
        {
            var now = Now.AddDays(day);
            foreach (var audit in AuditPlanner.Select(rows, 1, AuditPolicy.Default, now, (ulong)day))
            {
                var i = rows.FindIndex(r => r.Dataset == audit.Dataset);
                rows[i] = rows[i] with { LastCheck = now, LastFull = now };
            }
        }

        Assert.All(rows, r => Assert.True(r.LastCheck > Now));
        Assert.All(rows, r => Assert.True(Now.AddDays(180) - r.LastCheck < TimeSpan.FromDays(90)));
    }

    [Fact]
    public void The_budget_holds_nothing_is_chosen_twice_and_a_part_is_by_lot() => Scenario.ForAll(
        s =>
        {
            var rows = Enumerable.Range(0, s.Random.Next(0, 60)).Select(i => Candidate(i, s.Random.Next(0, 200))).ToList();
            var budget = s.Random.Next(0, 40);
            var audits = AuditPlanner.Select(rows, budget, AuditPolicy.Default, Now, (ulong)s.Seed);
            Assert.Equal(Math.Min(budget, rows.Count), audits.Count);
            Assert.Equal(audits.Count, audits.Select(a => (a.Dataset, a.Node)).Distinct().Count());
            Assert.True(audits.Count(a => !a.Drawn) <= budget);
            if (budget >= 4 && rows.Count >= budget)
            {
                Assert.Contains(audits, a => a.Drawn);
            }
        },
        runs: 200);

    [Fact]
    public void The_choice_of_leaves_cannot_be_foreseen_without_the_nonce_and_can_be_repeated_with_it()
    {
        var rows = new[] { Candidate(1, 90) };
        var (a, b, c) = (Seed(7), Seed(7), Seed(8));
        Assert.Equal(a, b);
        Assert.NotEqual(a, c);

        ulong Seed(ulong nonce) => Assert.Single(AuditPlanner.Select(rows, 1, AuditPolicy.Default, Now, nonce)).Seed;
    }

    [Fact]
    public void A_replica_not_scrubbed_for_ninety_days_is_scrubbed()
    {
        var due = Candidate(1, 40) with { LastFull = Now.AddDays(-90) };
        Assert.Equal(AuditTier.Scrub, Assert.Single(AuditPlanner.Select([due], 1, AuditPolicy.Default, Now, 1)).Tier);
        Assert.Equal(AuditTier.Challenge, Assert.Single(AuditPlanner.Select([due with { LastFull = Now.AddDays(-89) }], 1, AuditPolicy.Default, Now, 1)).Tier);
    }

    /// <summary>Aim: heavier things are drawn more often. Method: 4000 draws of one from weights 1, 2, 4, 8; shares within three percent points.</summary>
    [Fact]
    public void The_reservoir_draws_by_weight()
    {
        var counts = new int[4];
        for (var i = 0UL; i < 4000; i++)
        {
            var reservoir = new WeightedReservoir<int>(1);
            for (var k = 0; k < 4; k++)
            {
                reservoir.Offer(k, 1 << k, Hashing.Mix(i, (ulong)k));
            }

            counts[reservoir.Drawn()[0]]++;
        }

        for (var k = 0; k < 4; k++)
        {
            Assert.Equal((1 << k) / 15.0, counts[k] / 4000.0, 0.03);
        }
    }

    [Fact]
    public void Merged_reservoirs_hold_what_one_over_all_would() => Scenario.ForAll(
        s =>
        {
            var size = s.Random.Next(0, 6);
            var (one, left, right) = (new WeightedReservoir<int>(size), new WeightedReservoir<int>(size), new WeightedReservoir<int>(size));
            for (var i = 0; i < 30; i++)
            {
                var (weight, seed) = (s.Random.NextDouble() + 0.01, (ulong)s.Random.NextInt64());
                one.Offer(i, weight, seed);
                (s.Random.Next(2) == 0 ? left : right).Offer(i, weight, seed);
            }

            left.Merge(right);
            Assert.Equal(one.Drawn(), left.Drawn());
        },
        runs: 200);

    private static AuditCandidate Candidate(int i, double daysAgo) => new()
    {
        Dataset = new DatasetId($"{i:x64}"),
        Node = new NodeId("n1"),
        Bytes = 1000,
        LastCheck = Now.AddDays(-daysAgo),
        LastFull = Now.AddDays(-daysAgo),
        Since = Now.AddDays(-300),
        ReadableDomains = 4,
    };
}
