using Etdb.Domain.Common;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Audit;

/// <summary>The three tiers of looking.</summary>
public enum AuditTier
{
    /// <summary>A node answers, its sentinel is there.</summary>
    Liveness = 1,

    /// <summary>Random blocks of one replica, hashed by us.</summary>
    Challenge = 2,

    /// <summary>Every block.</summary>
    Scrub = 3,
}

/// <summary>How often and how much is looked at.</summary>
public sealed record AuditPolicy
{
    /// <summary>The consortium's figures.</summary>
    public static AuditPolicy Default { get; } = new();

    /// <summary>Between two probes of a node.</summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Between two challenges of a replica.</summary>
    public TimeSpan ChallengeEvery { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Leaves a challenge reads: 30 find a loss of a tenth of the blocks with 96 %.</summary>
    public int ChallengeLeaves { get; init; } = 30;

    /// <summary>Between two scrubs of a replica.</summary>
    public TimeSpan ScrubEvery { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Challenges of a node a day: 200 find the loss of one dataset in a hundred within three days with 99 %.</summary>
    public int ChallengesPerNodeDay { get; init; } = 200;

    /// <summary>Part of the challenges drawn at random, weighted by size, so that nobody can foresee what is asked, 0..1.</summary>
    public double RandomPart { get; init; } = 0.25;

    /// <summary>Without any audit for so long the auditor itself is reported as broken.</summary>
    public TimeSpan SilenceAlarm { get; init; } = TimeSpan.FromHours(6);
}

/// <summary>A replica that may be audited.</summary>
public sealed record AuditCandidate
{
    /// <summary>Which dataset.</summary>
    public required DatasetId Dataset { get; init; }

    /// <summary>On which node.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Its size: a larger one is drawn more often.</summary>
    public long Bytes { get; init; }

    /// <summary>Last successful check; null when never.</summary>
    public DateTimeOffset? LastCheck { get; init; }

    /// <summary>Last successful check of every block; null when never.</summary>
    public DateTimeOffset? LastFull { get; init; }

    /// <summary>When it came here.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Readable failure domains of its dataset, this one included.</summary>
    public int ReadableDomains { get; init; } = 1;

    /// <summary>Score of the node, 0..1.</summary>
    public double Reputation { get; init; } = 1;

    /// <summary>Brought or healed since the last check.</summary>
    public bool JustRepaired { get; init; }
}

/// <summary>An audit to do.</summary>
/// <param name="Dataset">Which dataset.</param>
/// <param name="Node">On which node.</param>
/// <param name="Tier">Challenge or scrub.</param>
/// <param name="Leaves">Leaves to read; 0 = every block.</param>
/// <param name="Seed">Seed of the choice of leaves: not to be foreseen by the node as it mixes in the nonce.</param>
/// <param name="Urgency">Elapsed ÷ interval × weights; 1 = due.</param>
/// <param name="Drawn">Chosen by lot, not by urgency.</param>
public sealed record PlannedAudit(DatasetId Dataset, NodeId Node, AuditTier Tier, int Leaves, ulong Seed, double Urgency, bool Drawn);

/// <summary>
/// Chooses what to audit within a budget: what is due by urgency (age ÷ interval, heavier for what is new, just repaired, badly reputed
/// or a last copy; it grows without bound, so nothing starves), and a part by lot, weighted by size.
/// </summary>
public static class AuditPlanner
{
    /// <summary>Elapsed ÷ interval × weights of a challenge. Never checked counts from when it came, with weight 4.</summary>
    public static double Urgency(AuditCandidate candidate, AuditPolicy policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(policy);
        var elapsed = now - (candidate.LastCheck ?? candidate.Since);
        var share = Math.Max(0, elapsed / policy.ChallengeEvery);
        var weight = candidate.LastCheck is null ? 4.0 : 1.0;
        weight *= candidate.JustRepaired ? 2 : 1;
        weight *= candidate.ReadableDomains switch
        {
            <= 1 => 4,
            2 => 2,
            _ => 1,
        };
        return share * weight * (2 - Math.Clamp(candidate.Reputation, 0, 1));
    }

    /// <summary>The audits for one node now.</summary>
    /// <param name="candidates">Replicas on the node, in any order.</param>
    /// <param name="budget">Audits that may be done, from 0.</param>
    /// <param name="policy">How often and how much.</param>
    /// <param name="now">The moment.</param>
    /// <param name="nonce">Fresh secret randomness, so that the node cannot foresee the choice.</param>
    public static IReadOnlyList<PlannedAudit> Select(IReadOnlyList<AuditCandidate> candidates, int budget, AuditPolicy policy, DateTimeOffset now, ulong nonce)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentOutOfRangeException.ThrowIfNegative(budget);
        var byLot = (int)Math.Round(budget * policy.RandomPart, MidpointRounding.AwayFromZero);
        var due = candidates
            .Select(c => (Candidate: c, Urgency: Urgency(c, policy, now)))
            .Where(c => c.Urgency >= 1)
            .OrderByDescending(c => c.Urgency).ThenBy(c => c.Candidate.Dataset.Value, StringComparer.Ordinal).ThenBy(c => c.Candidate.Node.Value, StringComparer.Ordinal)
            .Take(budget - byLot)
            .ToList();
        var audits = due.Select(c => Make(c.Candidate, policy, now, nonce, c.Urgency, drawn: false)).ToList();
        var taken = due.Select(c => (c.Candidate.Dataset, c.Candidate.Node)).ToHashSet();
        var reservoir = new WeightedReservoir<AuditCandidate>(budget - audits.Count);
        foreach (var candidate in candidates)
        {
            if (!taken.Contains((candidate.Dataset, candidate.Node)))
            {
                reservoir.Offer(candidate, Math.Max(1, candidate.Bytes), Seed(candidate, nonce));
            }
        }

        audits.AddRange(reservoir.Drawn().Select(c => Make(c, policy, now, nonce, Urgency(c, policy, now), drawn: true)));
        return audits;
    }

    private static PlannedAudit Make(AuditCandidate candidate, AuditPolicy policy, DateTimeOffset now, ulong nonce, double urgency, bool drawn)
    {
        var scrub = now - (candidate.LastFull ?? candidate.Since) >= policy.ScrubEvery;
        return new PlannedAudit(
            candidate.Dataset,
            candidate.Node,
            scrub ? AuditTier.Scrub : AuditTier.Challenge,
            scrub ? 0 : policy.ChallengeLeaves,
            Hashing.Mix(Seed(candidate, nonce), 1),
            urgency,
            drawn);
    }

    private static ulong Seed(AuditCandidate candidate, ulong nonce) =>
        Hashing.Mix(Hashing.Mix(nonce, Hashing.Of(candidate.Dataset.Value)), Hashing.Of(candidate.Node.Value));
}
