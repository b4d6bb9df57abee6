using System.Globalization;
using Dapper;
using Etdb.Ledger.Oip;
using Microsoft.Data.Sqlite;

namespace Etdb.Ledger.Indexing;

/// <summary>One step of the chain: what leaves, what comes, and what that changed.</summary>
/// <param name="TruncateFrom">First height that leaves; null when none does.</param>
/// <param name="Blocks">Blocks that come, ascending.</param>
/// <param name="Changes">Net changes.</param>
/// <param name="Tip">The tip afterwards; null when nothing is left.</param>
/// <param name="Pending">Multiparts that wait now; null when unchanged.</param>
/// <param name="Refusals">All refusals now; null when only <paramref name="NewRefusals"/> came.</param>
/// <param name="NewRefusals">Refusals to append.</param>
/// <param name="Verified">Signatures verified since the last step, as <see cref="Reading.VerifiedSignatures"/> numbers them.</param>
internal sealed record IndexCommit(
    int? TruncateFrom, IReadOnlyList<IncomingBlock> Blocks, IndexChanges Changes, IndexTip? Tip,
    IReadOnlyList<PendingMultipart>? Pending, IReadOnlyList<Refusal>? Refusals, IReadOnlyList<Refusal> NewRefusals, byte[] Verified);

public sealed partial class LedgerIndexStore
{
    /// <summary>Writes one step as one transaction.</summary>
    internal void Commit(IndexCommit commit)
    {
        using var transaction = _connection.BeginTransaction();
        if (commit.TruncateFrom is { } height)
        {
            _connection.Execute("DELETE FROM comments WHERE height>=@height; DELETE FROM blocks WHERE height>=@height", new { height }, transaction);
        }

        WriteBlocks(commit.Blocks, transaction);
        WriteRecords(commit.Changes.Records, transaction);
        WriteWaiting(commit, transaction);
        WriteEvents(RecordEvents.From(commit.Changes, commit.Tip ?? new IndexTip(-1, "", 0)), transaction);
        WriteVerified(commit.Verified, transaction);
        transaction.Commit();
    }

    private void WriteBlocks(IReadOnlyList<IncomingBlock> blocks, SqliteTransaction transaction)
    {
        using var insertBlock = Statement("INSERT INTO blocks VALUES($a,$b,$c)", 3, transaction);
        using var insertComment = Statement("INSERT INTO comments VALUES($a,$b,$c,$d)", 4, transaction);
        foreach (var block in blocks)
        {
            Run(insertBlock, block.Height, block.Header.Hash.ToArray(), block.Header.Raw.ToArray());
            foreach (var comment in block.Comments)
            {
                byte[] proof = [.. comment.Proof.Siblings.SelectMany(s => s.ToArray())];
                Run(insertComment, block.Height, comment.Position, comment.Raw.ToArray(), proof);
            }
        }
    }

    private void WriteRecords(IReadOnlyList<RecordChange> changes, SqliteTransaction transaction)
    {
        using var deleteRecord = Statement("DELETE FROM records WHERE txid=$a", 1, transaction);
        using var deleteVersions = Statement("DELETE FROM versions WHERE record=$a", 1, transaction);
        using var insertRecord = Statement("INSERT OR REPLACE INTO records VALUES($a,$b,$c,$d,$e)", 5, transaction);
        using var insertVersion = Statement("INSERT INTO versions VALUES($a,$b,$c,$d,$e,$f,$g,$h)", 8, transaction);
        foreach (var change in changes)
        {
            if (change.Before is not null)
            {
                Run(deleteRecord, change.Txid);
                Run(deleteVersions, change.Txid);
            }

            if (change.After is not { } record)
            {
                continue;
            }

            Run(insertRecord, record.Txid, record.Author, record.Owner, record.DeactivatedBy, record.Versions.Count);
            for (var i = 0; i < record.Versions.Count; i++)
            {
                var (place, artifact, proof) = record.Versions[i];
                Run(insertVersion, record.Txid, i + 1, place.Txid, place.Height, place.Time, artifact.Title, artifact.Location, (int)proof);
            }
        }
    }

    private void WriteWaiting(IndexCommit commit, SqliteTransaction transaction)
    {
        if (commit.Pending is { } pending)
        {
            _connection.Execute("DELETE FROM pending_parts", transaction: transaction);
            using var insertPending = Statement("INSERT INTO pending_parts VALUES($a,$b,$c,$d)", 4, transaction);
            foreach (var multipart in pending)
            {
                Run(insertPending, multipart.Reference, multipart.Address, multipart.Max, string.Join(',', multipart.Parts));
            }
        }

        if (commit.Refusals is not null)
        {
            _connection.Execute("DELETE FROM refusals", transaction: transaction);
        }

        using var insertRefusal = Statement("INSERT INTO refusals VALUES($a,$b,$c)", 3, transaction);
        foreach (var refusal in commit.Refusals ?? commit.NewRefusals)
        {
            Run(insertRefusal, refusal.Txid, refusal.Reason.Code(), refusal.Height);
        }
    }

    private void WriteEvents(IEnumerable<RecordEvent> events, SqliteTransaction transaction)
    {
        var sequence = LastSequence();
        using var insert = Statement("INSERT INTO events VALUES($a,$b,$c,$d,$e,$f,$g,$h,$i,$j,$k,$l,$m,$n,$o,$p)", 16, transaction);
        foreach (var e in events)
        {
            var r = e.Record;
            Run(
                insert, ++sequence, (int)e.Kind, e.Height, e.Time, e.RecordTxid, e.Owner, r?.LatestTxid, r?.Version, (int?)r?.Format, r?.Title,
                r?.Root?.Value, r?.BytesDeclared, r?.Timestamp, r is null ? null : r.ContentProven ? 1 : 0, r?.ArtifactJson, e.Alias);
        }
    }

    private SqliteCommand Statement(string sql, int parameters, SqliteTransaction transaction)
    {
        var command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var i = 0; i < parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter(string.Create(CultureInfo.InvariantCulture, $"${(char)('a' + i)}"), null));
        }

        command.Prepare();
        return command;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        command.ExecuteNonQuery();
    }
}
