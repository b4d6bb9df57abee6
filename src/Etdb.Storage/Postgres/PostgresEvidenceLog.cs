using System.Runtime.CompilerServices;
using Etdb.Domain.Audit;
using Etdb.Storage.Evidence;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Postgres;

/// <summary>The evidence log in PostgreSQL: one chain for all silos. Each writer takes the chain's lock for its transaction, reads the head and goes on from it.</summary>
public sealed class PostgresEvidenceLog(PostgresDatabase database) : EvidenceLogWriter
{
    private const long ChainLock = 0x6574_6462_0000_0002; // "etdb", 2.

    /// <inheritdoc/>
    protected override string Place => database.Name;

    /// <inheritdoc/>
    public override async Task<EvidenceHead> HeadAsync(CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await EvidenceRows.HeadAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<Domain.Audit.EvidenceEntry> ReadAsync(long after, bool onlyCalls, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await foreach (var entry in EvidenceRows.ReadAsync(connection, after, onlyCalls, cancellationToken).ConfigureAwait(false))
            {
                yield return entry;
            }
        }
    }

    /// <inheritdoc/>
    protected override Task OpenAsync(CancellationToken cancellationToken) => database.MigrateAsync("evidence", cancellationToken);

    /// <inheritdoc/>
    protected override Task CloseAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task WriteAsync(IReadOnlyList<EvidenceDraft> drafts)
    {
        var connection = await database.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var transaction = await connection.BeginTransactionAsync(CancellationToken.None).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await connection.ExecuteAsync("select pg_advisory_xact_lock(@lock)", [("@lock", ChainLock)], CancellationToken.None).ConfigureAwait(false);
                var head = await EvidenceRows.HeadAsync(connection, CancellationToken.None).ConfigureAwait(false);
                await EvidenceRows.AppendAsync(connection, head, drafts, CancellationToken.None).ConfigureAwait(false);
                await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
