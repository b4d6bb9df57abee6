using System.Globalization;
using Etdb.Storage.Grains;
using Etdb.Storage.Sql;
using Npgsql;

namespace Etdb.Storage.Postgres;

/// <summary>Reminders in PostgreSQL, shared by all silos.</summary>
internal sealed class PostgresReminderRows(PostgresDatabase database) : ReminderRows
{
    internal override Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask; // The grain area is migrated before the silo starts.

    internal override Task<List<ReminderRow>> ReadAsync(string condition, (string Name, object? Value)[] parameters, CancellationToken cancellationToken) =>
        RunAsync(connection => connection.QueryAsync($"{Columns} {condition} order by grain, name", parameters, Row, cancellationToken), "read", cancellationToken);

    internal override async Task<string> UpsertAsync(ReminderRow row, CancellationToken cancellationToken)
    {
        var etag = await RunAsync(
            connection => connection.ScalarAsync(
                """
                insert into reminder (grain, name, grain_hash, start_at, period, etag) values (@grain, @name, @hash, @start, @period, nextval('grain_etag'))
                on conflict (grain, name) do update set grain_hash = excluded.grain_hash, start_at = excluded.start_at, period = excluded.period, etag = excluded.etag
                returning etag
                """,
                [("@grain", row.Grain), ("@name", row.Name), ("@hash", (long)row.GrainHash), ("@start", row.StartAt.UtcTicks), ("@period", row.Period.Ticks)],
                cancellationToken),
            "written",
            cancellationToken).ConfigureAwait(false);
        return GrainStateCodec.Text((long)etag!);
    }

    internal override async Task<bool> RemoveAsync(string grain, string name, string? etag, CancellationToken cancellationToken)
    {
        var version = etag is null ? (object?)null : long.Parse(etag, NumberStyles.None, CultureInfo.InvariantCulture);
        return await RunAsync(
            connection => connection.ExecuteAsync(
                "delete from reminder where grain = @grain and name = @name and (cast(@etag as bigint) is null or etag = @etag)",
                [("@grain", grain), ("@name", name), ("@etag", version)],
                cancellationToken),
            "written",
            cancellationToken).ConfigureAwait(false) == 1;
    }

    internal override Task RemoveAllAsync(CancellationToken cancellationToken) =>
        RunAsync(connection => connection.ExecuteAsync("delete from reminder", cancellationToken), "written", cancellationToken);

    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> use, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await database.UseAsync(use, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            throw PostgresProblems.Explain(failure, database.Name, what);
        }
    }
}
