using Etdb.Domain.Placement;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Repair;

public sealed class TransferTests
{
    private const long Gigabyte = 1L << 30;

    [Fact]
    public void A_slot_is_granted_once_renewed_by_its_holder_and_freed_by_time()
    {
        var slots = new NodeSlots { TargetLimit = 1 };
        (slots, var first) = slots.TryReserve("a", SlotSide.Target, 1, 10, RepairLevel.Low, Now);
        (slots, var again) = slots.TryReserve("a", SlotSide.Target, 1, 10, RepairLevel.Low, Now.AddMinutes(30));
        (_, var other) = slots.TryReserve("b", SlotSide.Target, 1, 10, RepairLevel.Low, Now.AddMinutes(31));
        (_, var later) = slots.TryReserve("b", SlotSide.Target, 1, 10, RepairLevel.Low, Now.AddMinutes(90));
        Assert.Equal((SlotOutcome.Granted, SlotOutcome.Granted, SlotOutcome.NoSlot, SlotOutcome.Granted), (first, again, other, later));
    }

    [Fact]
    public void Promised_room_is_not_promised_twice()
    {
        var slots = new NodeSlots { TargetLimit = 8 };
        (slots, _) = slots.TryReserve("a", SlotSide.Target, 6, 10, RepairLevel.Low, Now);
        Assert.Equal(SlotOutcome.NoRoom, slots.TryReserve("b", SlotSide.Target, 5, 10, RepairLevel.Low, Now).Outcome);
        Assert.Equal(SlotOutcome.Granted, slots.Release("a", Now).TryReserve("b", SlotSide.Target, 5, 10, RepairLevel.Low, Now).Outcome);
    }

    [Fact]
    public void A_quarter_of_the_slots_is_kept_for_last_copies()
    {
        var slots = new NodeSlots { SourceLimit = 4 };
        for (var i = 0; i < 3; i++)
        {
            slots = slots.TryReserve($"{i}", SlotSide.Source, 0, 0, RepairLevel.Low, Now).Slots;
        }

        Assert.Equal(SlotOutcome.KeptForLastCopies, slots.TryReserve("x", SlotSide.Source, 0, 0, RepairLevel.Low, Now).Outcome);
        Assert.Equal(SlotOutcome.Granted, slots.TryReserve("x", SlotSide.Source, 0, 0, RepairLevel.LastCopy, Now).Outcome);
    }

    /// <summary>Aim: slots and the cluster's limit are never exceeded, whatever is wished. Method: random wishes and finishes; all counts after each round.</summary>
    [Fact]
    public void No_round_exceeds_slots_or_limits() => Scenario.ForAll(
        s =>
        {
            var cluster = Cluster(6);
            var state = new TransferState { RunningMaximum = 7 };
            for (var round = 0; round < 12; round++)
            {
                var wishes = Enumerable.Range(0, s.Random.Next(0, 9)).Select(_ => RandomWish(s)).ToList();
                (state, var decisions) = TransferScheduler.Schedule(state, wishes, cluster, PlacementOptions.Default, Now);
                Assert.Equal(wishes.Count, decisions.Count);
                Assert.All(decisions.Where(d => !d.Started), d => Assert.NotNull(d.Wait));
                Assert.All(state.Slots.Values, n => Assert.True(n.Used(SlotSide.Source, Now) <= n.SourceLimit && n.Used(SlotSide.Target, Now) <= n.TargetLimit));
                Assert.True(state.Slots.Values.Sum(n => n.Used(SlotSide.Target, Now)) <= 7);
                Assert.Equal(state.Slots.Values.Sum(n => n.Used(SlotSide.Target, Now)), state.Slots.Values.Sum(n => n.Used(SlotSide.Source, Now)));
                foreach (var done in decisions.Where(d => d.Started && s.Random.Next(2) == 0))
                {
                    state = TransferScheduler.Finish(state, done.Wish.Dataset, done.Wish.Target, Now);
                }
            }
        },
        runs: 200);

    [Fact]
    public void A_transfer_larger_than_the_burst_moves_and_the_next_waits_for_the_debt()
    {
        var line = new BandwidthBudget { BytesPerSecond = 1000, BurstBytes = 5000, Level = 5000, At = Now };
        (line, var first) = line.TryTake(65_000, RepairLevel.Low, Now);
        Assert.Null(first);
        (line, var wait) = line.TryTake(10, RepairLevel.Low, Now);
        Assert.Equal(Now.AddSeconds(61), wait);
        Assert.Null(line.TryTake(10, RepairLevel.LastCopy, Now).WaitUntil);
        Assert.Null(line.TryTake(10, RepairLevel.Low, wait!.Value).WaitUntil);
    }

