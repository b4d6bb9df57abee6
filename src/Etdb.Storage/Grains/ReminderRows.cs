using System.Globalization;
using Etdb.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Etdb.Storage.Grains;

/// <summary>A row of the reminder table.</summary>
internal sealed record ReminderRow(string Grain, string Name, uint GrainHash, DateTimeOffset StartAt, TimeSpan Period, string ETag);

/// <summary>Reminders in the grain database, for the stores of both grain runtimes.</summary>
internal sealed class ReminderRows(GrainDatabase database)
{
    private const string Columns = "select grain, name, grain_hash, start_at, period, etag from reminder";

    public Task<List<ReminderRow>> ReadAsync(string condition, (string Name, object? Value)[] parameters, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection =>
            {
                using var command = connection.Command($"{Columns} {condition} order by grain, name", parameters);
                using var reader = command.ExecuteReader();
                var rows = new List<ReminderRow>();
                while (reader.Read())
                {
                    rows.Add(Row(reader));
                }

                return rows;
            },
            cancellationToken);

    public async Task<string> UpsertAsync(ReminderRow row, CancellationToken cancellationToken)
    {
        var operation = new Upsert(row);
        await database.WriteAsync(operation, cancellationToken).ConfigureAwait(false);
        return operation.ETag.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Removes a row; with an ETag, only that version of it. False when there was none.</summary>
    public async Task<bool> RemoveAsync(string grain, string name, string? etag, CancellationToken cancellationToken)
    {
        var operation = new Remove(grain, name, etag);
        await database.WriteAsync(operation, cancellationToken).ConfigureAwait(false);
        return operation.Removed;
    }

    public Task RemoveAllAsync(CancellationToken cancellationToken) => database.WriteAsync(new RemoveAll(), cancellationToken);

    private static ReminderRow Row(SqliteDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        (uint)reader.GetInt64(2),
        new DateTimeOffset(reader.GetInt64(3), TimeSpan.Zero),
        TimeSpan.FromTicks(reader.GetInt64(4)),
        reader.GetInt64(5).ToString(CultureInfo.InvariantCulture));

    private sealed class Upsert(ReminderRow row) : GrainOperation
    {
        public long ETag { get; private set; }

        public override void Execute(GrainWriter writer)
        {
            ETag = writer.NextETag();
            writer.Execute(
                """
                insert into reminder (grain, name, grain_hash, start_at, period, etag) values ($grain, $name, $hash, $start, $period, $etag)
                on conflict (grain, name) do update set grain_hash = $hash, start_at = $start, period = $period, etag = $etag
                """,
                ("$grain", row.Grain),
                ("$name", row.Name),
                ("$hash", (long)row.GrainHash),
                ("$start", row.StartAt.UtcTicks),
                ("$period", row.Period.Ticks),
                ("$etag", ETag));
        }
    }

    private sealed class Remove(string grain, string name, string? etag) : GrainOperation
    {
        public bool Removed { get; private set; }

        public override void Execute(GrainWriter writer)
        {
            var version = etag is null ? (object?)null : long.Parse(etag, CultureInfo.InvariantCulture);
            Removed = writer.Execute(
                "delete from reminder where grain = $grain and name = $name and ($etag is null or etag = $etag)",
                ("$grain", grain),
                ("$name", name),
                ("$etag", version)) == 1;
        }
    }

    private sealed class RemoveAll : GrainOperation
    {
        public override void Execute(GrainWriter writer) => writer.Execute("delete from reminder");
    }
}
