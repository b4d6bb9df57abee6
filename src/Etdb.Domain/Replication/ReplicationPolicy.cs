namespace Etdb.Domain.Replication;

/// <summary>By which failure domain counted replicas must differ. At most one replica per domain counts.</summary>
public enum DistinctBy
{
    /// <summary>One counted replica an institution.</summary>
    Member = 0,

    /// <summary>One counted replica a place of an institution.</summary>
    Site = 1,

    /// <summary>One counted replica a country; nodes of unknown country share one domain.</summary>
    Country = 2,

    /// <summary>One counted replica a node: no independence asked for beyond the machine.</summary>
    Node = 3,
}

/// <summary>How much of a replica a check has read and hashed; a larger value proves more.</summary>
public enum VerificationDepth
{
    /// <summary>Nothing was hashed.</summary>
    None = 0,

    /// <summary>The root block only.</summary>
    Root = 1,

    /// <summary>Random leaves and every inner block on their paths.</summary>
    Sample = 2,

    /// <summary>Every block.</summary>
    Full = 3,
}

/// <summary>
/// What a publisher or the consortium wishes for a dataset. Wishes that the members cannot fulfil today (target above members, tags
/// nobody has) are valid and wait; numbers out of range are refused by <see cref="Problems"/>, naming the range.
/// </summary>
public sealed record ReplicationPolicy
{
    /// <summary>Most replicas a policy may ask for; the classifier looks at 64 replicas of a dataset at most.</summary>
    public const int TargetMaximum = 32;

    /// <summary>Largest value of <see cref="Most"/>.</summary>
    public const int MostMaximum = 64;

    /// <summary>Longest <see cref="MaximumVerificationAge"/>, days.</summary>
    public const double VerificationAgeDaysMaximum = 3_650;

    /// <summary>Longest <see cref="RetireGrace"/>, days.</summary>
    public const double RetireGraceDaysMaximum = 36_500;

    /// <summary>Longest <see cref="SurplusGrace"/>, days.</summary>
    public const double SurplusGraceDaysMaximum = 3_650;

    /// <summary>Part of <see cref="MaximumVerificationAge"/> after which a check is due.</summary>
    public const double RecheckShare = 0.75;

    /// <summary>Most tags in each list.</summary>
    public const int TagsMaximum = 16;

    /// <summary>The production default: four replicas, floor three, distinct by member.</summary>
    public static ReplicationPolicy Default { get; } = new();

    /// <summary>Shown to people and used as a metric label.</summary>
    public string Name { get; init; } = "default";

    /// <summary>Verified independent replicas wanted, 1..32.</summary>
    public int Target { get; init; } = 4;

    /// <summary>Below this the dataset is endangered, 1..<see cref="Target"/>.</summary>
    public int Floor { get; init; } = 3;

    /// <summary>Above this surplus replicas are trimmed without waiting for <see cref="SurplusGrace"/>, <see cref="Target"/>..64.</summary>
    public int Most { get; init; } = 6;

    /// <summary>By what replicas must differ.</summary>
    public DistinctBy DistinctBy { get; init; } = DistinctBy.Member;

    /// <summary>Only nodes that carry every one of these tags may keep a counted replica.</summary>
    public IReadOnlyList<string> IncludeTags { get; init; } = [];

    /// <summary>Nodes that carry any of these tags may not keep a counted replica.</summary>
    public IReadOnlyList<string> ExcludeTags { get; init; } = [];

    /// <summary>A shallower verification does not count.</summary>
    public VerificationDepth MinimumDepth { get; init; } = VerificationDepth.Sample;

    /// <summary>An older verification does not count, 1 s..10 years.</summary>
    public TimeSpan MaximumVerificationAge { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long replicas of a deactivated, superseded or retracted dataset are kept, 0..100 years.</summary>
    public TimeSpan RetireGrace { get; init; } = TimeSpan.FromDays(365);

    /// <summary>How long replicas above target (but not above <see cref="Most"/>) are kept: wasted bytes are cheaper than a second transfer.</summary>
    public TimeSpan SurplusGrace { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long a new dataset is called pending before its real level shows, 0..1 year.</summary>
    public TimeSpan FirstReplicationWithin { get; init; } = TimeSpan.FromDays(7);

    /// <summary>When a replica that counts is to be checked again so that it does not go stale: at three quarters of the age; null when it does not count.</summary>
    public DateTimeOffset? RecheckAt(ReplicaRecord replica)
    {
        ArgumentNullException.ThrowIfNull(replica);
        var last = replica.LastVerification is { } v && v.Depth >= MinimumDepth ? v : replica.LastFullVerification;
        return last?.At + (MaximumVerificationAge * RecheckShare);
    }

    /// <summary>Every number that is out of range, with the range; empty when the policy is valid.</summary>
    public IReadOnlyList<PolicyProblem> Problems()
    {
        var problems = new List<PolicyProblem>();
        Check(problems, nameof(Target), Target, 1, TargetMaximum);
        Check(problems, nameof(Floor), Floor, 1, Math.Clamp(Target, 1, TargetMaximum));
        Check(problems, nameof(Most), Most, Math.Clamp(Target, 1, TargetMaximum), MostMaximum);
        Check(problems, nameof(IncludeTags), IncludeTags.Count, 0, TagsMaximum);
        Check(problems, nameof(ExcludeTags), ExcludeTags.Count, 0, TagsMaximum);
        Check(problems, nameof(MaximumVerificationAge), MaximumVerificationAge, TimeSpan.FromSeconds(1), TimeSpan.FromDays(VerificationAgeDaysMaximum));
        Check(problems, nameof(RetireGrace), RetireGrace, TimeSpan.Zero, TimeSpan.FromDays(RetireGraceDaysMaximum));
        Check(problems, nameof(SurplusGrace), SurplusGrace, TimeSpan.Zero, TimeSpan.FromDays(SurplusGraceDaysMaximum));
        Check(problems, nameof(FirstReplicationWithin), FirstReplicationWithin, TimeSpan.Zero, TimeSpan.FromDays(365));
        if (!Enum.IsDefined(DistinctBy))
        {
            problems.Add(new PolicyProblem(nameof(DistinctBy), $"DistinctBy is {(int)DistinctBy}; allowed are member, site, country, node."));
        }

        if (!Enum.IsDefined(MinimumDepth))
        {
            problems.Add(new PolicyProblem(nameof(MinimumDepth), $"MinimumDepth is {(int)MinimumDepth}; allowed are none, root, sample, full."));
        }

        return problems;
    }

    private static void Check<T>(List<PolicyProblem> problems, string field, T value, T lowest, T highest)
        where T : IComparable<T>
    {
        if (value.CompareTo(lowest) < 0 || value.CompareTo(highest) > 0)
        {
            problems.Add(new PolicyProblem(field, $"{field} is {value}; allowed is {lowest} to {highest}."));
        }
    }
}

/// <summary>A number of a policy that is out of range, and the range, for people.</summary>
public sealed record PolicyProblem(string Field, string Text);
