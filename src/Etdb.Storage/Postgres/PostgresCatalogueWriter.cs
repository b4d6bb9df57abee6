using System.Text.Encodings.Web;
using System.Text.Json;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Sql;
using Npgsql;

namespace Etdb.Storage.Postgres;

/// <summary>
/// Applies batches of changes to the catalogue tables. A round trip for each row would make a batch of 2,048 changes take seconds, so each table gets
/// all of its rows as one JSON array in one statement. Of several changes to one row in a batch only the newest is sent; rows are sent in the order of
/// their keys, so that silos that write at the same time wait for each other instead of dead-locking.
/// </summary>
internal sealed class PostgresCatalogueWriter(PostgresDatabase database, TimeProvider time)
{
    private const long BatchLock = 0x6574_6462_0000_0003; // "etdb", 3.

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task ApplyAsync(IReadOnlyList<CatalogueChange> changes, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await connection.ExecuteAsync("set local synchronous_commit = off", cancellationToken).ConfigureAwait(false); // Every row can be made again from the grains.
                // Triggers keep counts in a few rows that every batch changes: two silos' batches would wait for each other in circles.
                await connection.ExecuteAsync("select pg_advisory_xact_lock(@lock)", [("@lock", BatchLock)], cancellationToken).ConfigureAwait(false);
                await DatasetsAsync(connection, Newest(changes.OfType<DatasetChanged>(), c => c.Dataset.Id, c => c.Dataset.Version), cancellationToken).ConfigureAwait(false);
                await RestAsync(connection, changes, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task RestAsync(NpgsqlConnection connection, IReadOnlyList<CatalogueChange> changes, CancellationToken ct)
    {
        Task Send(string sql, IEnumerable<object> rows) => SendAsync(connection, sql, rows, ct);
        await Send(CatalogueTables.Node, Newest(changes.OfType<NodeChanged>(), c => c.Node.Id, c => c.Node.Version).Select(c => CatalogueTables.Row(c.Node))).ConfigureAwait(false);
        await Send(CatalogueTables.Member, Newest(changes.OfType<MemberChanged>(), c => c.Member.Id, c => c.Member.Version).Select(c => CatalogueTables.Row(c.Member))).ConfigureAwait(false);
        await Send(CatalogueTables.Publisher, Newest(changes.OfType<PublisherChanged>(), c => c.Publisher.Address, c => c.Publisher.Version).Select(c => CatalogueTables.Row(c.Publisher))).ConfigureAwait(false);
        await Send(CatalogueTables.Incident, Newest(changes.OfType<IncidentChanged>(), c => c.Incident.Id, c => c.Incident.Version).Select(c => CatalogueTables.Row(c.Incident))).ConfigureAwait(false);
        var ended = changes.OfType<RepairChanged>().Select(c => c.Repair).Where(r => r.Phase is "done" or "failed").ToList();
        var endedAt = time.GetUtcNow().ToUnixTimeMilliseconds();
        await Send(CatalogueTables.RepairDone, Newest(ended, r => $"{r.Dataset}|{r.Node}|{r.Kind}|{r.Version}", r => r.Version).Select(r => CatalogueTables.Row(r, endedAt))).ConfigureAwait(false);
        await Send(CatalogueTables.RepairGone, Newest(ended, Work, r => r.Version).Select(r => CatalogueTables.Row(r, endedAt))).ConfigureAwait(false);
        var running = changes.OfType<RepairChanged>().Select(c => c.Repair).Where(r => r.Phase is not ("done" or "failed"));
        await Send(CatalogueTables.Repair, Newest(running, Work, r => r.Version).Select(r => CatalogueTables.Row(r, null))).ConfigureAwait(false);
        await Send(CatalogueTables.Story, Newest(changes.OfType<StoryAdded>(), c => $"{c.Story.Dataset}|{c.Story.Sequence}", _ => 0).Select(c => CatalogueTables.Row(c.Story))).ConfigureAwait(false);
        await Send(CatalogueTables.Observation, changes.OfType<ObservationAdded>().Select(c => CatalogueTables.Row(c.Observation))).ConfigureAwait(false);
    }

    private static string Work(RepairRow r) => $"{r.Dataset}|{r.Node}|{r.Kind}";

    private static async Task DatasetsAsync(NpgsqlConnection connection, List<DatasetChanged> changes, CancellationToken ct)
    {
        if (changes.Count == 0)
        {
            return;
        }

        var texts = changes.ToDictionary(c => c.Dataset.Id, c => DatasetText.Of(c.Dataset.ArtifactJson), StringComparer.Ordinal);
        var rows = Rows(changes.Select(c => CatalogueTables.Row(c.Dataset, texts[c.Dataset.Id].Species)));
        var applied = (await connection.QueryAsync(CatalogueTables.Dataset, [("@rows", rows)], r => r.GetString(0), ct).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        var taken = changes.Where(c => applied.Contains(c.Dataset.Id)).ToList();
        if (taken.Count == 0)
        {
            return;
        }

        await SendAsync(connection, CatalogueTables.Text, taken.Select(c => CatalogueTables.Words(c.Dataset, texts[c.Dataset.Id].Words)), ct).ConfigureAwait(false);
        // Only what differs is written: most changes of a dataset leave most of its replicas as they were, and each row written changes counts, facets and three indexes.
        var replicas = taken.SelectMany(c => c.Replicas.DistinctBy(r => r.Node).OrderBy(r => r.Node, StringComparer.Ordinal).Select(r => CatalogueTables.Row(c.Dataset.Id, r))).ToList();
        await connection.ExecuteAsync(CatalogueTables.ReplicaGone, [("@ids", taken.Select(c => c.Dataset.Id).ToArray()), ("@rows", Rows(replicas))], ct).ConfigureAwait(false);
        await SendAsync(connection, CatalogueTables.Replica, replicas, ct).ConfigureAwait(false);
    }

    private static async Task SendAsync(NpgsqlConnection connection, string sql, IEnumerable<object> rows, CancellationToken ct)
    {
        var list = rows.ToList();
        if (list.Count > 0)
        {
            await connection.ExecuteAsync(sql, [("@rows", Rows(list))], ct).ConfigureAwait(false);
        }
    }

    // PostgreSQL keeps no NUL in a text; in JSON it is always written as an escape.
    private static string Rows(IEnumerable<object> rows) => JsonSerializer.Serialize(rows, Json).Replace("\\u0000", "\\uFFFD", StringComparison.Ordinal);

    private static List<T> Newest<T>(IEnumerable<T> rows, Func<T, string> key, Func<T, long> version)
    {
        var newest = new SortedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var id = key(row);
            if (!newest.TryGetValue(id, out var known) || version(row) >= version(known))
            {
                newest[id] = row;
            }
        }

        return [.. newest.Values];
    }
}
