namespace Orleans.Runtime;

/// <summary>A reminder of a grain.</summary>
public interface IGrainReminder
{
    /// <summary>Its name, one for each grain.</summary>
    string ReminderName { get; }
}

/// <summary>Which tick of a reminder this is.</summary>
public readonly struct TickStatus : IEquatable<TickStatus>
{
    public TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
    {
        FirstTickTime = firstTickTime;
        Period = period;
        CurrentTickTime = timeStamp;
    }

    /// <summary>When the first tick was or would have been due (UTC).</summary>
    public DateTime FirstTickTime { get; }

    /// <summary>Time between ticks.</summary>
    public TimeSpan Period { get; }

    /// <summary>When this tick was handed out (UTC).</summary>
    public DateTime CurrentTickTime { get; }

    public static bool operator ==(TickStatus left, TickStatus right) => left.Equals(right);

    public static bool operator !=(TickStatus left, TickStatus right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(TickStatus other) =>
        FirstTickTime == other.FirstTickTime && Period == other.Period && CurrentTickTime == other.CurrentTickTime;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TickStatus other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(FirstTickTime, Period, CurrentTickTime);

    /// <inheritdoc/>
    public override string ToString() => $"<{FirstTickTime:O}, {Period}, {CurrentTickTime:O}>";
}
