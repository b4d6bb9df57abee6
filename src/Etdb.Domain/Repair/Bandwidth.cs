namespace Etdb.Domain.Repair;

/// <summary>Hours of the day in which a member's line is left alone. May pass midnight; equal ends mean never.</summary>
/// <param name="From">Start, local time.</param>
/// <param name="Until">End, local time.</param>
/// <param name="UtcOffset">Local time minus UTC, −14 h..14 h.</param>
public sealed record QuietHours(TimeOnly From, TimeOnly Until, TimeSpan UtcOffset)
{
    /// <summary>When the quiet that holds at <paramref name="now"/> ends; null when it is not quiet.</summary>
    public DateTimeOffset? EndsAt(DateTimeOffset now)
    {
        if (From == Until)
        {
            return null;
        }

        var local = now.ToOffset(UtcOffset);
        var time = TimeOnly.FromTimeSpan(local.TimeOfDay);
        if (!time.IsBetween(From, Until))
        {
            return null;
        }

        var end = new DateTimeOffset(local.Date + Until.ToTimeSpan(), UtcOffset);
        return end > now ? end.ToUniversalTime() : end.AddDays(1).ToUniversalTime();
    }
}

/// <summary>
/// A member's bandwidth for repair: a bucket that fills at the rate up to the burst. A transfer may start while it is not empty and takes
/// its bytes at once, into debt if need be: a dataset larger than the burst can still move, the next one waits the longer. Immutable.
/// </summary>
public sealed record BandwidthBudget
{
    /// <summary>No limit.</summary>
    public static BandwidthBudget Unlimited { get; } = new();

    /// <summary>Bytes a second; 0 = no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Most bytes saved up.</summary>
    public long BurstBytes { get; init; } = 1L << 30;

    /// <summary>Bytes in the bucket at <see cref="At"/>; negative = debt.</summary>
    public double Level { get; init; } = 1L << 30;

    /// <summary>When it was reckoned last.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>When the line is left alone; last copies move all the same.</summary>
    public QuietHours? Quiet { get; init; }

    /// <summary>Asks to start a transfer. <c>WaitUntil</c> null means taken.</summary>
    public (BandwidthBudget Budget, DateTimeOffset? WaitUntil) TryTake(long bytes, RepairLevel level, DateTimeOffset now)
    {
        if (level != RepairLevel.LastCopy && Quiet?.EndsAt(now) is { } end)
        {
            return (this, end);
        }

        if (BytesPerSecond <= 0)
        {
            return (this, null);
        }

        var elapsed = Math.Max(0, (now - At).TotalSeconds);
        var filled = Math.Min(BurstBytes, Level + (elapsed * BytesPerSecond));
        if (filled <= 0 && level != RepairLevel.LastCopy)
        {
            var seconds = Math.Ceiling((-filled + 1) / BytesPerSecond);
            return (this with { Level = filled, At = now > At ? now : At }, now.AddSeconds(seconds));
        }

        return (this with { Level = filled - bytes, At = now > At ? now : At }, null);
    }
}
