using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>A transfer that wants to start.</summary>
/// <param name="Dataset">Which dataset.</param>
/// <param name="Target">Receiving node.</param>
/// <param name="Sources">Possible senders, best first; empty when blocks come from outside the cluster.</param>
/// <param name="Bytes">Bytes to move.</param>
/// <param name="Level">How urgent.</param>
public sealed record TransferWish(DatasetId Dataset, NodeId Target, IReadOnlyList<NodeId> Sources, long Bytes, RepairLevel Level);

/// <summary>Why a transfer does not start now.</summary>
public enum TransferWait
{
    /// <summary>As many run as may run at all.</summary>
    ClusterBusy = 0,

    /// <summary>The receiver has no free slot.</summary>
    TargetBusy = 1,

    /// <summary>No sender has a free slot.</summary>
    SourcesBusy = 2,

    /// <summary>The receiver has no room.</summary>
    TargetFull = 3,

    /// <summary>The receiver's member is over its bandwidth or in quiet hours.</summary>
    TargetLine = 4,

    /// <summary>The same for every sender's member.</summary>
    SourceLine = 5,

    /// <summary>The free slots are kept for last copies.</summary>
    KeptForLastCopies = 6,

    /// <summary>The receiver is not known or not up.</summary>
    TargetAway = 7,
}

/// <summary>What became of a wish: started from a source, or waiting.</summary>
/// <param name="Wish">The wish.</param>
/// <param name="Started">It starts now.</param>
/// <param name="Source">The sender; null when blocks come from outside or it waits.</param>
/// <param name="Wait">Why it waits; null when it starts.</param>
/// <param name="Until">When to ask again; null when a slot must come free.</param>
public sealed record TransferDecision(TransferWish Wish, bool Started, NodeId? Source, TransferWait? Wait, DateTimeOffset? Until);

/// <summary>Everything a scheduling round reads and changes, as one immutable value.</summary>
public sealed record TransferState
{
    /// <summary>Transfers of the whole cluster at once, unless told otherwise.</summary>
    public const int RunningDefault = 64;

    /// <summary>Slots of each node.</summary>
    public IReadOnlyDictionary<string, NodeSlots> Slots { get; init; } = new Dictionary<string, NodeSlots>(StringComparer.Ordinal);

    /// <summary>Bandwidth of each member.</summary>
    public IReadOnlyDictionary<string, BandwidthBudget> Lines { get; init; } = new Dictionary<string, BandwidthBudget>(StringComparer.Ordinal);

    /// <summary>Most transfers of the whole cluster at once; a quarter is kept for last copies.</summary>
    public int RunningMaximum { get; init; } = RunningDefault;
}

/// <summary>
/// Starts transfers under reservations at both ends, the bandwidth and quiet hours of both members, and a limit for the cluster; wishes are
/// looked at in the order given. Slots are taken at the source first, then at the target, and given back when the second cannot be had.
/// </summary>
public static class TransferScheduler
{
    /// <summary>Decides on every wish.</summary>
    public static (TransferState State, IReadOnlyList<TransferDecision> Decisions) Schedule(
        TransferState state,
        IReadOnlyList<TransferWish> wishes,
        ClusterView cluster,
        Placement.PlacementOptions placement,
        DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(wishes);
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(placement);
        var round = new Round(state, cluster, placement, now);
        var decisions = wishes.Select(round.Decide).ToList();
        return (round.ToState(state), decisions);
    }

    /// <summary>Frees what a finished or failed transfer holds at both ends.</summary>
    public static TransferState Finish(TransferState state, DatasetId dataset, NodeId target, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var key = NodeSlots.KeyOf(dataset, target);
        var slots = state.Slots.ToDictionary(s => s.Key, s => s.Value.Held.Any(h => h.Key == key) ? s.Value.Release(key, now) : s.Value, StringComparer.Ordinal);
        return state with { Slots = slots };
    }

    private sealed class Round(TransferState state, ClusterView cluster, Placement.PlacementOptions placement, DateTimeOffset now)
    {
        private readonly Dictionary<string, NodeSlots> _slots = new(state.Slots, StringComparer.Ordinal);
        private readonly Dictionary<string, BandwidthBudget> _lines = new(state.Lines, StringComparer.Ordinal);
        private int _running = state.Slots.Values.Sum(s => s.Used(SlotSide.Target, now));

