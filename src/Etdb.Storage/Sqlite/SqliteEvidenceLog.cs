using System.Runtime.CompilerServices;
using Etdb.Domain.Audit;
using Etdb.Storage.Evidence;
using Microsoft.Data.Sqlite;

namespace Etdb.Storage.Sqlite;

/// <summary>The evidence log in a SQLite file; the chain goes on from the last row after a restart. Rows can be neither changed nor deleted through this schema.</summary>
public sealed class SqliteEvidenceLog(string path) : EvidenceLogWriter
{
    /// <summary>Name of its file in a data folder.</summary>
    public const string FileName = "evidence.db";

    private SqliteConnection? _connection;
    private WriterThread? _thread;
    private EvidenceHead _head = EvidenceChain.Empty; // Only the writer loop touches it after the start.

    /// <inheritdoc/>
    protected override string Place => path;

    /// <summary>Streams the entries of a file from a position on.</summary>
    public static IAsyncEnumerable<Domain.Audit.EvidenceEntry> ReadAsync(string path, long after, CancellationToken cancellationToken) => ReadAsync(path, after, onlyCalls: false, cancellationToken);

    /// <inheritdoc/>
    public override async Task<EvidenceHead> HeadAsync(CancellationToken cancellationToken)
    {
        var connection = await SqliteDatabase.OpenAsync(path, durable: false, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await EvidenceRows.HeadAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override IAsyncEnumerable<Domain.Audit.EvidenceEntry> ReadAsync(long after, bool onlyCalls, CancellationToken cancellationToken) => ReadAsync(path, after, onlyCalls, cancellationToken);

    private static async IAsyncEnumerable<Domain.Audit.EvidenceEntry> ReadAsync(string path, long after, bool onlyCalls, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var connection = await SqliteDatabase.OpenAsync(path, durable: false, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await foreach (var entry in EvidenceRows.ReadAsync(connection, after, onlyCalls, cancellationToken).ConfigureAwait(false))
            {
                yield return entry;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task OpenAsync(CancellationToken cancellationToken)
    {
        _connection = await SqliteDatabase.OpenAsync(path, durable: true, cancellationToken).ConfigureAwait(false);
        await SqliteDatabase.MigrateAsync(_connection, "evidence", cancellationToken).ConfigureAwait(false);
        _head = await EvidenceRows.HeadAsync(_connection, cancellationToken).ConfigureAwait(false);
        _thread = new WriterThread("etdb evidence");
    }

    /// <inheritdoc/>
    protected override async Task CloseAsync()
    {
        _thread?.Dispose();
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override Task WriteAsync(IReadOnlyList<EvidenceDraft> drafts) => _thread!.RunAsync(() => AppendAsync(drafts));

    private async Task AppendAsync(IReadOnlyList<EvidenceDraft> drafts)
    {
        var head = _head;
        var transaction = (SqliteTransaction)await _connection!.BeginTransactionAsync(CancellationToken.None).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            head = await EvidenceRows.AppendAsync(_connection, head, drafts, CancellationToken.None).ConfigureAwait(false);
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        _head = head;
    }
}
