using System.Globalization;

namespace Etdb.Storage.Grains;

/// <summary>Reminders in the SQLite grain database.</summary>
internal sealed class SqliteReminderRows(GrainDatabase database) : ReminderRows
{
    internal override Task OpenAsync(CancellationToken cancellationToken) => database.OpenAsync(cancellationToken);

    internal override Task<List<ReminderRow>> ReadAsync(string condition, (string Name, object? Value)[] parameters, CancellationToken cancellationToken) =>
        database.ReadAsync(
            reminders =>
            {
                using var reader = reminders.Command($"{Columns} {condition} order by grain, name", parameters).ExecuteReader();
                var rows = new List<ReminderRow>();
                while (reader.Read())
                {
                    rows.Add(Row(reader));
                }

                return rows;
            },
            cancellationToken);

    internal override async Task<string> UpsertAsync(ReminderRow row, CancellationToken cancellationToken)
    {
        var operation = new Upsert(row);
        await database.WriteAsync(operation, cancellationToken).ConfigureAwait(false);
        return operation.ETag.ToString(CultureInfo.InvariantCulture);
    }

    internal override async Task<bool> RemoveAsync(string grain, string name, string? etag, CancellationToken cancellationToken)
    {
        var operation = new Remove(grain, name, etag);
        await database.WriteAsync(operation, cancellationToken).ConfigureAwait(false);
        return operation.Removed;
    }

    internal override Task RemoveAllAsync(CancellationToken cancellationToken) => database.WriteAsync(new RemoveAll(), cancellationToken);

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