    [Theory]
    [InlineData("22:00", "06:00", 0, "2026-06-01T23:30:00Z", "2026-06-02T06:00:00Z")]
    [InlineData("22:00", "06:00", 0, "2026-06-01T05:59:59Z", "2026-06-01T06:00:00Z")]
    [InlineData("22:00", "06:00", 0, "2026-06-01T06:00:00Z", null)]
    [InlineData("08:00", "18:00", -7, "2026-06-01T16:00:00Z", "2026-06-02T01:00:00Z")]
    [InlineData("09:00", "09:00", 0, "2026-06-01T09:00:00Z", null)]
    public void Quiet_hours_may_pass_midnight_and_end_when_they_say(string from, string until, int offset, string now, string? end)
    {
        var quiet = new QuietHours(TimeOnly.Parse(from), TimeOnly.Parse(until), TimeSpan.FromHours(offset));
        Assert.Equal(end is null ? null : DateTimeOffset.Parse(end), quiet.EndsAt(DateTimeOffset.Parse(now)));
    }

    [Fact]
    public void Quiet_hours_hold_back_all_but_last_copies()
    {
        var line = new BandwidthBudget { Quiet = new QuietHours(new TimeOnly(8, 0), new TimeOnly(18, 0), TimeSpan.Zero) };
        Assert.NotNull(line.TryTake(1, RepairLevel.VeryLow, Now).WaitUntil);
        Assert.Null(line.TryTake(1, RepairLevel.LastCopy, Now).WaitUntil);
    }

    [Fact]
    public void The_queue_gives_out_the_most_urgent_first_and_lets_nothing_wait_for_ever()
    {
        var queue = new RepairQueue();
        queue.Put(Key("old", RepairLevel.Misplaced, 0), Now);
        for (var i = 0; i < 100; i++)
        {
            queue.Put(Key($"{i:000}", RepairLevel.Low, 0.1 + (i / 1000.0)), Now.AddMinutes(1));
        }

        var taken = Enumerable.Range(0, RepairQueue.OldestEvery).Select(_ => queue.TryTake(out var key) ? key.Id : null).ToList();
        Assert.Equal("099", taken[0]);
        Assert.Equal("old", taken[^1]);
    }

    [Fact]
    public void While_last_copies_wait_nothing_else_is_given_out()
    {
        var queue = new RepairQueue();
        queue.Put(Key("old", RepairLevel.Misplaced, 0), Now);
        for (var i = 0; i < 30; i++)
        {
            queue.Put(Key($"{i:000}", RepairLevel.LastCopy, 0.5), Now.AddMinutes(1));
        }

        for (var i = 0; i < 30; i++)
        {
            Assert.True(queue.TryTake(out var key));
            Assert.Equal(RepairLevel.LastCopy, key.Level);
        }

        Assert.True(queue.TryTake(out var last));
        Assert.Equal("old", last.Id);
        Assert.False(queue.TryTake(out _));
    }

    [Fact]
    public void What_a_pass_no_longer_finds_is_dropped_and_putting_again_keeps_the_wait()
    {
        var queue = new RepairQueue();
        queue.Put(Key("a", RepairLevel.Low, 0.1), Now);
        queue.Put(Key("b", RepairLevel.Low, 0.2), Now);
        queue.Put(Key("a", RepairLevel.VeryLow, 0.3), Now.AddHours(1));
        Assert.Equal(1, queue.DropUnseen(Now.AddMinutes(30)));
        Assert.Equal((1, Now), (queue.Count, queue.OldestSince));
    }

    [Fact]
    public void Keys_are_ordered_by_level_risk_benefit_and_age()
    {
        var key = Key("m", RepairLevel.Low, 0.1);
        Assert.True(key with { Level = RepairLevel.LastCopy, Risk = 0 } < key);
        Assert.True(key with { Risk = 0.2, BenefitPerByte = 0 } < key);
        Assert.True(key with { BenefitPerByte = 2, NeedSince = Now.AddDays(1) } < key);
        Assert.True(key with { NeedSince = Now.AddDays(-1), Id = "z" } < key);
        Assert.True(key with { Id = "a" } < key);
    }

    private static PriorityKey Key(string id, RepairLevel level, double risk) => new(level, risk, 1, Now, id);

    private static TransferWish RandomWish(Scenario s)
    {
        var nodes = Enumerable.Range(1, 6).OrderBy(_ => s.Random.Next()).Select(i => new NodeId($"n{i}")).ToList();
        return new TransferWish(new DatasetId($"{s.Random.Next():x64}"), nodes[0], [.. nodes.Skip(1).Take(s.Random.Next(1, 4))], Gigabyte, (RepairLevel)s.Random.Next(0, 4));
    }
}
