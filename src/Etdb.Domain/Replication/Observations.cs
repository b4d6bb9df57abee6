namespace Etdb.Domain.Replication;

/// <summary>Who saw it.</summary>
public enum ObservationSource
{
    /// <summary>The planner: what is wanted.</summary>
    Plan = 0,

    /// <summary>A complete listing of a node's pins.</summary>
    Scan = 1,

    /// <summary>A check that read and hashed blocks.</summary>
    Audit = 2,

    /// <summary>Our own pin or heal.</summary>
    Operation = 3,

    /// <summary>A probe of the node.</summary>
    Probe = 4,

    /// <summary>A person.</summary>
    Operator = 5,
}

/// <summary>What was seen.</summary>
public enum ObservationKind
{
    /// <summary>The replica is wanted here.</summary>
    Assigned = 0,

    /// <summary>A complete listing names it.</summary>
    Listed = 1,

    /// <summary>A complete listing does not name it.</summary>
    NotListed = 2,

    /// <summary>Our pin finished.</summary>
    Pinned = 3,

    /// <summary>Our heal finished: every block named bad was read back and hashed.</summary>
    Healed = 4,

    /// <summary>A check found all it asked for.</summary>
    CheckComplete = 5,

    /// <summary>A check found blocks absent.</summary>
    CheckMissing = 6,

    /// <summary>A check found blocks that do not match.</summary>
    CheckCorrupt = 7,

    /// <summary>A check could not be finished.</summary>
    CheckUnknown = 8,

    /// <summary>The node did not answer.</summary>
    NoAnswer = 9,

    /// <summary>The node answered again.</summary>
    Answered = 10,

    /// <summary>The node's repository is another one than before.</summary>
    RepositoryReplaced = 11,
}

/// <summary>One thing seen about one replica, with its time and source.</summary>
/// <param name="Node">Where.</param>
/// <param name="Kind">What.</param>
/// <param name="At">When it was true: for a listing its start, for a check its start, for an operation its end.</param>
/// <param name="Source">Who saw it.</param>
/// <param name="Depth">How deep a check went.</param>
/// <param name="Blocks">Blocks a check hashed.</param>
/// <param name="Detail">For people.</param>
public sealed record Observation(
    NodeId Node,
    ObservationKind Kind,
    DateTimeOffset At,
    ObservationSource Source,
    VerificationDepth Depth = VerificationDepth.None,
    long Blocks = 0,
    string? Detail = null);

/// <summary>What an observation changed.</summary>
/// <param name="Replica">The row afterwards.</param>
/// <param name="Changed">The state is another one than before.</param>
/// <param name="Before">The state before.</param>
/// <param name="Stale">Something newer of that kind was known already; nothing changed.</param>
public sealed record ObservationResult(ReplicaRecord Replica, bool Changed, ReplicaState Before, bool Stale);
