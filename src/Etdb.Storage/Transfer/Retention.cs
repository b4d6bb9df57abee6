using Etdb.Storage.Sql;

namespace Etdb.Storage.Transfer;

/// <summary>How long what is not needed to go on is kept. Grain states and evidence are never trimmed. Bound from the section <c>Retention</c>.</summary>
public sealed class RetentionOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Retention";

    /// <summary>Observations of nodes. 1 d..10 years, default 90 d.</summary>
    public TimeSpan Observations { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Ended repairs. 1 d..10 years, default 180 d.</summary>
    public TimeSpan Repairs { get; set; } = TimeSpan.FromDays(180);

    /// <summary>Healed incidents; open ones stay. 1 d..10 years, default 3 years.</summary>
    public TimeSpan Incidents { get; set; } = TimeSpan.FromDays(3 * 365);

    /// <summary>Everything wrong with these options, by key.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var (key, value) in new[] { (nameof(Observations), Observations), (nameof(Repairs), Repairs), (nameof(Incidents), Incidents) })
        {
            if (value < TimeSpan.FromDays(1) || value > TimeSpan.FromDays(3650))
            {
                yield return $"Retention:{key} is {value}; it must be within 1 d..10 years.";
            }
        }
    }
}

/// <summary>Removes what is older than its limit, a few thousand rows at a time so that nobody waits long for the table.</summary>
public static class Retention
{
    private const int RowsAtOnce = 5_000;

    /// <summary>How many rows are too old, by table; with <paramref name="remove"/> they are removed.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> TrimAsync(StorageSite site, RetentionOptions options, DateTimeOffset now, bool remove, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(options);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        await site.MigrateAsync(TransferTable.Catalogue, cancellationToken).ConfigureAwait(false);
        var connection = await site.ConnectAsync(TransferTable.Catalogue, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (var (table, column, key, age) in new[]
            {
                ("observation", "at", "node, at, kind, dataset", options.Observations),
                ("repair_done", "ended_at", "dataset, node, kind, version", options.Repairs),
                ("incident", "healed_at", "id", options.Incidents),
            })
            {
                (string, object?)[] before = [("@before", (now - age).ToUnixTimeMilliseconds())];
                if (!remove)
                {
                    counts[table] = (long)(await connection.ScalarAsync($"select count(*) from {table} where {column} < @before", before, cancellationToken).ConfigureAwait(false))!;
                    continue;
                }

                int removed;
                counts[table] = 0;
                do
                {
                    removed = await connection.ExecuteAsync(
                        $"delete from {table} where ({key}) in (select {key} from {table} where {column} < @before limit {RowsAtOnce})", before, cancellationToken).ConfigureAwait(false);
                    counts[table] += removed;
                }
                while (removed == RowsAtOnce);
            }
        }

        return counts;
    }
}
