using System.Runtime.InteropServices;
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
    /// <summary>Columns of a log entry that tell of a record: latest to artifact.</summary>
    private const int RecordColumns = 9;

    /// <summary>Writes one step as one transaction, which is durable after <see cref="MakeDurable"/>.</summary>
    internal void Commit(IndexCommit commit)
    {
        _isDurable = false;
        using var transaction = _connection.BeginTransaction();
        if (commit.TruncateFrom is { } height)
        {
            _connection.Execute("DELETE FROM comments WHERE height>=@height; DELETE FROM blocks WHERE height>=@height", new { height }, transaction);
        }

        WriteBlocks(commit.Blocks);
        WriteRecords(commit.Changes.Records);
        WriteWaiting(commit, transaction);
        WriteEvents(LogEntry.From(commit.Changes, commit.Tip ?? new IndexTip(-1, "", 0)));
        WriteVerified(commit.Verified, transaction);
        transaction.Commit();
    }

    private void WriteBlocks(IReadOnlyList<IncomingBlock> blocks)
    {
        using var insertBlock = new RowStatement(_connection, "INSERT INTO blocks VALUES(?,?,?)");
        using var insertComment = new RowStatement(_connection, "INSERT INTO comments VALUES(?,?,?,?)");
        Span<byte> hash = stackalloc byte[Hash256.Size];
        foreach (var block in blocks)
        {
            block.Header.Hash.CopyTo(hash);
            insertBlock.Add(block.Height).Add(hash).Add(block.Header.Raw).Run();
            foreach (var comment in block.Comments)
            {
                // Siblings lie one after the other, as they are stored.
                var proof = MemoryMarshal.AsBytes(comment.Proof.Siblings.AsSpan());
                insertComment.Add(block.Height).Add(comment.Position).Add(comment.Raw.Span).Add(proof).Run();
            }
        }
    }

    private void WriteRecords(IReadOnlyList<RecordChange> changes)
    {
        using var deleteRecord = new RowStatement(_connection, "DELETE FROM records WHERE txid=?");
        using var deleteVersions = new RowStatement(_connection, "DELETE FROM versions WHERE record=?");
        using var insertRecord = new RowStatement(_connection, "INSERT OR REPLACE INTO records VALUES(?,?,?,?,?)");
        using var insertVersion = new RowStatement(_connection, "INSERT INTO versions VALUES(?,?,?,?,?,?,?,?)");
        foreach (var change in changes)
        {
            if (change.Before is not null)
            {
                deleteRecord.Add(change.Txid).Run();
                deleteVersions.Add(change.Txid).Run();
            }

            if (change.After is not { } record)
            {
                continue;
            }

            insertRecord.Add(record.Txid).Add(record.Author).Add(record.Owner).Add(record.DeactivatedBy).Add(record.Versions.Count).Run();
            for (var i = 0; i < record.Versions.Count; i++)
            {
                var (place, artifact, proof) = record.Versions[i];
                insertVersion.Add(record.Txid).Add(i + 1).Add(place.Txid).Add(place.Height).Add(place.Time).Add(artifact.Title).Add(artifact.Location).Add((int)proof).Run();
            }
        }
    }

    private void WriteWaiting(IndexCommit commit, SqliteTransaction transaction)
    {
        if (commit.Pending is { } pending)
        {
            _connection.Execute("DELETE FROM pending_parts", transaction: transaction);
            using var insertPending = new RowStatement(_connection, "INSERT INTO pending_parts VALUES(?,?,?,?)");
            foreach (var multipart in pending)
            {
                insertPending.Add(multipart.Reference).Add(multipart.Address).Add(multipart.Max).Add(string.Join(',', multipart.Parts)).Run();
            }
        }

        if (commit.Refusals is not null)
        {
            _connection.Execute("DELETE FROM refusals", transaction: transaction);
        }

        using var insertRefusal = new RowStatement(_connection, "INSERT INTO refusals VALUES(?,?,?)");
        foreach (var refusal in commit.Refusals ?? commit.NewRefusals)
        {
            insertRefusal.Add(refusal.Txid).Add(refusal.Reason.Code()).Add(refusal.Height).Run();
        }
    }

    private void WriteEvents(IEnumerable<LogEntry> entries)
    {
        var sequence = LastSequence();
        using var insert = new RowStatement(_connection, "INSERT INTO events VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
        foreach (var entry in entries)
        {
            insert.Add(++sequence).Add((int)entry.Kind).Add(entry.Height).Add(entry.Time).Add(entry.RecordTxid).Add(entry.Owner);
            if (entry.Record is { } record)
            {
                var artifact = record.Current.Artifact;
                insert.Add(record.Current.Place.Txid).Add(record.Versions.Count).Add((int)artifact.Format).Add(artifact.Title)
                    .Add(CidText.TryParse(artifact.Location)?.Value).Add(artifact.BytesDeclared).Add(artifact.UnixSeconds)
                    .Add(record.IsContentProven ? 1 : 0).AddText(artifact.Text.Bytes.Span);
            }
            else
            {
                insert.AddNulls(RecordColumns);
            }

            insert.Add(entry.Alias).Run();
        }
    }
}
