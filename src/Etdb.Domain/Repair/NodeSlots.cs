using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>Which end of a transfer.</summary>
public enum SlotSide
{
    /// <summary>The node sends.</summary>
    Source = 0,

    /// <summary>The node receives.</summary>
    Target = 1,
}

/// <summary>A slot held by one transfer on one node.</summary>
/// <param name="Key">The transfer, the same at both ends: dataset and target node.</param>
/// <param name="Side">Which end.</param>
/// <param name="Bytes">Room promised; 0 at the source.</param>
/// <param name="Level">How urgent the transfer is.</param>
/// <param name="ExpiresAt">Freed by itself then, so that a crash holds nothing for ever.</param>
public sealed record SlotReservation(string Key, SlotSide Side, long Bytes, RepairLevel Level, DateTimeOffset ExpiresAt);

/// <summary>How a wish for a slot ended.</summary>
public enum SlotOutcome
{
    /// <summary>Held now.</summary>
    Granted = 0,

    /// <summary>All slots are taken.</summary>
    NoSlot = 1,

    /// <summary>The free slots are kept for last copies.</summary>
    KeptForLastCopies = 2,

    /// <summary>Not enough room for the bytes.</summary>
    NoRoom = 3,
}

/// <summary>
/// The slots and promised room of one node, as an immutable value. A transfer takes a slot at the source first, then at the target; whoever gets
/// the first and not the second gives the first back: the fixed order cannot deadlock. Asking again for a held key renews it.
/// A quarter of the slots (from four up) is kept for last copies.
/// </summary>
public sealed record NodeSlots
{
    /// <summary>Slots a node may have on each side.</summary>
    public const int LimitMaximum = 64;

    /// <summary>Longest time a slot is held without renewal.</summary>
    public static readonly TimeSpan HoldLongest = TimeSpan.FromHours(1);

    /// <summary>Replicas it may send at once, 0..64.</summary>
    public int SourceLimit { get; init; } = 2;

    /// <summary>Replicas it may receive at once, 0..64.</summary>
    public int TargetLimit { get; init; } = 2;

    /// <summary>What is held; expired ones may still be listed.</summary>
    public IReadOnlyList<SlotReservation> Held { get; init; } = [];

    /// <summary>Slots taken on a side.</summary>
    public int Used(SlotSide side, DateTimeOffset now) => Held.Count(h => h.Side == side && h.ExpiresAt > now);

    /// <summary>Room promised to transfers that run.</summary>
    public long ReservedBytes(DateTimeOffset now) => Held.Where(h => h.ExpiresAt > now).Sum(h => h.Bytes);

    /// <summary>Asks for a slot.</summary>
    /// <param name="key">The transfer.</param>
    /// <param name="side">Which end this node is.</param>
    /// <param name="bytes">Bytes that will arrive; 0 at the source.</param>
    /// <param name="roomBytes">Bytes free under the limit, before promises.</param>
    /// <param name="level">How urgent.</param>
    /// <param name="now">The moment.</param>
    public (NodeSlots Slots, SlotOutcome Outcome) TryReserve(string key, SlotSide side, long bytes, long roomBytes, RepairLevel level, DateTimeOffset now)
    {
        var others = Held.Where(h => h.ExpiresAt > now && !(h.Key == key && h.Side == side)).ToList();
        var used = others.Count(h => h.Side == side);
        var limit = Math.Clamp(side == SlotSide.Source ? SourceLimit : TargetLimit, 0, LimitMaximum);
        if (used >= limit)
        {
            return (this, SlotOutcome.NoSlot);
        }

        if (level != RepairLevel.LastCopy && used >= Shared(limit))
        {
            return (this, SlotOutcome.KeptForLastCopies);
        }

        if (side == SlotSide.Target && others.Sum(h => h.Bytes) + bytes > roomBytes)
        {
            return (this, SlotOutcome.NoRoom);
        }

        others.Add(new SlotReservation(key, side, bytes, level, now + HoldLongest));
        return (this with { Held = others }, SlotOutcome.Granted);
    }

    /// <summary>Gives back what a transfer holds here; nothing held is fine.</summary>
    public NodeSlots Release(string key, DateTimeOffset now) => this with { Held = [.. Held.Where(h => h.Key != key && h.ExpiresAt > now)] };

    /// <summary>Slots that work other than for last copies may take.</summary>
    public static int Shared(int limit) => limit < 4 ? limit : limit - (limit / 4);

    /// <summary>The key of a transfer.</summary>
    public static string KeyOf(Records.DatasetId dataset, NodeId target) => $"{dataset}@{target}";
}
