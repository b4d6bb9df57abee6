using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Grains;

/// <summary>From the options an operator writes to the values the deciding core takes.</summary>
public static class Policies
{
    /// <summary>The ladder of silence.</summary>
    public static GraceLadder Ladder(ReplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new GraceLadder
        {
            SuspectAfter = options.SuspectAfter,
            UnreachableAfter = options.UnreachableAfter,
            LostWithOneOther = options.GraceOneOther,
            LostWithTwoOthers = options.GraceTwoOthers,
            LostWithMoreOthers = options.GraceMoreOthers,
            Patience = options.Patience,
        };
    }

    /// <summary>The consortium's policy for datasets that have none of their own.</summary>
    public static ReplicationPolicy Default(ReplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ReplicationPolicy
        {
            Target = options.Target,
            Floor = options.Floor,
            Most = options.Most,
            DistinctBy = Parse(options.DistinctBy),
            MaximumVerificationAge = options.ScrubInterval,
            RetireGrace = options.KeepAfterDeactivation,
            SurplusGrace = options.TrimAfter,
        };
    }

    /// <summary>How failures are retried.</summary>
    public static RetryPolicy Retry(ReplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new RetryPolicy { First = options.RetryFirst, Longest = options.RetryMost, UnobtainableAfter = options.UnobtainableAfter };
    }

    private static DistinctBy Parse(string word) => word switch
    {
        "site" => DistinctBy.Site,
        "country" => DistinctBy.Country,
        "node" => DistinctBy.Node,
        _ => DistinctBy.Member,
    };
}
