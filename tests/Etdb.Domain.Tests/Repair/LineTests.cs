using Etdb.Domain.Repair;
using static Etdb.Domain.Tests.World;

namespace Etdb.Domain.Tests.Repair;

public sealed class LineTests
{
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
}
