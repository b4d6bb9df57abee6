#if ORLEANS_MICROSOFT
using System.Net;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sql;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Etdb.Storage.Clustering;

/// <summary>Tells a client process outside the cluster which silos have a gateway: active rows of the table of silos.</summary>
public sealed class PostgresGatewayList(PostgresDatabase database, string cluster) : IGatewayListProvider
{
    /// <inheritdoc/>
    public TimeSpan MaxStaleness { get; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <inheritdoc/>
    public Task InitializeGatewayListProvider() => database.MigrateAsync("cluster", CancellationToken.None);

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGateways() => await database.UseAsync<List<Uri>>(
        c => c.QueryAsync(
            "select address, proxy_port from cluster_silo where cluster = @cluster and status = @active and proxy_port > 0 order by address",
            [("@cluster", cluster), ("@active", (int)SiloStatus.Active)],
            r =>
            {
                var silo = SiloAddress.FromParsableString(r.GetString(0));
                return SiloAddress.New(new IPEndPoint(silo.Endpoint.Address, r.GetInt32(1)), silo.Generation).ToGatewayUri();
            },
            CancellationToken.None),
        CancellationToken.None).ConfigureAwait(false);
}
#endif
