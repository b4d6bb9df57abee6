namespace Etdb.Domain.Replication;

/// <summary>What is known of one dataset on one node. Only <see cref="Verified"/> replicas can count as healthy.</summary>
public enum ReplicaState
{
    /// <summary>Wanted there; nothing seen yet.</summary>
    Assigned = 0,

    /// <summary>The node's pin index lists it. An index row is not evidence.</summary>
    Claimed = 1,

    /// <summary>Blocks were hashed by us and matched; when and how deep is recorded beside it.</summary>
    Verified = 2,

    /// <summary>A check did not finish or contradicts an earlier one; to be audited next.</summary>
    Suspect = 3,

    /// <summary>The node answered and says blocks are not there.</summary>
    Missing = 4,

    /// <summary>The node served bytes that do not match their hash.</summary>
    Corrupt = 5,

    /// <summary>The node did not answer. Not the same as lost.</summary>
    Unreachable = 6,
}
