using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using Etdb.Domain.Audit;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Evidence;

/// <summary>Rows of the evidence table, the same in both databases.</summary>
internal static class EvidenceRows
{
    public const string HeadQuery = "select sequence, hash from evidence order by sequence desc limit 1";

    private const string Insert =
        "insert into evidence values (@sequence, @at, @kind, @dataset, @node, @outcome, @depth, @blocks, @author, @detail, @previous, @hash)";

    public static async Task<EvidenceHead> HeadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var last = await connection.QueryAsync(HeadQuery, [], r => new EvidenceHead(r.GetInt64(0), r.GetString(1)), cancellationToken).ConfigureAwait(false);
        return last.Count == 0 ? EvidenceChain.Empty : last[0];
    }

    /// <summary>Chains the drafts to <paramref name="head"/> and inserts them in the transaction the connection is in; the statement is prepared once for all.</summary>
    /// <returns>The new head.</returns>
    public static async Task<EvidenceHead> AppendAsync(DbConnection connection, EvidenceHead head, IReadOnlyList<EvidenceDraft> drafts, CancellationToken cancellationToken)
    {
        var command = connection.Command(Insert);
        await using (command.ConfigureAwait(false))
        {
            foreach (var draft in drafts)
            {
                var entry = EvidenceChain.Append(head, draft);
                command.Set(Values(entry));
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                head = EvidenceChain.HeadOf(entry);
            }
        }

        return head;
    }

    private static (string Name, object? Value)[] Values(Domain.Audit.EvidenceEntry entry) =>
    [
        ("@sequence", entry.Sequence), ("@at", entry.Draft.At.ToString("O", CultureInfo.InvariantCulture)), ("@kind", (int)entry.Draft.Kind), ("@dataset", entry.Draft.Dataset),
        ("@node", entry.Draft.Node), ("@outcome", entry.Draft.Outcome), ("@depth", entry.Draft.Depth), ("@blocks", entry.Draft.Blocks), ("@author", entry.Draft.Author),
        ("@detail", entry.Draft.Detail), ("@previous", entry.Previous), ("@hash", entry.Hash),
    ];

    /// <summary>Streams rows; the caller owns the connection.</summary>
    public static async IAsyncEnumerable<Domain.Audit.EvidenceEntry> ReadAsync(
        DbConnection connection, long after, bool onlyCalls, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The kind as a figure in the text: only so is the index of the calls used.
        var calls = onlyCalls ? string.Create(CultureInfo.InvariantCulture, $"kind = {(int)EvidenceKind.Call} and ") : "";
        var command = connection.Command(
            $"select sequence, at, kind, dataset, node, outcome, depth, blocks, author, detail, previous, hash from evidence where {calls}sequence > @after order by sequence", ("@after", after));
        await using (command.ConfigureAwait(false))
        {
            var r = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (r.ConfigureAwait(false))
            {
                while (await r.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    yield return Row(r);
                }
            }
        }
    }

    private static Domain.Audit.EvidenceEntry Row(DbDataReader r) => new(
        r.GetInt64(0),
        new EvidenceDraft(
            DateTimeOffset.ParseExact(r.GetString(1), "O", CultureInfo.InvariantCulture), (EvidenceKind)r.GetInt32(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetInt32(6), r.GetInt64(7),
            r.GetString(8), r.GetString(9)),
        r.GetString(10),
        r.GetString(11));
}
