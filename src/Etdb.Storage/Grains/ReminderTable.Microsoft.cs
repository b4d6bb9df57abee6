#if ORLEANS_MICROSOFT
using Orleans;
using Orleans.Runtime;

namespace Etdb.Storage.Grains;

/// <summary>Reminders in either database for Microsoft Orleans. Several silos need the shared table in PostgreSQL.</summary>
public sealed class ReminderTable(ReminderRows rows) : IReminderTable
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken = default) => rows.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<ReminderTableData> ReadRows(GrainId grainId) =>
        Table(await rows.ReadAsync("where grain = @grain", [("@grain", grainId.ToString())], CancellationToken.None).ConfigureAwait(false));

    /// <summary>The rows whose grain hash lies in (<paramref name="begin"/>, <paramref name="end"/>], around the end of the ring when begin is not below end.</summary>
    public async Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        var condition = begin < end ? "where grain_hash > @begin and grain_hash <= @end" : "where grain_hash > @begin or grain_hash <= @end";
        return Table(await rows.ReadAsync(condition, [("@begin", (long)begin), ("@end", (long)end)], CancellationToken.None).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
    {
        var found = await rows.ReadAsync("where grain = @grain and name = @name", [("@grain", grainId.ToString()), ("@name", reminderName)], CancellationToken.None).ConfigureAwait(false);
        return found.Count == 0 ? null : Entry(found[0]);
    }

    /// <inheritdoc/>
    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var start = new DateTimeOffset(DateTime.SpecifyKind(entry.StartAt, DateTimeKind.Utc));
        return await rows.UpsertAsync(
            new ReminderRow(entry.GrainId.ToString(), entry.ReminderName, entry.GrainId.GetUniformHashCode(), start, entry.Period, ""),
            CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        rows.RemoveAsync(grainId.ToString(), reminderName, eTag, CancellationToken.None);

    /// <inheritdoc/>
    public Task TestOnlyClearTable() => rows.RemoveAllAsync(CancellationToken.None);

    private static ReminderTableData Table(List<ReminderRow> rows) => new(rows.Select(Entry));

    private static ReminderEntry Entry(ReminderRow row) => new()
    {
        GrainId = GrainId.Parse(row.Grain),
        ReminderName = row.Name,
        StartAt = row.StartAt.UtcDateTime,
        Period = row.Period,
        ETag = row.ETag,
    };
}
#endif
