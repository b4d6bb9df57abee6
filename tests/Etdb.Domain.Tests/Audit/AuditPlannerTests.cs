using Etdb.Domain.Audit;
using Etdb.Domain.Common;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Audit;

public sealed class AuditPlannerTests
{
    private static readonly AuditPolicy Policy = AuditPolicy.Default;

    [Fact]
    public void What_is_new_just_repaired_or_a_last_copy_goes_first()
    {
        var usual = Candidate(20);
        var plain = AuditPlanner.Urgency(usual, Policy, Now);
        Assert.Equal(20 / 30.0, plain, 9);
        Assert.True(AuditPlanner.Urgency(usual with { JustRepaired = true }, Policy, Now) > plain);
        Assert.True(AuditPlanner.Urgency(usual with { ReadableDomains = 1 }, Policy, Now) > AuditPlanner.Urgency(usual with { ReadableDomains = 2 }, Policy, Now));
        Assert.True(AuditPlanner.Urgency(usual with { Reputation = 0.5 }, Policy, Now) > plain);
        Assert.True(AuditPlanner.Urgency(usual with { LastCheck = null, Since = Now.AddDays(-20) }, Policy, Now) > plain);
    }

    /// <summary>Aim: every turn comes in the latter half of its interval, whatever the candidate and the draw. Method: the moments before, at and after it.</summary>
    [Fact]
    public void A_turn_comes_within_its_interval_never_in_its_former_half() => Scenario.ForAll(
        s =>
        {
            var candidate = Candidate(s.Random.Next(0, 200)) with
            {
                LastFull = s.Random.Next(3) == 0 ? null : Now.AddDays(-s.Random.Next(0, 200)),
                ReadableDomains = s.Random.Next(0, 6),
                Reputation = s.Random.NextDouble(),
                JustRepaired = s.Random.Next(2) == 0,
            };
            var draw = (ulong)s.Random.NextInt64();
            var turn = AuditPlanner.Turn(candidate, Policy, Now, draw);
            var full = candidate.LastFull ?? Now - Policy.ScrubEvery;
            var urgency = turn.Urgency;
            Assert.True(urgency < 1 || turn.Challenge, "Overdue and not asked.");
            Assert.True(urgency >= AuditPlanner.EarliestPart || !turn.Challenge, "Asked in the former half.");
            Assert.True(Now - full < Policy.ScrubEvery || turn.Scrub);
            Assert.True(Now - full >= Policy.ScrubEvery * AuditPlanner.EarliestPart || !turn.Scrub);
            Assert.Equal(turn.Challenge || turn.Scrub, turn.NextAt <= Now);
            var next = AuditPlanner.Turn(candidate, Policy, turn.NextAt, draw);
            Assert.True(next.Challenge || next.Scrub);
            Assert.Equal(turn.NextAt, next.NextAt);
        },
        runs: 500);

    [Fact]
    public void What_was_never_read_whole_is_read_whole_next()
    {
        var turn = AuditPlanner.Turn(Candidate(1) with { LastFull = null, Since = Now.AddDays(-1) }, Policy, Now, 5);
        Assert.True(turn.Scrub);
        Assert.False(turn.Challenge);
    }

    /// <summary>Aim: without the secret the moment cannot be foreseen. Method: 4000 draws; each tenth of the latter half gets its tenth of them, within two percent points.</summary>
    [Fact]
    public void Turns_are_spread_evenly_over_the_latter_half()
    {
        var tenths = new int[10];
        for (var i = 0UL; i < 4000; i++)
        {
            var candidate = Candidate(0) with { LastFull = Now };
            var wait = AuditPlanner.Turn(candidate, Policy, Now, Hashing.Mix(i)).NextAt - Now;
            tenths[(int)(((wait / Policy.ChallengeEvery) - AuditPlanner.EarliestPart) / (1 - AuditPlanner.EarliestPart) * 10)]++;
        }

        Assert.All(tenths, t => Assert.Equal(0.1, t / 4000.0, 0.02));
    }

    /// <summary>
    /// Aim: where more is due than the budget allows, risk and age decide and nothing starves. Method: 400 replicas, 20 challenges a day, a year; every one is reached again and again, last copies
    /// about four times as often as others would be.
    /// </summary>
    [Fact]
    public void A_budget_too_small_is_shared_by_risk_and_age()
    {
        var budget = new ChallengeBudget(20);
        var rows = Enumerable.Range(0, 400).Select(i => Candidate(0) with { LastFull = Now, ReadableDomains = i < 40 ? 1 : 4 }).ToArray();
        var asks = new PriorityQueue<int, DateTimeOffset>();
        var times = new int[rows.Length];
        var longest = TimeSpan.Zero;
        for (var i = 0; i < rows.Length; i++)
        {
            asks.Enqueue(i, AuditPlanner.Turn(rows[i], Policy, Now, Hashing.Mix((ulong)i)).NextAt);
        }

        var draw = 0UL;
        while (asks.TryDequeue(out var i, out var at) && at < Now.AddDays(365))
        {
            if (!budget.TryTake(at))
            {
                asks.Enqueue(i, at + AuditPlanner.Wait(AuditPlanner.Urgency(rows[i], Policy, at), Hashing.Mix(draw++)));
                continue;
            }

            longest = at - rows[i].LastCheck!.Value > longest ? at - rows[i].LastCheck!.Value : longest;
            rows[i] = rows[i] with { LastCheck = at };
            times[i]++;
            asks.Enqueue(i, at + (Policy.ChallengeEvery / 2 / (i < 40 ? 4 : 1)));
        }

        var total = times.Sum();
        Assert.InRange(total, 365 * 20 * 0.8, (365 * 20) + 2);
        Assert.True(times.Take(40).Average() > 1.5 * times.Skip(40).Average());
        Assert.All(times, t => Assert.True(t > 4));
        Assert.True(longest < TimeSpan.FromDays(90), $"One waited {longest}.");
    }

    [Fact]
    public void A_budget_is_never_exceeded_by_more_than_an_hours_worth_and_not_by_clocks_set_back() => Scenario.ForAll(
        s =>
        {
            var perDay = s.Random.Next(1, 500);
            var budget = new ChallengeBudget(perDay);
            var (now, latest) = (Now, Now);
            var taken = new List<DateTimeOffset>();
            for (var i = 0; i < 2000; i++)
            {
                now += TimeSpan.FromMinutes(s.Random.Next(-20, 60));
                latest = now > latest ? now : latest;
                if (budget.TryTake(now))
                {
                    taken.Add(latest);
                }
            }

            var most = perDay + Math.Max(1, perDay / 24.0);
            Assert.All(taken, t => Assert.True(taken.Count(u => u >= t && u < t.AddDays(1)) <= Math.Ceiling(most)));
            Assert.NotEmpty(taken);
        },
        runs: 30);

    [Theory]
    [InlineData(0)]
    [InlineData(ChallengeBudget.Most + 1)]
    public void A_budget_out_of_range_is_refused(int perDay) => Assert.Throws<ArgumentOutOfRangeException>(() => new ChallengeBudget(perDay));

    private static AuditCandidate Candidate(double daysAgo) => new()
    {
        LastCheck = Now.AddDays(-daysAgo),
        LastFull = Now.AddDays(-daysAgo),
        Since = Now.AddDays(-300),
        ReadableDomains = 4,
    };
}
