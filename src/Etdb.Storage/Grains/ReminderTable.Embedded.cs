#if !ORLEANS_MICROSOFT
using Etdb.Orleans.Embedded;
using Orleans.Runtime;

namespace Etdb.Storage.Grains;

/// <summary>Reminders in either database for the embedded grain runtime.</summary>
public sealed class ReminderTable(ReminderRows rows) : IReminderStore
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredReminder>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var found = await rows.ReadAsync("", [], cancellationToken).ConfigureAwait(false);
        return [.. found.Select(static r => new StoredReminder(GrainId.Parse(r.Grain), r.Name, r.StartAt, r.Period))];
    }

    /// <inheritdoc/>
    public Task UpsertAsync(StoredReminder reminder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reminder);
        return rows.UpsertAsync(new ReminderRow(reminder.GrainId.ToString(), reminder.Name, 0, reminder.StartAt, reminder.Period, ""), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(GrainId grainId, string name, CancellationToken cancellationToken) =>
        rows.RemoveAsync(grainId.ToString(), name, etag: null, cancellationToken);
}
#endif
