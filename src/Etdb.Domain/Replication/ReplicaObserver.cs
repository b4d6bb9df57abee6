namespace Etdb.Domain.Replication;

/// <summary>
/// Turns observations into the state of a replica. The evidence is a join of the newest observation of each kind, so any order of
/// arrival ends in the same state; doubt is resolved for the worse; what a shallow check saw never cures what a deeper one found.
/// </summary>
public static class ReplicaObserver
{
    /// <summary>Times from a source whose clock runs ahead are taken for now, so that they cannot shut out later ones.</summary>
    public static ObservationResult Observe(ReplicaRecord replica, Observation observation, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ArgumentNullException.ThrowIfNull(observation);
        if (observation.Node != replica.Node)
        {
            throw new ArgumentException($"Observation of {observation.Node} offered to the replica on {replica.Node}.", nameof(observation));
        }

        var at = observation.At > now ? now : observation.At;
        var evidence = Merge(replica.Evidence, observation, at);
        if (evidence == replica.Evidence)
        {
            return new ObservationResult(replica, Changed: false, replica.State, Stale: true);
        }

        var (state, cause) = Derive(evidence);
        var changed = state != replica.State;
        var next = replica with
        {
            Evidence = evidence,
            State = state,
            Cause = cause,
            Since = changed ? at : replica.Since,
            LastVerification = Standing(evidence),
            LastFullVerification = StandingFull(evidence),
        };
        return new ObservationResult(next, changed, replica.State, Stale: false);
    }

    /// <summary>A row first seen by an observation: a pin nobody ordered, or the first scan after a restore.</summary>
    public static ReplicaRecord Discover(Observation observation, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(observation);
        var at = observation.At > now ? now : observation.At;
        var blank = new ReplicaRecord { Node = observation.Node, Since = at };
        return Observe(blank, observation, now).Replica;
    }

    /// <summary>State and cause that follow from the evidence alone.</summary>
    public static (ReplicaState State, ReplicaCause Cause) Derive(ReplicaEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var answered = Latest(evidence.AnsweredAt, evidence.ListedAt, evidence.NotListedAt, evidence.PinnedAt, evidence.HealedAt, evidence.Complete?.At, evidence.MissingAt, evidence.CorruptAt, evidence.ReplacedAt);
        if (evidence.NoAnswerAt is { } silent && !(answered > silent))
        {
            return (ReplicaState.Unreachable, ReplicaCause.NoAnswer);
        }

        return DeriveAnswering(evidence);
    }

    private static (ReplicaState State, ReplicaCause Cause) DeriveAnswering(ReplicaEvidence evidence)
    {
        var restored = Latest(evidence.PinnedAt, evidence.HealedAt);
        if (evidence.ReplacedAt is { } replaced && !(Latest(evidence.ListedAt, evidence.PinnedAt) > replaced))
        {
            return (ReplicaState.Missing, ReplicaCause.RepositoryReplaced);
        }

        if (Stands(evidence.CorruptAt, evidence.HealedAt, evidence.FullComplete?.At))
        {
            return (ReplicaState.Corrupt, ReplicaCause.BlocksCorrupt);
        }

        if (Stands(evidence.MissingAt, restored, evidence.FullComplete?.At))
        {
            // Where the pin is there, the absent blocks can be healed in place; where it is not, the copy has to be brought anew.
            return (ReplicaState.Missing, evidence.IsListed ? ReplicaCause.BlocksMissing : ReplicaCause.PinGone);
        }

        var verified = Standing(evidence);
        if (evidence.NotListedAt is { } absent && !(evidence.ListedAt > absent))
        {
            return Unlisted(evidence, absent, verified);
        }

        if (evidence.UnknownAt is { } unknown && !(verified?.At > unknown) && !(restored > unknown))
        {
            return (ReplicaState.Suspect, ReplicaCause.CheckUnfinished);
        }

        if (verified is not null)
        {
            return (ReplicaState.Verified, ReplicaCause.None);
        }

        return evidence.IsListed ? (ReplicaState.Claimed, ReplicaCause.None) : (ReplicaState.Assigned, ReplicaCause.None);
    }

