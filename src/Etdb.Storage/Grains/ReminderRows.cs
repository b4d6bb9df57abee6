using System.Data.Common;
using System.Globalization;

namespace Etdb.Storage.Grains;

/// <summary>A row of the reminder table.</summary>
internal sealed record ReminderRow(string Grain, string Name, uint GrainHash, DateTimeOffset StartAt, TimeSpan Period, string ETag);

/// <summary>The reminder table of either database, for the reminder stores of both grain runtimes.</summary>
public abstract class ReminderRows
{
    /// <summary>Opens the database.</summary>
    internal abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Rows that meet a condition in SQL, by grain and name.</summary>
    internal abstract Task<List<ReminderRow>> ReadAsync(string condition, (string Name, object? Value)[] parameters, CancellationToken cancellationToken);

    /// <summary>Writes a row; gives back its new ETag.</summary>
    internal abstract Task<string> UpsertAsync(ReminderRow row, CancellationToken cancellationToken);

    /// <summary>Removes a row; with an ETag, only that version of it. False when there was none.</summary>
    internal abstract Task<bool> RemoveAsync(string grain, string name, string? etag, CancellationToken cancellationToken);

    /// <summary>Removes every row.</summary>
    internal abstract Task RemoveAllAsync(CancellationToken cancellationToken);

    private protected const string Columns = "select grain, name, grain_hash, start_at, period, etag from reminder";

    private protected static ReminderRow Row(DbDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        (uint)reader.GetInt64(2),
        new DateTimeOffset(reader.GetInt64(3), TimeSpan.Zero),
        TimeSpan.FromTicks(reader.GetInt64(4)),
        reader.GetInt64(5).ToString(CultureInfo.InvariantCulture));
}
