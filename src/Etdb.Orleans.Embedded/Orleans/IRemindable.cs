using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain that receives reminders: durable alarms that survive deactivation and restart.</summary>
public interface IRemindable : IGrain
{
    /// <summary>A reminder is due. Ticks missed while the process was down are not made up for.</summary>
    Task ReceiveReminder(string reminderName, TickStatus status);
}
