using System.Text;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sql;
using Npgsql;

namespace Etdb.Storage.Clustering;

/// <summary>
/// The place of one silo in a cluster on PostgreSQL: the database belongs to one cluster, and a name within it to one running process. Held by a session of its own, so
/// that a process that dies gives it up at once; when the session breaks (the server was restarted), it is taken again.
/// </summary>
public sealed class SiloPlace(PostgresDatabase database, string cluster, string silo) : IAsyncDisposable
{
    private NpgsqlConnection? _session;

    /// <summary>Takes the place, or sees whether it is still held. Null when it is; else why not, for people.</summary>
    public async Task<string?> HoldAsync(CancellationToken cancellationToken)
    {
        if (_session is { } session)
        {
            try
            {
                await session.ScalarAsync("select 1", [], cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (NpgsqlException)
            {
                await session.DisposeAsync().ConfigureAwait(false);
                _session = null;
            }
        }

        await database.MigrateAsync("cluster", cancellationToken).ConfigureAwait(false);
        var fresh = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var problem = await TakeAsync(fresh, cancellationToken).ConfigureAwait(false);
        if (problem is null)
        {
            _session = fresh;
        }
        else
        {
            await fresh.DisposeAsync().ConfigureAwait(false);
        }

        return problem;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            try
            {
                await session.ExecuteAsync("select pg_advisory_unlock_all()", CancellationToken.None).ConfigureAwait(false);
            }
            catch (NpgsqlException)
            {
                // The server ended the session, and the lock with it.
            }

            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<string?> TakeAsync(NpgsqlConnection session, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync("insert into cluster_identity (cluster) values (@cluster) on conflict do nothing", [("@cluster", cluster)], cancellationToken).ConfigureAwait(false);
        var owner = (string)(await session.ScalarAsync("select cluster from cluster_identity", [], cancellationToken).ConfigureAwait(false))!;
        if (owner != cluster)
        {
            return $"'{database.Name}' belongs to the cluster '{owner}', this silo is of '{cluster}'. Set Silo:ClusterId to '{owner}', or name another database.";
        }

        var taken = (bool)(await session.ScalarAsync("select pg_try_advisory_lock(@lock)", [("@lock", Key())], cancellationToken).ConfigureAwait(false))!;
        return taken ? null : $"a silo named '{silo}' of the cluster '{cluster}' is running already on '{database.Name}'. Give each silo its own Silo:SiloName, or stop the other one.";
    }

    // FNV-1a, with "etdb" in the upper half so that it meets no other lock of ours.
    private long Key()
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes($"{cluster}/{silo}"))
        {
            hash = (hash ^ b) * 16777619;
        }

        return (0x6574_6462L << 32) | hash;
    }
}