        public TransferState ToState(TransferState before) => before with { Slots = _slots, Lines = _lines };

        public TransferDecision Decide(TransferWish wish)
        {
            var limit = wish.Level == RepairLevel.LastCopy ? state.RunningMaximum : NodeSlots.Shared(state.RunningMaximum);
            if (_running >= limit)
            {
                return Waits(wish, TransferWait.ClusterBusy, null);
            }

            if (!cluster.TryGet(wish.Target, out var target) || target.Status is not (NodeStatus.Up or NodeStatus.Probation))
            {
                return Waits(wish, TransferWait.TargetAway, null);
            }

            var (line, until) = Line(target).TryTake(wish.Bytes, wish.Level, now);
            if (until is not null)
            {
                return Waits(wish, TransferWait.TargetLine, until);
            }

            return wish.Sources.Count == 0 ? Start(wish, null, target, line) : FromBest(wish, target, line);
        }

        private TransferDecision FromBest(TransferWish wish, NodeView target, BandwidthBudget targetLine)
        {
            var wait = TransferWait.SourcesBusy;
            DateTimeOffset? earliest = null;
            foreach (var id in wish.Sources)
            {
                if (!cluster.TryGet(id, out var source) || !source.Answers)
                {
                    continue;
                }

                var sameMember = source.Member == target.Member;
                var (line, until) = sameMember ? (targetLine, null) : Line(source).TryTake(wish.Bytes, wish.Level, now);
                if (until is not null)
                {
                    wait = TransferWait.SourceLine;
                    earliest = until < earliest || earliest is null ? until : earliest;
                    continue;
                }

                var decision = Reserve(wish, source, target);
                if (decision is null)
                {
                    continue;
                }

                if (!decision.Started)
                {
                    return decision;
                }

                _lines[source.Member.Value] = line;
                _lines[target.Member.Value] = targetLine;
                return decision;
            }

            return Waits(wish, wait, earliest);
        }

        private TransferDecision? Reserve(TransferWish wish, NodeView source, NodeView target)
        {
            var key = NodeSlots.KeyOf(wish.Dataset, wish.Target);
            var (held, outcome) = SlotsOf(source).TryReserve(key, SlotSide.Source, 0, 0, wish.Level, now);
            if (outcome != SlotOutcome.Granted)
            {
                return null;
            }

            if (!ReserveTarget(wish, target, key, out var wait))
            {
                return Waits(wish, wait, null);
            }

            _slots[source.Node.Value] = held;
            _running++;
            return new TransferDecision(wish, Started: true, source.Node, null, null);
        }

        private TransferDecision Start(TransferWish wish, NodeId? source, NodeView target, BandwidthBudget line)
        {
            if (!ReserveTarget(wish, target, NodeSlots.KeyOf(wish.Dataset, wish.Target), out var wait))
            {
                return Waits(wish, wait, null);
            }

            _lines[target.Member.Value] = line;
            _running++;
            return new TransferDecision(wish, Started: true, source, null, null);
        }

        private bool ReserveTarget(TransferWish wish, NodeView target, string key, out TransferWait wait)
        {
            var ratio = wish.Level == RepairLevel.LastCopy ? placement.Full : placement.NearFull;
            var room = target.CapacityBytes <= 0 ? long.MaxValue : placement.Room(target with { ReservedBytes = 0 }, ratio);
            var (slots, outcome) = SlotsOf(target).TryReserve(key, SlotSide.Target, wish.Bytes, room, wish.Level, now);
            wait = outcome switch
            {
                SlotOutcome.NoRoom => TransferWait.TargetFull,
                SlotOutcome.KeptForLastCopies => TransferWait.KeptForLastCopies,
                _ => TransferWait.TargetBusy,
            };
            if (outcome == SlotOutcome.Granted)
            {
                _slots[target.Node.Value] = slots;
            }

            return outcome == SlotOutcome.Granted;
        }

        private NodeSlots SlotsOf(NodeView node) => _slots.TryGetValue(node.Node.Value, out var slots) ? slots : new NodeSlots { SourceLimit = node.OutSlots, TargetLimit = node.InSlots };

        private BandwidthBudget Line(NodeView node) => _lines.TryGetValue(node.Member.Value, out var line) ? line : BandwidthBudget.Unlimited;

        private static TransferDecision Waits(TransferWish wish, TransferWait wait, DateTimeOffset? until) => new(wish, Started: false, null, wait, until);
    }
}
