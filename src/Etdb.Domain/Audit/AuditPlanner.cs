using Etdb.Domain.Common;

namespace Etdb.Domain.Audit;

/// <summary>How often replicas are looked at.</summary>
public sealed record AuditPolicy
{
    /// <summary>The consortium's figures.</summary>
    public static AuditPolicy Default { get; } = new();

    /// <summary>Longest time between two challenges of a replica nothing speaks against.</summary>
    public TimeSpan ChallengeEvery { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Longest time between two scrubs of a replica.</summary>
    public TimeSpan ScrubEvery { get; init; } = TimeSpan.FromDays(90);
}

/// <summary>A replica that may be audited.</summary>
public sealed record AuditCandidate
{
    /// <summary>Last successful check; null when never.</summary>
    public DateTimeOffset? LastCheck { get; init; }

    /// <summary>Last successful check of every block; null when never: then that is its turn.</summary>
    public DateTimeOffset? LastFull { get; init; }

    /// <summary>Since when it is in its present state.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Readable failure domains of its dataset, this one included.</summary>
    public int ReadableDomains { get; init; } = 1;

    /// <summary>Score of the node, 0..1.</summary>
    public double Reputation { get; init; } = 1;

    /// <summary>Brought or healed since the last check.</summary>
    public bool JustRepaired { get; init; }
}

/// <summary>Whether it is a replica's turn.</summary>
/// <param name="Challenge">A sample of its blocks is to be read.</param>
/// <param name="Scrub">Every block is to be read.</param>
/// <param name="Urgency">Elapsed ÷ interval × weights of a challenge; grows without bound.</param>
/// <param name="NextAt">When its turn comes by itself; in the past when it has come.</param>
public sealed record AuditTurn(bool Challenge, bool Scrub, double Urgency, DateTimeOffset NextAt);

/// <summary>
/// When a replica is audited: by risk and age, at a moment nobody can foresee. The problem: a node that knew when it will be asked could drop the bytes the day after and fetch
/// them again the day before. So each turn comes somewhere in the latter half of its interval, drawn from a secret; the lots of the canaries, which know no interval, cover the
/// former half. What is new, just repaired, badly reputed or a last copy has shorter intervals; age alone brings every replica its turn, so nothing starves.
/// </summary>
public static class AuditPlanner
{
    /// <summary>Part of the interval after which a turn may come.</summary>
    public const double EarliestPart = 0.5;

    /// <summary>Mean wait of a challenge of urgency 1 that found the day's budget of its node used up.</summary>
    public static readonly TimeSpan MeanWait = TimeSpan.FromDays(1);

    /// <summary>Elapsed ÷ interval × weights of a challenge. Never checked counts from when it came, with weight 4.</summary>
    public static double Urgency(AuditCandidate candidate, AuditPolicy policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(policy);
        return Math.Max(0, (now - From(candidate)) / policy.ChallengeEvery) * Weight(candidate);
    }

    /// <summary>Whether it is its turn, and when else. <paramref name="draw"/> must be secret and stay the same until the replica has been checked.</summary>
    public static AuditTurn Turn(AuditCandidate candidate, AuditPolicy policy, DateTimeOffset now, ulong draw)
    {
        var urgency = Urgency(candidate, policy, now);
        var challengeAt = From(candidate) + (policy.ChallengeEvery * Part(draw, 1) / Weight(candidate));

        // What was never read whole, as a copy taken back from a node that returns, was found good by a sample at most: it is not to wait an interval for the rest.
        var scrubAt = candidate.LastFull is { } full ? full + (policy.ScrubEvery * Part(draw, 2)) : candidate.Since;
        return new AuditTurn(now >= challengeAt, now >= scrubAt, urgency, challengeAt < scrubAt ? challengeAt : scrubAt);
    }

    /// <summary>
    /// How long a challenge waits that found the budget used up: an exponential time, the shorter the more urgent. Where more is due than may be asked, each replica so draws its lot as
    /// often as its risk and age weigh.
    /// </summary>
    public static TimeSpan Wait(double urgency, ulong draw) => MeanWait * (-Math.Log(Hashing.Unit(draw)) / Math.Max(urgency, EarliestPart));

    private static DateTimeOffset From(AuditCandidate candidate) => candidate.LastCheck ?? candidate.Since;

    private static double Part(ulong draw, ulong which) => EarliestPart + ((1 - EarliestPart) * Hashing.Unit(Hashing.Mix(draw, which)));

    private static double Weight(AuditCandidate candidate)
    {
        var weight = candidate.LastCheck is null ? 4.0 : 1.0;
        weight *= candidate.JustRepaired ? 2 : 1;
        weight *= candidate.ReadableDomains switch
        {
            <= 1 => 4,
            2 => 2,
            _ => 1,
        };
        return weight * (2 - Math.Clamp(candidate.Reputation, 0, 1));
    }
}
