using Etdb.Domain.Replication;

namespace Etdb.Domain.Audit;

/// <summary>How an audit ended. Down, lost and lying are kept apart.</summary>
public enum AuditVerdict
{
    /// <summary>Every block asked for was there and matched.</summary>
    Passed = 0,

    /// <summary>The node answered that blocks are not there.</summary>
    Missing = 1,

    /// <summary>The node served bytes that do not match.</summary>
    Corrupt = 2,

    /// <summary>The node stalled or erred: asked again before it is judged.</summary>
    Unfinished = 3,

    /// <summary>The node did not answer at all.</summary>
    Offline = 4,
}

/// <summary>An audit that was not finished and is asked again: a node cannot dodge by stalling.</summary>
/// <param name="Attempts">Unfinished attempts in a row.</param>
/// <param name="NextAt">Not before this.</param>
public sealed record Containment(int Attempts, DateTimeOffset NextAt);

/// <summary>What follows from an audit.</summary>
/// <param name="Observation">What it says of the replica.</param>
/// <param name="Reputation">The node's score afterwards.</param>
/// <param name="Containment">Ask the same again; null when the matter is settled.</param>
/// <param name="CountsAsFailure">Stalled so often that it is taken for a failure.</param>
public sealed record AuditConsequence(Observation Observation, NodeReputation Reputation, Containment? Containment, bool CountsAsFailure);

/// <summary>Turns the end of an audit into what it means. The same blocks are asked for again up to three times, six hours apart, before stalling counts as failing.</summary>
public static class AuditJudge
{
    /// <summary>Unfinished attempts that count as a failure.</summary>
    public const int AttemptsMaximum = 3;

    /// <summary>Time between two attempts.</summary>
    public static readonly TimeSpan Spacing = TimeSpan.FromHours(6);

    /// <summary>Judges.</summary>
    /// <param name="node">Audited node.</param>
    /// <param name="verdict">How it ended.</param>
    /// <param name="startedAt">When it began.</param>
    /// <param name="depth">How deep it went.</param>
    /// <param name="blocks">Blocks hashed.</param>
    /// <param name="reputation">The node's score before.</param>
    /// <param name="containment">Unfinished attempts before this one.</param>
    /// <param name="now">When it ended.</param>
    public static AuditConsequence Judge(
        NodeId node,
        AuditVerdict verdict,
        DateTimeOffset startedAt,
        VerificationDepth depth,
        long blocks,
        NodeReputation reputation,
        Containment? containment,
        DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(reputation);
        var observation = new Observation(node, KindOf(verdict), startedAt, ObservationSource.Audit, depth, blocks);
        switch (verdict)
        {
            case AuditVerdict.Passed:
                return new AuditConsequence(observation, reputation.Passed(), null, CountsAsFailure: false);
            case AuditVerdict.Missing or AuditVerdict.Corrupt:
                return new AuditConsequence(observation, reputation.Failed(), null, CountsAsFailure: false);
            case AuditVerdict.Offline:
                // Silence is the ladder's business: it is no sign of bad keeping.
                return new AuditConsequence(observation, reputation, containment, CountsAsFailure: false);
            default:
                var attempts = (containment?.Attempts ?? 0) + 1;
                var failed = attempts >= AttemptsMaximum;
                return new AuditConsequence(
                    observation,
                    failed ? reputation.Unfinished().Failed() : reputation.Unfinished(),
                    failed ? null : new Containment(attempts, now + Spacing),
                    failed);
        }
    }

    private static ObservationKind KindOf(AuditVerdict verdict) => verdict switch
    {
        AuditVerdict.Passed => ObservationKind.CheckComplete,
        AuditVerdict.Missing => ObservationKind.CheckMissing,
        AuditVerdict.Corrupt => ObservationKind.CheckCorrupt,
        AuditVerdict.Offline => ObservationKind.NoAnswer,
        _ => ObservationKind.CheckUnknown,
    };
}
