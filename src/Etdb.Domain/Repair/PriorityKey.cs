using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>Coarse urgency; a lower number goes first. Repair of what is too few always comes before moving what is badly placed.</summary>
public enum RepairLevel
{
    /// <summary>One readable domain left, or only copies on leaving nodes.</summary>
    LastCopy = 0,

    /// <summary>Below the floor, or less than a third of the target.</summary>
    VeryLow = 1,

    /// <summary>Below target.</summary>
    Low = 2,

    /// <summary>Enough copies, badly distributed or too many.</summary>
    Misplaced = 3,

    /// <summary>No readable copy: nothing to copy from. Kept in the queue for ever, tried when anything changes.</summary>
    Unreadable = 4,

    /// <summary>Nothing to repair.</summary>
    None = 5,
}

/// <summary>
/// The order of repair: level, then the higher risk, then the more bytes saved for each byte moved, then the older need, then the
/// dataset id, so that the order is total and the same everywhere.
/// </summary>
/// <param name="Level">Coarse urgency.</param>
/// <param name="Risk">Probability of loss within the window, 0..1.</param>
/// <param name="BenefitPerByte">Bytes kept safe for a byte moved.</param>
/// <param name="NeedSince">Since when it waits.</param>
/// <param name="Id">Breaks ties.</param>
public readonly record struct PriorityKey(RepairLevel Level, double Risk, double BenefitPerByte, DateTimeOffset NeedSince, string Id) : IComparable<PriorityKey>
{
    /// <inheritdoc/>
    public int CompareTo(PriorityKey other)
    {
        var order = Level.CompareTo(other.Level);
        order = order != 0 ? order : other.Risk.CompareTo(Risk);
        order = order != 0 ? order : other.BenefitPerByte.CompareTo(BenefitPerByte);
        order = order != 0 ? order : NeedSince.CompareTo(other.NeedSince);
        return order != 0 ? order : string.CompareOrdinal(Id, other.Id);
    }

    public static bool operator <(PriorityKey left, PriorityKey right) => left.CompareTo(right) < 0;

    public static bool operator <=(PriorityKey left, PriorityKey right) => left.CompareTo(right) <= 0;

    public static bool operator >(PriorityKey left, PriorityKey right) => left.CompareTo(right) > 0;

    public static bool operator >=(PriorityKey left, PriorityKey right) => left.CompareTo(right) >= 0;

    /// <summary>The level that follows from the sets.</summary>
    public static RepairLevel LevelOf(ReplicationPolicy policy, DatasetHealth health)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(health);
        var misplaced = health.Replicas.Any(r => r.Class is ReplicaClass.Clumped or ReplicaClass.OutOfPlacement or ReplicaClass.Exiting);
        return LevelOf(policy.Target, policy.Floor, health.VerifiedIndependent, health.RetrievableIndependent, misplaced);
    }

    internal static RepairLevel LevelOf(int target, int floor, int verified, int retrievable, bool misplaced)
    {
        if (verified >= target)
        {
            return misplaced ? RepairLevel.Misplaced : RepairLevel.None;
        }

        if (retrievable == 0)
        {
            return RepairLevel.Unreadable;
        }

        if ((retrievable == 1 && target > 1) || verified == 0)
        {
            return RepairLevel.LastCopy;
        }

        return verified < floor || verified * 3 < target ? RepairLevel.VeryLow : RepairLevel.Low;
    }
}
