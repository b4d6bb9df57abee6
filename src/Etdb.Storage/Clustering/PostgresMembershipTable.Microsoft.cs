#if ORLEANS_MICROSOFT
using System.Globalization;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sql;
using Npgsql;
using Orleans;
using Orleans.Runtime;

namespace Etdb.Storage.Clustering;

/// <summary>
/// The table by which silos of Microsoft Orleans find each other and agree on who is dead. Every change of a row also changes the version of the whole
/// table, in one transaction that fails when either was changed by another: no two silos can decide on different tables.
/// </summary>
public sealed class PostgresMembershipTable(PostgresDatabase database, string cluster, TimeProvider time) : IMembershipTable
{
    /// <inheritdoc/>
    public async Task InitializeMembershipTable(bool tryInitTableVersion)
    {
        await database.MigrateAsync("cluster", CancellationToken.None).ConfigureAwait(false);
        if (tryInitTableVersion)
        {
            await RunAsync(c => c.ExecuteAsync(
                "insert into cluster_version (cluster, version, etag) values (@cluster, 0, nextval('cluster_etag')) on conflict do nothing", [("@cluster", cluster)], CancellationToken.None)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntries(string clusterId) => RunAsync(async c =>
    {
        await c.ExecuteAsync("delete from cluster_silo where cluster = @cluster", [("@cluster", clusterId)], CancellationToken.None).ConfigureAwait(false);
        return await c.ExecuteAsync("delete from cluster_version where cluster = @cluster", [("@cluster", clusterId)], CancellationToken.None).ConfigureAwait(false);
    });

    /// <summary>Removes rows of silos that are dead and gave no sign of life since.</summary>
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => RunAsync(c => c.ExecuteAsync(
        "delete from cluster_silo where cluster = @cluster and status = @dead and clock_timestamp() - alive_at > @age",
        [("@cluster", cluster), ("@dead", (int)SiloStatus.Dead), ("@age", time.GetUtcNow() - beforeDate)],
        CancellationToken.None));

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadAsync("and address = @address", SiloRows.Address(key));

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAll() => ReadAsync("", null);

    /// <inheritdoc/>
    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => ChangeAsync(
        tableVersion,
        c => c.ExecuteAsync(
            """
            insert into cluster_silo (cluster, address, name, host, status, proxy_port, started_at, alive_at, suspicions, etag)
            values (@cluster, @address, @name, @host, @status, @port, @started, clock_timestamp(), @suspicions, nextval('cluster_etag')) on conflict do nothing
            """,
            SiloRows.Parameters(cluster, entry),
            CancellationToken.None));

    /// <inheritdoc/>
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => ChangeAsync(
        tableVersion,
        c => c.ExecuteAsync(
            """
            update cluster_silo set name = @name, host = @host, status = @status, proxy_port = @port, started_at = @started, suspicions = @suspicions, etag = nextval('cluster_etag')
            where cluster = @cluster and address = @address and etag = @etag
            """,
            [.. SiloRows.Parameters(cluster, entry), ("@etag", Number(etag))],
            CancellationToken.None));

    /// <inheritdoc/>
    public Task UpdateIAmAlive(MembershipEntry entry) => RunAsync(c => c.ExecuteAsync(
        "update cluster_silo set alive_at = clock_timestamp() where cluster = @cluster and address = @address",
        [("@cluster", cluster), ("@address", SiloRows.Address(entry.SiloAddress))],
        CancellationToken.None));

    private static long Number(string etag) => long.Parse(etag, NumberStyles.None, CultureInfo.InvariantCulture);

    private Task<MembershipTableData> ReadAsync(string condition, string? address) => RunAsync(async c =>
    {
        // One snapshot: rows and version belong together.
        var transaction = await c.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, CancellationToken.None).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var versions = await c.QueryAsync(
                "select version, etag from cluster_version where cluster = @cluster",
                [("@cluster", cluster)],
                r => new TableVersion(r.GetInt32(0), r.GetInt64(1).ToString(CultureInfo.InvariantCulture)),
                CancellationToken.None).ConfigureAwait(false);
            var now = time.GetUtcNow().UtcDateTime;
            (string, object?)[] values = address is null ? [("@cluster", cluster)] : [("@cluster", cluster), ("@address", address)];
            var rows = await c.QueryAsync(
                $"select {SiloRows.Columns} from cluster_silo where cluster = @cluster {condition} order by address", values, r => SiloRows.Read(r, now), CancellationToken.None).ConfigureAwait(false);
            return new MembershipTableData(rows, versions.Count == 0 ? new TableVersion(0, "0") : versions[0]);
        }
    });

    private Task<bool> ChangeAsync(TableVersion version, Func<NpgsqlConnection, Task<int>> change) => RunAsync(async c =>
    {
        var transaction = await c.BeginTransactionAsync(CancellationToken.None).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var moved = await c.ExecuteAsync(
                "update cluster_version set version = @version, etag = nextval('cluster_etag') where cluster = @cluster and etag = @etag",
                [("@version", version.Version), ("@cluster", cluster), ("@etag", Number(version.VersionEtag))],
                CancellationToken.None).ConfigureAwait(false);
            if (moved == 0 || await change(c).ConfigureAwait(false) == 0)
            {
                return false; // The transaction ends without a commit: nothing changed.
            }

            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }
    });

    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> use)
    {
        try
        {
            return await database.UseAsync(use, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            throw PostgresProblems.Explain(failure, database.Name, "reached for the table of silos");
        }
    }
}
#endif
