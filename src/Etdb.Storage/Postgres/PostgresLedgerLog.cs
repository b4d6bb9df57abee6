using System.Runtime.CompilerServices;
using Etdb.Storage.Sql;
using Npgsql;

namespace Etdb.Storage.Postgres;

/// <summary>An event for the log: what it is about, a digest of what it says, and itself as JSON.</summary>
public sealed record LedgerWord(string Subject, long Digest, string Body);

/// <summary>
/// The ledger's events in an order that all silos share. One silo writes at a time, and only on top of what it has read: <see cref="AppendAsync"/> refuses when another was faster.
/// </summary>
public sealed class PostgresLedgerLog(PostgresDatabase database, string network)
{
    private const long LogLock = 0x6574_6462_0000_0003; // "etdb", 3.

    /// <summary>Number of the last event; 0 when there is none.</summary>
    public Task<long> LastAsync(CancellationToken cancellationToken) => database.UseAsync(c => LastAsync(c, cancellationToken), cancellationToken);

    /// <summary>Events after a number, in order.</summary>
    public async Task<IReadOnlyList<(long Sequence, string Body)>> ReadAsync(long after, int limit, CancellationToken cancellationToken) => await database.UseAsync(
        c => c.QueryAsync(
            "select sequence, body from ledger_event where network = @network and sequence > @after order by sequence limit @limit",
            [("@network", network), ("@after", after), ("@limit", limit)],
            r => (r.GetInt64(0), r.GetString(1)),
            cancellationToken),
        cancellationToken).ConfigureAwait(false);

    /// <summary>The digest of the last event on each subject, by subject.</summary>
    public async IAsyncEnumerable<(string Subject, long Digest)> WordsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var command = connection.Command("select subject, digest from ledger_word where network = @network order by subject", ("@network", network));
            await using (command.ConfigureAwait(false))
            {
                var r = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (r.ConfigureAwait(false))
                {
                    while (await r.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        yield return (r.GetString(0), r.GetInt64(1));
                    }
                }
            }
        }
    }

    /// <summary>The last event on a subject; null when there is none.</summary>
    public async Task<string?> WordAsync(string subject, CancellationToken cancellationToken) => (string?)await database.UseAsync(
        c => c.ScalarAsync("select event from ledger_word where network = @network and subject = @subject", [("@network", network), ("@subject", subject)], cancellationToken),
        cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Appends events after <paramref name="last"/>, numbered from <paramref name="first"/> on; false, and nothing is written, when the log has another last event by now.
    /// </summary>
    public Task<bool> AppendAsync(long last, long first, IReadOnlyList<LedgerWord> words, CancellationToken cancellationToken) => database.UseAsync(
        async c =>
        {
            var transaction = await c.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await c.ExecuteAsync("select pg_advisory_xact_lock(@lock)", [("@lock", LogLock)], cancellationToken).ConfigureAwait(false);
                if (await LastAsync(c, cancellationToken).ConfigureAwait(false) != last)
                {
                    return false;
                }

                await c.ExecuteAsync(
                    "insert into ledger_event (network, sequence, body) select @network, n, b from unnest(@numbers, @bodies) as x (n, b)",
                    [("@network", network), ("@numbers", words.Select((_, i) => first + i).ToArray()), ("@bodies", words.Select(w => w.Body).ToArray())],
                    cancellationToken).ConfigureAwait(false);
                var newest = words.Reverse().DistinctBy(w => w.Subject, StringComparer.Ordinal).ToList();
                await c.ExecuteAsync(
                    """
                    insert into ledger_word (network, subject, digest, event) select @network, s, d, b from unnest(@subjects, @digests, @bodies) as x (s, d, b)
                    on conflict (network, subject) do update set digest = excluded.digest, event = excluded.event
                    """,
                    [
                        ("@network", network), ("@subjects", newest.Select(w => w.Subject).ToArray()), ("@digests", newest.Select(w => w.Digest).ToArray()),
                        ("@bodies", newest.Select(w => w.Body).ToArray()),
                    ],
                    cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
        },
        cancellationToken);

    private async Task<long> LastAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => (long)(await connection.ScalarAsync(
        "select coalesce(max(sequence), 0) from ledger_event where network = @network", [("@network", network)], cancellationToken).ConfigureAwait(false))!;
}
