using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Etdb.Domain.Audit;
using Etdb.Storage.Evidence;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using EvidenceEntry = Etdb.Storage.Evidence.EvidenceEntry;

namespace Etdb.Storage.Sqlite;

/// <summary>
/// The evidence log in a SQLite file. One writer appends what waits in one transaction (group commit) and only then answers the callers;
/// the chain goes on from the last row after a restart. Rows can be neither changed nor deleted through this schema.
/// </summary>
public sealed class SqliteEvidenceLog(string path) : BackgroundService, IEvidenceLog
{
    /// <summary>Name of its file in a data folder.</summary>
    public const string FileName = "evidence.db";

    /// <summary>Calls that may wait for the writer.</summary>
    public const int MostQueued = 4_096;

    private const int MostInBatch = 1_024;
    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MostQueued) { SingleReader = true });
    private SqliteConnection? _connection;
    private EvidenceHead _head = EvidenceChain.Empty; // Only the writer loop touches it after the start.

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _connection = await SqliteDatabase.OpenAsync(path, durable: true, cancellationToken).ConfigureAwait(false);
        await SqliteDatabase.MigrateAsync(_connection, "evidence", cancellationToken).ConfigureAwait(false);
        var last = await _connection.QueryAsync(
            "select sequence, hash from evidence order by sequence desc limit 1", [], r => new EvidenceHead(r.GetInt64(0), r.GetString(1)), cancellationToken).ConfigureAwait(false);
        _head = last.Count == 0 ? EvidenceChain.Empty : last[0];
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask AppendAsync(IReadOnlyList<EvidenceEntry> entries, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(entries);
        await _queue.Writer.WriteAsync(waiting, cancellationToken).ConfigureAwait(false);
        await waiting.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Streams entries from a position on, as they were chained; for <see cref="EvidenceChain.Verify"/> and export.</summary>
    public static async IAsyncEnumerable<Domain.Audit.EvidenceEntry> ReadAsync(string path, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var connection = await SqliteDatabase.OpenAsync(path, durable: false, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var command = connection.Command(
                "select sequence, at, kind, dataset, node, outcome, depth, blocks, author, detail, previous, hash from evidence where sequence > $after order by sequence", ("$after", after));
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
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Waiting>();
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < MostInBatch && _queue.Reader.TryRead(out var waiting))
            {
                batch.Add(waiting);
            }

            try
            {
                _head = await WriteAsync(batch).ConfigureAwait(false);
                batch.ForEach(w => w.Done.TrySetResult());
            }
            catch (SqliteException e)
            {
                // Not on disk, so not acknowledged: the callers keep their state and try again.
                batch.ForEach(w => w.Done.TrySetException(new IOException($"The evidence log '{path}' could not be written: {e.Message}", e)));
            }
        }
    }

    private async Task<EvidenceHead> WriteAsync(List<Waiting> batch)
    {
        var head = _head;
        var transaction = (SqliteTransaction)await _connection!.BeginTransactionAsync(CancellationToken.None).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            foreach (var draft in batch.SelectMany(w => w.Entries).Select(Draft))
            {
                var entry = EvidenceChain.Append(head, draft);
                Insert(entry);
                head = EvidenceChain.HeadOf(entry);
            }

            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return head;
    }

    private void Insert(Domain.Audit.EvidenceEntry entry)
    {
        using var command = _connection!.Command(
            "insert into evidence values ($sequence, $at, $kind, $dataset, $node, $outcome, $depth, $blocks, $author, $detail, $previous, $hash)",
            ("$sequence", entry.Sequence), ("$at", entry.Draft.At.ToString("O", CultureInfo.InvariantCulture)), ("$kind", (int)entry.Draft.Kind), ("$dataset", entry.Draft.Dataset),
            ("$node", entry.Draft.Node), ("$outcome", entry.Draft.Outcome), ("$depth", entry.Draft.Depth), ("$blocks", entry.Draft.Blocks), ("$author", entry.Draft.Author),
            ("$detail", entry.Draft.Detail), ("$previous", entry.Previous), ("$hash", entry.Hash));
        command.ExecuteNonQuery();
    }

    private static EvidenceDraft Draft(EvidenceEntry entry) => new(
        entry.At,
        entry.Kind switch { "audit" => EvidenceKind.Audit, "operator" => EvidenceKind.Override, "incident" => EvidenceKind.NodeEvent, "action" => EvidenceKind.Action, _ => EvidenceKind.StateChange },
        entry.Dataset ?? "",
        entry.Node ?? "",
        entry.Outcome,
        0,
        0,
        "cluster",
        entry.Detail);

    private static Domain.Audit.EvidenceEntry Row(SqliteDataReader r) => new(
        r.GetInt64(0),
        new EvidenceDraft(
            DateTimeOffset.ParseExact(r.GetString(1), "O", CultureInfo.InvariantCulture), (EvidenceKind)r.GetInt32(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetInt32(6), r.GetInt64(7),
            r.GetString(8), r.GetString(9)),
        r.GetString(10),
        r.GetString(11));

    private sealed record Waiting(IReadOnlyList<EvidenceEntry> Entries)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
