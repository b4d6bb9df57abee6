namespace Orleans.Runtime;

/// <summary>A running grain timer; disposing it stops it.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets when it ticks next and how often then.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>How a grain timer ticks.</summary>
public readonly struct GrainTimerCreationOptions : IEquatable<GrainTimerCreationOptions>
{
    public GrainTimerCreationOptions()
    {
    }

    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time until the first tick; <see cref="Timeout.InfiniteTimeSpan"/> for never.</summary>
    public TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of one tick to the start of the next; <see cref="Timeout.InfiniteTimeSpan"/> for one tick only.</summary>
    public TimeSpan Period { get; init; }

    /// <summary>Ticks may interleave with calls and other ticks; default false.</summary>
    public bool Interleave { get; init; }

    /// <summary>Ticks keep the activation from being collected; default false.</summary>
    public bool KeepAlive { get; init; }

    public static bool operator ==(GrainTimerCreationOptions left, GrainTimerCreationOptions right) => left.Equals(right);

    public static bool operator !=(GrainTimerCreationOptions left, GrainTimerCreationOptions right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(GrainTimerCreationOptions other) =>
        DueTime == other.DueTime && Period == other.Period && Interleave == other.Interleave && KeepAlive == other.KeepAlive;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainTimerCreationOptions other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(DueTime, Period, Interleave, KeepAlive);
}
