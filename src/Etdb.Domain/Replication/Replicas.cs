namespace Etdb.Domain.Replication;

/// <summary>Why a replica stands as it does, or why work on it failed. A closed set: each has advice for people.</summary>
public enum ReplicaCause
{
    /// <summary>Nothing to explain.</summary>
    None = 0,

    /// <summary>No source had a block.</summary>
    NoProviders = 1,

    /// <summary>No progress within the limit.</summary>
    Stalled = 2,

    /// <summary>The node has no room.</summary>
    DiskFull = 3,

    /// <summary>The call took too long.</summary>
    TimedOut = 4,

    /// <summary>The node refused our credentials.</summary>
    Unauthorized = 5,

    /// <summary>The content can never be pinned as named.</summary>
    BadContent = 6,

    /// <summary>The dataset is above a limit of the node.</summary>
    TooBig = 7,

    /// <summary>The node answered with an error of its own.</summary>
    NodeError = 8,

    /// <summary>The node did not answer.</summary>
    NoAnswer = 9,

    /// <summary>The pin is gone from the node's index.</summary>
    PinGone = 10,

    /// <summary>Blocks are not on the node.</summary>
    BlocksMissing = 11,

    /// <summary>Blocks do not match their hashes.</summary>
    BlocksCorrupt = 12,

    /// <summary>The repository behind the node is a new one.</summary>
    RepositoryReplaced = 13,

    /// <summary>A check did not finish.</summary>
    CheckUnfinished = 14,

    /// <summary>An operator said so.</summary>
    Operator = 15,
}

/// <summary>A successful check: when and how deep.</summary>
/// <param name="At">When the last block was hashed.</param>
/// <param name="Depth">How much was read.</param>
/// <param name="Blocks">Blocks hashed.</param>
public sealed record Verification(DateTimeOffset At, VerificationDepth Depth, long Blocks);

/// <summary>One replica as the classifier sees it.</summary>
/// <param name="Node">Where.</param>
/// <param name="State">What is known.</param>
/// <param name="Since">When the cluster learned it.</param>
/// <param name="LastVerification">The last successful check that still means something; null when there is none.</param>
/// <param name="Cause">Why it stands so.</param>
/// <param name="LastFullVerification">The last successful check of every block; may be older than <paramref name="LastVerification"/>.</param>
/// <param name="GivenUp">Work on it has failed so that another node is to be tried.</param>
/// <param name="Underway">Bytes are being brought or healed right now: no other copy is sought in its place.</param>
public sealed record ReplicaView(
    NodeId Node,
    ReplicaState State,
    DateTimeOffset Since,
    Verification? LastVerification = null,
    ReplicaCause Cause = ReplicaCause.None,
    Verification? LastFullVerification = null,
    bool GivenUp = false,
    bool Underway = false);

/// <summary>
/// One row of a dataset's replica table: the evidence with its times, what follows from it, and how work on it goes. Changed only by
/// <see cref="ReplicaObserver.Observe"/> and the attempt methods.
/// </summary>
public sealed record ReplicaRecord
{
    /// <summary>Where.</summary>
    public required NodeId Node { get; init; }

    /// <summary>What was seen, newest of each kind.</summary>
    public ReplicaEvidence Evidence { get; init; } = ReplicaEvidence.None;

    /// <summary>What follows from the evidence.</summary>
    public ReplicaState State { get; init; }

    /// <summary>When the cluster learned it.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Why.</summary>
    public ReplicaCause Cause { get; init; }

    /// <summary>The last successful check that still means something.</summary>
    public Verification? LastVerification { get; init; }

    /// <summary>The last successful check of every block that still means something.</summary>
    public Verification? LastFullVerification { get; init; }

    /// <summary>Failed attempts to bring or heal it since the last success.</summary>
    public int Attempts { get; init; }

    /// <summary>Cause of the last failed attempt.</summary>
    public ReplicaCause AttemptCause { get; init; }

    /// <summary>First of the failed attempts.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>No attempt before this.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>Work on it has failed so that another node is to be tried; the row stays for a while so that the node is not chosen again at once.</summary>
    public bool GivenUp { get; init; }

    /// <summary>The pin index is believed to list it. Work on a listed pin is healing, never pinning again.</summary>
    public bool IsListed => Evidence.IsListed;

    /// <summary>The classifier's view of it.</summary>
    public ReplicaView ToView() => new(Node, State, Since, LastVerification, Cause, LastFullVerification, GivenUp);

    /// <summary>A replica that is wanted from now on.</summary>
    public static ReplicaRecord Assign(NodeId node, DateTimeOffset at) => new()
    {
        Node = node,
        Evidence = ReplicaEvidence.None with { AssignedAt = at },
        State = ReplicaState.Assigned,
        Since = at,
    };

    /// <summary>An attempt failed; <see cref="Repair.RetryPolicy.Decide"/> has said what follows.</summary>
    public ReplicaRecord AttemptFailed(ReplicaCause cause, DateTimeOffset now, Repair.RetryDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return this with
        {
            Attempts = Attempts + 1,
            AttemptCause = cause,
            FailingSince = FailingSince ?? now,
            NextAttemptAt = decision.NextAt,
            GivenUp = decision.Verdict == Repair.RetryVerdict.ElsewhereNow,
        };
    }

    /// <summary>Work succeeded: the count of failures starts again.</summary>
    public ReplicaRecord AttemptSucceeded() => this with { Attempts = 0, AttemptCause = ReplicaCause.None, FailingSince = null, NextAttemptAt = null, GivenUp = false };
}
