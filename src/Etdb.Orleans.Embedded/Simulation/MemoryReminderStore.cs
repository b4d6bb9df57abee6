using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Simulation;

/// <summary>Reminders in memory. Make it outside the silo and it outlives crashes.</summary>
public sealed class MemoryReminderStore : IReminderStore
{
    private readonly SortedDictionary<(GrainId Grain, string Name), StoredReminder> _rows =
        new(Comparer<(GrainId Grain, string Name)>.Create(static (a, b) => a.Grain.CompareTo(b.Grain) is var c && c != 0 ? c : string.CompareOrdinal(a.Name, b.Name)));

    private readonly Lock _gate = new();

    /// <summary>Reminders stored.</summary>
    public int Count => _rows.Count;

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredReminder>> ReadAllAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<StoredReminder>>([.. _rows.Values]);
        }
    }

    /// <inheritdoc/>
    public Task UpsertAsync(StoredReminder reminder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reminder);
        lock (_gate)
        {
            _rows[(reminder.GrainId, reminder.Name)] = reminder;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(GrainId grainId, string name, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_rows.Remove((grainId, name)));
        }
    }
}
