namespace Etdb.Domain.Replication;

/// <summary>
/// The newest observation of each kind about one replica. Merging takes the later time of each kind, so the order in which observations
/// arrive, and how often, does not matter; <see cref="ReplicaObserver"/> derives the state from it, taking the worse where two are equally new.
/// </summary>
public sealed record ReplicaEvidence
{
    /// <summary>Nothing seen.</summary>
    public static ReplicaEvidence None { get; } = new();

    /// <summary>Wanted since.</summary>
    public DateTimeOffset? AssignedAt { get; init; }

    /// <summary>Last seen in a complete pin listing, or pinned by our own operation.</summary>
    public DateTimeOffset? ListedAt { get; init; }

    /// <summary>Last complete listing it was absent from.</summary>
    public DateTimeOffset? NotListedAt { get; init; }

    /// <summary>Our own pin operation finished: every block was brought.</summary>
    public DateTimeOffset? PinnedAt { get; init; }

    /// <summary>A heal finished: the bad blocks were read back and hashed.</summary>
    public DateTimeOffset? HealedAt { get; init; }

    /// <summary>Last check that found all it asked for.</summary>
    public Verification? Complete { get; init; }

    /// <summary>Last full check that found all.</summary>
    public Verification? FullComplete { get; init; }

    /// <summary>Last check that found blocks absent.</summary>
    public DateTimeOffset? MissingAt { get; init; }

    /// <summary>Last check that found bytes that do not match.</summary>
    public DateTimeOffset? CorruptAt { get; init; }

    /// <summary>Last check that could not be finished.</summary>
    public DateTimeOffset? UnknownAt { get; init; }

    /// <summary>Last time the node did not answer.</summary>
    public DateTimeOffset? NoAnswerAt { get; init; }

    /// <summary>Last time it did.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>The repository was found replaced: what was seen before says nothing.</summary>
    public DateTimeOffset? ReplacedAt { get; init; }

    /// <summary>Last look at its blocks that did not find them all.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public DateTimeOffset? LookedAt
    {
        get
        {
            var found = MissingAt >= CorruptAt || CorruptAt is null ? MissingAt : CorruptAt;
            return UnknownAt >= found || found is null ? UnknownAt : found;
        }
    }

    /// <summary>By the newest listing, operation or replacement.</summary>
    public bool IsListed => ListedAt is { } listed && !(NotListedAt >= listed) && !(ReplacedAt >= listed);
}
