using Etdb.Orleans.Embedded.Engine;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Reminders for grains that are <see cref="IRemindable"/>.</summary>
public static class GrainReminderExtensions
{
    /// <summary>Makes or changes a reminder; durable when the task ends.</summary>
    public static Task<IGrainReminder> RegisterOrUpdateReminder(this IGrainBase grain, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentException.ThrowIfNullOrEmpty(reminderName);
        var activation = Activation.Of(grain);
        return grain is IRemindable
            ? activation.Runtime.Reminders.RegisterOrUpdateAsync(activation.GrainId, reminderName, dueTime, period)
            : throw new InvalidOperationException($"Grain {activation.GrainId} ({grain.GetType()}) must be IRemindable to have reminders.");
    }

    /// <inheritdoc cref="RegisterOrUpdateReminder(IGrainBase, string, TimeSpan, TimeSpan)"/>
    public static Task<IGrainReminder> RegisterOrUpdateReminder(this Grain grain, string reminderName, TimeSpan dueTime, TimeSpan period) =>
        RegisterOrUpdateReminder((IGrainBase)grain, reminderName, dueTime, period);

    /// <summary>Ends a reminder for good.</summary>
    public static Task UnregisterReminder(this IGrainBase grain, IGrainReminder reminder)
    {
        ArgumentNullException.ThrowIfNull(reminder);
        var activation = Activation.Of(grain);
        return activation.Runtime.Reminders.UnregisterAsync(activation.GrainId, reminder);
    }

    /// <inheritdoc cref="UnregisterReminder(IGrainBase, IGrainReminder)"/>
    public static Task UnregisterReminder(this Grain grain, IGrainReminder reminder) => UnregisterReminder((IGrainBase)grain, reminder);

    /// <summary>The reminder of that name; null when there is none.</summary>
    public static Task<IGrainReminder?> GetReminder(this IGrainBase grain, string reminderName)
    {
        ArgumentException.ThrowIfNullOrEmpty(reminderName);
        var activation = Activation.Of(grain);
        return activation.Runtime.Reminders.GetAsync(activation.GrainId, reminderName);
    }

    /// <inheritdoc cref="GetReminder(IGrainBase, string)"/>
    public static Task<IGrainReminder?> GetReminder(this Grain grain, string reminderName) => GetReminder((IGrainBase)grain, reminderName);

    /// <summary>All reminders of the grain.</summary>
    public static Task<List<IGrainReminder>> GetReminders(this IGrainBase grain)
    {
        var activation = Activation.Of(grain);
        return activation.Runtime.Reminders.GetAllAsync(activation.GrainId);
    }

    /// <inheritdoc cref="GetReminders(IGrainBase)"/>
    public static Task<List<IGrainReminder>> GetReminders(this Grain grain) => GetReminders((IGrainBase)grain);
}
