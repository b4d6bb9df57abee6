namespace Orleans.Hosting;

/// <summary>Limits of reminders.</summary>
public sealed class ReminderOptions
{
    /// <summary>The shortest period a reminder may have.</summary>
    /// <value>1 minute.</value>
    public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);
}
