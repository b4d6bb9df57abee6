using Etdb.Grains.Nodes;

namespace Etdb.Grains.Tests.Nodes;

/// <summary>Leased slots: never above the limit, never lost with their holder.</summary>
public sealed class SlotTableTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SlotTable _table = new(2, 1, TimeSpan.FromMinutes(5));

    [Fact]
    public void The_limit_of_a_direction_holds_and_a_released_slot_is_free()
    {
        Assert.Equal(ReserveAnswer.Granted, In("a"));
        Assert.Equal(ReserveAnswer.Granted, In("b"));
        Assert.Equal(ReserveAnswer.Busy, In("c"));
        Assert.Equal(ReserveAnswer.Granted, _table.Take(new SlotRequest("x", SlotDirection.Out, 0, false, false), null, T0));
        _table.Release("a");
        Assert.Equal(ReserveAnswer.Granted, In("c"));
    }

    [Fact]
    public void Asking_again_for_the_same_work_takes_no_second_slot()
    {
        Assert.Equal(ReserveAnswer.Granted, In("a"));
        Assert.Equal(ReserveAnswer.Granted, In("a"));
        Assert.Equal(1, _table.Count(SlotDirection.In));
        Assert.Equal(10, _table.ReservedBytes);
    }

    [Fact]
    public void A_slot_whose_holder_is_silent_falls_free_and_one_renewed_does_not()
    {
        In("a");
        In("b");
        Assert.True(_table.Renew("b", T0.AddMinutes(4)));
        Assert.Equal(ReserveAnswer.Granted, In("c", at: T0.AddMinutes(6)));
        Assert.Equal(ReserveAnswer.Busy, In("d", at: T0.AddMinutes(6)));
        Assert.False(_table.Renew("a", T0.AddMinutes(6)));
    }

    [Fact]
    public void After_a_restart_only_holders_are_let_in_for_one_lease()
    {
        _table.WaitForHolders(T0);
        Assert.Equal(ReserveAnswer.Busy, In("new"));
        Assert.Equal(ReserveAnswer.Granted, _table.Take(new SlotRequest("old", SlotDirection.In, 10, false, true), null, T0));
        Assert.Equal(ReserveAnswer.Granted, In("new", at: T0.AddMinutes(5)));
    }

    [Fact]
    public void Room_is_promised_once()
    {
        Assert.Equal(ReserveAnswer.Granted, In("a", bytes: 60, room: 100));
        Assert.Equal(ReserveAnswer.NoRoom, In("b", bytes: 60, room: 100));
        Assert.Equal(ReserveAnswer.Granted, In("c", bytes: 40, room: 100));
    }

    [Fact]
    public void A_quarter_of_the_slots_waits_for_last_copies()
    {
        var table = new SlotTable(4, 4, TimeSpan.FromMinutes(5));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ReserveAnswer.Granted, table.Take(new SlotRequest($"a{i}", SlotDirection.In, 0, false, false), null, T0));
        }

        Assert.Equal(ReserveAnswer.Busy, table.Take(new SlotRequest("b", SlotDirection.In, 0, false, false), null, T0));
        Assert.Equal(ReserveAnswer.Granted, table.Take(new SlotRequest("b", SlotDirection.In, 0, true, false), null, T0));
    }

    private ReserveAnswer In(string op, DateTimeOffset? at = null, long bytes = 10, long? room = null) =>
        _table.Take(new SlotRequest(op, SlotDirection.In, bytes, false, false), room, at ?? T0);
}
