using Orleans;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Contract;

/// <summary>Persistent state, timers, reminders.</summary>
[Collection(SiloCollection.Name)]
public sealed class StateTests(SharedSilo silo)
{
    private readonly string _key = $"state-{Guid.NewGuid():N}";

    [Fact]
    public async Task State_is_read_before_activation_and_survives_a_restart()
    {
        using var folder = new TestFolder();
        await using (var first = await TestSilo.StartAsync(folder.Path))
        {
            var note = first.Grains.GetGrain<IDurableNoteGrain>(_key);
            Assert.False(await note.Exists());
            Assert.Equal("", await note.Read());
            Assert.Equal(1, await note.Write("kept"));
            Assert.Equal(2, await note.Write("kept better"));
        }

        await using var second = await TestSilo.StartAsync(folder.Path);
        Assert.Equal("kept better", await second.Grains.GetGrain<IDurableNoteGrain>(_key).Read());
        Assert.True(await second.Grains.GetGrain<IDurableNoteGrain>(_key).Exists());
        await second.Grains.GetGrain<IDurableNoteGrain>(_key).Clear();
        Assert.False(await second.Grains.GetGrain<IDurableNoteGrain>(_key).Exists());
        Assert.Equal(1, await second.Grains.GetGrain<IDurableNoteGrain>(_key).Write("anew"));
    }

    [Fact]
    public async Task An_etag_conflict_fails_the_call_and_ends_the_activation()
    {
        var note = silo.Grains.GetGrain<IFlakyNoteGrain>(_key);
        await note.Write("mine");
        var first = await note.Activation();
        silo.Silo.Flaky.Touch("note", note.GetGrainId());
        await Assert.ThrowsAnyAsync<InconsistentStateException>(() => note.Write("stale"));
        for (var i = 0; i < 100 && await note.Activation() == first; i++)
        {
            await Task.Delay(20);
        }

        Assert.NotEqual(first, await note.Activation());
        Assert.Equal("mine", await note.Read());
        Assert.Equal(2, await note.Write("fresh"));
    }

    [Fact]
    public async Task An_etag_conflict_in_a_timers_tick_ends_the_activation_too()
    {
        var note = silo.Grains.GetGrain<IFlakyNoteGrain>(_key);
        await note.Write("mine");
        var first = await note.Activation();
        silo.Silo.Flaky.Touch("note", note.GetGrainId());
        await note.WriteByTimer("stale");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await note.Activation() == first)
        {
            Assert.False(limit.IsCancellationRequested, "the activation that met the conflict goes on");
            await Task.Delay(20, CancellationToken.None);
        }

        Assert.Equal("mine", await note.Read());
    }

    [Fact]
    public async Task A_write_that_fails_reaches_the_grain_and_can_be_repeated()
    {
        var note = silo.Grains.GetGrain<IFlakyNoteGrain>(_key);
        await note.Write("before");
        silo.Silo.Flaky.FailWrites = true;
        try
        {
            Assert.Equal("the disk is full", await note.FailThenTell());
        }
        finally
        {
            silo.Silo.Flaky.FailWrites = false;
        }

        Assert.Equal(3, await note.Write("after"));
    }

    [Fact]
    public async Task State_that_cannot_be_read_fails_the_activation_not_the_data()
    {
        var note = silo.Grains.GetGrain<IFlakyNoteGrain>(_key);
        silo.Silo.Flaky.FailReads = true;
        try
        {
            var failure = await Assert.ThrowsAnyAsync<Exception>(() => note.Read());
            Assert.Contains("the disk cannot be read", failure.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            silo.Silo.Flaky.FailReads = false;
        }

        Assert.Equal(1, await note.Write("works"));
    }

    [Fact]
    public async Task Timers_tick_in_due_order()
    {
        var clock = silo.Grains.GetGrain<IClockGrain>(_key);
        await clock.StartTimers();
        await Stage.Until(_key, log => log.Length >= 3, "three ticks");
        Assert.Equal(["first", "second", "third"], Stage.LogOf(_key));
    }

    [Fact]
    public async Task Ticks_of_one_timer_never_overlap_and_end_when_it_is_disposed()
    {
        var clock = silo.Grains.GetGrain<IClockGrain>(_key);
        await clock.StartRepeating(TimeSpan.FromMilliseconds(30));
        await Stage.Until(_key, log => log.Contains("tick 3 ends"), "three ticks");
        await clock.StopTimers();
        await Task.Delay(200);
        var log = Stage.LogOf(_key);
        var ticks = log.Where(l => l != "stopped").ToArray();
        Assert.Equal(Enumerable.Range(0, ticks.Length).Select(i => $"tick {(i / 2) + 1} {(i % 2 == 0 ? "begins" : "ends")}"), ticks);
        Assert.True(log.Length - Array.IndexOf(log, "stopped") <= 3, string.Join(", ", log));
    }

    [Fact]
    public async Task A_tick_that_fails_does_not_stop_its_timer()
    {
        await silo.Grains.GetGrain<IClockGrain>(_key).StartFailing();
        await Stage.Until(_key, log => log.Contains("tick 3"), "the third tick");
        await silo.Grains.GetGrain<IClockGrain>(_key).StopTimers();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(300)]
    public async Task A_timer_set_anew_while_it_ticks_ticks_again_though_it_falls_due_before_the_tick_ends(int milliseconds)
    {
        await silo.Grains.GetGrain<IClockGrain>(_key).StartSetAnewDuringTick(TimeSpan.FromMilliseconds(milliseconds));
        await Stage.Until(_key, log => log.Contains("tick 3"), "the third tick");
        await silo.Grains.GetGrain<IClockGrain>(_key).StopTimers();
    }

    [Theory]
    [InlineData(false, "waited")]
    [InlineData(true, "ticked during the call")]
    public async Task A_tick_waits_for_the_running_call_unless_it_may_interleave(bool interleave, string expected) =>
        Assert.Equal(expected, await silo.Grains.GetGrain<IClockGrain>(_key).StartDuringCall(interleave));

    [Fact]
    public async Task A_reminder_ticks_and_goes_on_after_a_restart_until_it_is_ended()
    {
        using var folder = new TestFolder();
        await using (var first = await TestSilo.StartAsync(folder.Path))
        {
            await first.Grains.GetGrain<IClockGrain>(_key).Remind("often", TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(200));
            await first.Grains.GetGrain<IClockGrain>(_key).Remind("never", TimeSpan.FromDays(1), TimeSpan.FromDays(1));
            await Stage.Until(_key, log => log.Contains("reminded often"), "the first tick");
        }

        var before = Stage.LogOf(_key).Length;
        await using var second = await TestSilo.StartAsync(folder.Path);
        await Stage.Until(_key, log => log.Length >= before + 2, "a tick after the restart");
        Assert.Equal(["never", "often"], await second.Grains.GetGrain<IClockGrain>(_key).Reminders());
        await second.Grains.GetGrain<IClockGrain>(_key).Forget("often");
        Assert.Equal(["never"], await second.Grains.GetGrain<IClockGrain>(_key).Reminders());
        Assert.DoesNotContain("reminded never", Stage.LogOf(_key));
    }

    [Fact]
    public async Task A_reminder_with_too_short_a_period_is_refused() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => silo.Grains.GetGrain<IClockGrain>(_key).Remind("x", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(1)));
}
