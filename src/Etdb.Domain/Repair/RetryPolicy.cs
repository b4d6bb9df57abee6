using Etdb.Domain.Common;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>What to do after a failed attempt.</summary>
public enum RetryVerdict
{
    /// <summary>The same node again, from another source, after the backoff.</summary>
    Again = 0,

    /// <summary>Another node: this one cannot take it now.</summary>
    ElsewhereNow = 1,

    /// <summary>Tried for long without success: the publisher is told; tried on at the longest backoff.</summary>
    Unobtainable = 2,
}

/// <summary>When to try again and whether here.</summary>
/// <param name="Verdict">What to do.</param>
/// <param name="NextAt">Not before.</param>
/// <param name="Advice">What a person can do about the cause.</param>
public sealed record RetryDecision(RetryVerdict Verdict, DateTimeOffset NextAt, string Advice);

/// <summary>Backoff 1 min · 2ⁿ up to 12 h with ±20 % jitter drawn from the seed, so that a replay waits the same times.</summary>
public sealed record RetryPolicy
{
    /// <summary>The consortium's figures.</summary>
    public static RetryPolicy Default { get; } = new();

    /// <summary>First wait.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest wait, before jitter.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Jitter on both sides, 0..1.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>After this many attempts at one node another one is tried.</summary>
    public int AttemptsBeforeElsewhere { get; init; } = 5;

    /// <summary>Failing this long without any success anywhere means unobtainable.</summary>
    public TimeSpan UnobtainableAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The wait after the <paramref name="attempts"/>-th failure (1 = first).</summary>
    public TimeSpan Backoff(int attempts, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        var doublings = Math.Min(attempts - 1, 40);
        var ticks = Math.Min(First.Ticks * Math.Pow(2, doublings), Longest.Ticks);
        var unit = Hashing.Unit(Hashing.Mix(seed, (ulong)attempts));
        return TimeSpan.FromTicks((long)(ticks * (1 + (Jitter * ((2 * unit) - 1)))));
    }

    /// <summary>Decides after a failure.</summary>
    /// <param name="cause">Why it failed.</param>
    /// <param name="attempts">Failures so far, this one included.</param>
    /// <param name="failingSince">First of them.</param>
    /// <param name="now">The moment of the failure.</param>
    /// <param name="seed">Seed of the jitter.</param>
    public RetryDecision Decide(ReplicaCause cause, int attempts, DateTimeOffset failingSince, DateTimeOffset now, ulong seed)
    {
        var next = now + Backoff(attempts, seed);
        if (cause == ReplicaCause.BadContent || (now - failingSince >= UnobtainableAfter && IsAboutContent(cause)))
        {
            return new RetryDecision(RetryVerdict.Unobtainable, now + Longest, Advice(cause));
        }

        var elsewhere = IsAboutNode(cause) || attempts >= AttemptsBeforeElsewhere;
        return new RetryDecision(elsewhere ? RetryVerdict.ElsewhereNow : RetryVerdict.Again, next, Advice(cause));
    }

    /// <summary>What a person can do about a cause.</summary>
    public static string Advice(ReplicaCause cause) => cause switch
    {
        ReplicaCause.NoProviders => "No node offers the blocks: the publisher should check that its own node is running and still has the files.",
        ReplicaCause.Stalled => "The source stopped sending: another source is tried next.",
        ReplicaCause.DiskFull => "The node has no room: its operator should add space or lower the pledge.",
        ReplicaCause.TimedOut => "The node was too slow: its operator should look at its load.",
        ReplicaCause.Unauthorized => "The node refused our credentials: its operator should check API.Authorizations and the token.",
        ReplicaCause.BadContent => "The content cannot be pinned as published: the publisher should publish it again.",
        ReplicaCause.TooBig => "The dataset is above a limit of the node: raise the limit or choose another node.",
        ReplicaCause.NodeError => "The node answered with an error: its operator should read its log.",
        ReplicaCause.NoAnswer => "The node does not answer: its operator should check that it is running and reachable.",
        ReplicaCause.PinGone => "The pin was removed on the node: if that was on purpose, drain the node instead.",
        ReplicaCause.BlocksMissing or ReplicaCause.BlocksCorrupt => "Blocks were damaged on the node: its operator should check the disk.",
        ReplicaCause.RepositoryReplaced => "The node has a new, empty repository: it is filled again by itself.",
        ReplicaCause.CheckUnfinished => "A check could not be finished: it is repeated.",
        ReplicaCause.Operator => "An operator decided so.",
        _ => "Nothing to do.",
    };

    private static bool IsAboutNode(ReplicaCause cause) => cause is ReplicaCause.DiskFull or ReplicaCause.Unauthorized or ReplicaCause.TooBig or ReplicaCause.NoAnswer;

    /// <summary>A cause that lies with the content or whoever has it, not with the node that is to keep it.</summary>
    public static bool IsAboutContent(ReplicaCause cause) => cause is ReplicaCause.NoProviders or ReplicaCause.Stalled or ReplicaCause.TimedOut or ReplicaCause.BadContent;
}
