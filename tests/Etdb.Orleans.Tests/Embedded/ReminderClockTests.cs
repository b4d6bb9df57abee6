using Etdb.Orleans.Tests.Contract;
using Microsoft.Extensions.DependencyInjection;

namespace Etdb.Orleans.Tests.Embedded;

/// <summary>Reminders under a clock that is set anew while the process runs.</summary>
public sealed class ReminderClockTests
{
    private readonly string _key = $"clock-{Guid.NewGuid():N}";

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Reminders_go_on_when_the_clock_is_put_back_or_forward_by_a_day(int days)
    {
        using var folder = new TestFolder();
        var clock = new SetClock();
        await using var silo = await TestSilo.StartAsync(folder.Path, b => b.Services.AddSingleton<TimeProvider>(clock));
        await silo.Grains.GetGrain<IClockGrain>(_key).Remind("often", TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(200));
        await Stage.Until(_key, static log => log.Length >= 2, "two ticks");
        clock.Offset = TimeSpan.FromDays(days);
        var before = Stage.LogOf(_key).Length;
        await Stage.Until(_key, log => log.Length >= before + 3, "three more ticks");
    }

    /// <summary>The real clock, some time off; what has passed is as it is.</summary>
    private sealed class SetClock : TimeProvider
    {
        private long _offset;

        public TimeSpan Offset
        {
            get => TimeSpan.FromTicks(Volatile.Read(ref _offset));
            set => Volatile.Write(ref _offset, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
    }
}