    /// <summary>A pin never seen is only awaited; one seen before is gone, and what still passes a check lives at the mercy of the next collection.</summary>
    private static (ReplicaState State, ReplicaCause Cause) Unlisted(ReplicaEvidence evidence, DateTimeOffset absent, Verification? verified)
    {
        if (evidence.ListedAt is null && evidence.Complete is null)
        {
            return (ReplicaState.Assigned, ReplicaCause.None);
        }

        return verified?.At > absent ? (ReplicaState.Suspect, ReplicaCause.PinGone) : (ReplicaState.Missing, ReplicaCause.PinGone);
    }

    /// <summary>The newest successful check that no later finding has made worthless.</summary>
    private static Verification? Standing(ReplicaEvidence evidence)
    {
        var best = evidence.Complete;
        if (best is null || !(best.At > (evidence.ReplacedAt ?? DateTimeOffset.MinValue)))
        {
            return null;
        }

        var bad = Latest(evidence.CorruptAt, evidence.MissingAt);
        return bad is null || best.At > bad ? best : null;
    }

    private static Verification? StandingFull(ReplicaEvidence evidence)
    {
        var full = evidence.FullComplete;
        var voided = Latest(evidence.CorruptAt, evidence.MissingAt, evidence.ReplacedAt);
        return full is not null && !(voided >= full.At) ? full : null;
    }

    /// <summary>A finding stands until the repair that answers it, or a full check, is newer; a check must follow the repair.</summary>
    private static bool Stands(DateTimeOffset? finding, DateTimeOffset? repaired, DateTimeOffset? fullCheck) =>
        finding is { } at && !(repaired > at) && !(fullCheck > at);

    private static ReplicaEvidence Merge(ReplicaEvidence e, Observation o, DateTimeOffset at) => o.Kind switch
    {
        ObservationKind.Assigned => e with { AssignedAt = Latest(e.AssignedAt, at) },
        ObservationKind.Listed => e with { ListedAt = Latest(e.ListedAt, at) },
        ObservationKind.NotListed => e with { NotListedAt = Latest(e.NotListedAt, at) },
        ObservationKind.Pinned => e with { PinnedAt = Latest(e.PinnedAt, at), ListedAt = Latest(e.ListedAt, at) },
        ObservationKind.Healed => e with { HealedAt = Latest(e.HealedAt, at) },
        ObservationKind.CheckComplete => MergeComplete(e, new Verification(at, o.Depth, o.Blocks)),
        ObservationKind.CheckMissing => e with { MissingAt = Latest(e.MissingAt, at) },
        ObservationKind.CheckCorrupt => e with { CorruptAt = Latest(e.CorruptAt, at) },
        ObservationKind.CheckUnknown => e with { UnknownAt = Latest(e.UnknownAt, at) },
        ObservationKind.NoAnswer => e with { NoAnswerAt = Latest(e.NoAnswerAt, at) },
        ObservationKind.Answered => e with { AnsweredAt = Latest(e.AnsweredAt, at) },
        ObservationKind.RepositoryReplaced => e with { ReplacedAt = Latest(e.ReplacedAt, at) },
        _ => throw new ArgumentOutOfRangeException(nameof(o), o.Kind, "Not an observation kind."),
    };

    private static ReplicaEvidence MergeComplete(ReplicaEvidence e, Verification check)
    {
        var merged = e with { Complete = Newer(e.Complete, check) };
        return check.Depth >= VerificationDepth.Full ? merged with { FullComplete = Newer(e.FullComplete, check) } : merged;
    }

    private static Verification Newer(Verification? a, Verification b)
    {
        if (a is null)
        {
            return b;
        }

        var order = (a.At, a.Depth, a.Blocks).CompareTo((b.At, b.Depth, b.Blocks));
        return order >= 0 ? a : b;
    }

    private static DateTimeOffset? Latest(params ReadOnlySpan<DateTimeOffset?> times)
    {
        DateTimeOffset? latest = null;
        foreach (var time in times)
        {
            if (time is { } t && !(latest >= t))
            {
                latest = t;
            }
        }

        return latest;
    }
}
