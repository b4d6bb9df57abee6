namespace Etdb.Domain.Replication;

/// <summary>An announced time away: half-open, from ≤ t &lt; until.</summary>
/// <param name="From">Start.</param>
/// <param name="Until">End; not before the start.</param>
/// <param name="Author">Who announced it.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record MaintenanceWindow(DateTimeOffset From, DateTimeOffset Until, string Author, string Reason);

/// <summary>
/// The windows of a member or node. Time within them does not count as silence: the clock of the grace ladder stands still. Overlapping
/// windows count once.
/// </summary>
public sealed record MaintenanceSchedule
{
    /// <summary>Most windows kept; the oldest are dropped beyond it.</summary>
    public const int WindowsMaximum = 256;

    /// <summary>Longest single window: beyond it a node is gone, not maintained.</summary>
    public static readonly TimeSpan WindowLongest = TimeSpan.FromDays(30);

    /// <summary>No windows.</summary>
    public static MaintenanceSchedule None { get; } = new();

    /// <summary>The windows, in any order.</summary>
    public IReadOnlyList<MaintenanceWindow> Windows { get; init; } = [];

    /// <summary>The window that runs at <paramref name="now"/> and ends last; null when none runs.</summary>
    public MaintenanceWindow? At(DateTimeOffset now) =>
        Windows.Where(w => w.From <= now && now < w.Until).MaxBy(w => w.Until);

    /// <summary>Adds a window, or says what is wrong with it.</summary>
    public (MaintenanceSchedule Schedule, string? Problem) Add(MaintenanceWindow window)
    {
        ArgumentNullException.ThrowIfNull(window);
        var length = window.Until - window.From;
        if (length <= TimeSpan.Zero || length > WindowLongest)
        {
            return (this, $"The window lasts {length}; allowed is more than 0 and at most {WindowLongest.TotalDays:0} days.");
        }

        var windows = Windows.Append(window).OrderBy(w => w.From).TakeLast(WindowsMaximum).ToList();
        return (this with { Windows = windows }, null);
    }

    /// <summary>Time between two moments that lies in no window; never negative.</summary>
    public TimeSpan Outside(DateTimeOffset from, DateTimeOffset to)
    {
        var total = to > from ? to - from : TimeSpan.Zero;
        var reached = from;
        foreach (var window in Windows.OrderBy(w => w.From))
        {
            var start = window.From > reached ? window.From : reached;
            var end = window.Until < to ? window.Until : to;
            if (end > start)
            {
                total -= end - start;
                reached = end;
            }
        }

        return total;
    }

    /// <summary>Status, the moment silence counts from, and the end of the running window of a node that last answered at <paramref name="lastAnswer"/>.</summary>
    public (NodeStatus Status, DateTimeOffset? AbsentSince, DateTimeOffset? MaintenanceUntil) Stand(DateTimeOffset lastAnswer, DateTimeOffset now, GraceLadder ladder)
    {
        ArgumentNullException.ThrowIfNull(ladder);
        var silence = Outside(lastAnswer, now);
        DateTimeOffset? absentSince = now - lastAnswer < ladder.SuspectAfter ? null : now - silence;
        if (At(now) is { } window)
        {
            return (NodeStatus.Maintenance, absentSince, window.Until);
        }

        return (ladder.StatusAfter(silence), absentSince, null);
    }
}
