#if !ORLEANS_MICROSOFT
using Etdb.Orleans.Embedded;
using Orleans.Runtime;

namespace Etdb.Storage.Grains;

/// <summary>Reminders in SQLite for the embedded grain runtime.</summary>
public sealed class SqliteReminders(GrainDatabase database) : IReminderStore
{
    private readonly ReminderRows _rows = new(database);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredReminder>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var rows = await _rows.ReadAsync("", [], cancellationToken).ConfigureAwait(false);
        return [.. rows.Select(static r => new StoredReminder(GrainId.Parse(r.Grain), r.Name, r.StartAt, r.Period))];
    }

    /// <inheritdoc/>
    public Task UpsertAsync(StoredReminder reminder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reminder);
        return _rows.UpsertAsync(new ReminderRow(reminder.GrainId.ToString(), reminder.Name, 0, reminder.StartAt, reminder.Period, ""), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(GrainId grainId, string name, CancellationToken cancellationToken) =>
        _rows.RemoveAsync(grainId.ToString(), name, etag: null, cancellationToken);
}
#endif
