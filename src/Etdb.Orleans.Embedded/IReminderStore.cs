using Orleans.Runtime;

namespace Etdb.Orleans.Embedded;

/// <summary>Keeps reminders over restarts. One row for each grain and name; what was acknowledged is durable.</summary>
public interface IReminderStore
{
    /// <summary>All reminders; read once at the start.</summary>
    Task<IReadOnlyList<StoredReminder>> ReadAllAsync(CancellationToken cancellationToken);

    /// <summary>Inserts or replaces.</summary>
    Task UpsertAsync(StoredReminder reminder, CancellationToken cancellationToken);

    /// <summary>Removes; false when there was none.</summary>
    Task<bool> RemoveAsync(GrainId grainId, string name, CancellationToken cancellationToken);
}

/// <summary>A reminder as it is stored.</summary>
/// <param name="GrainId">Whose it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="StartAt">When the first tick was due.</param>
/// <param name="Period">Time between ticks.</param>
public sealed record StoredReminder(GrainId GrainId, string Name, DateTimeOffset StartAt, TimeSpan Period);
