#if ORLEANS_MICROSOFT
using Etdb.Silo.Security;
using Etdb.Storage.Clustering;
using Etdb.Storage.Grains;
using Etdb.Storage.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Messaging;

namespace Etdb.Silo.Hosting;

/// <summary>A process outside the cluster that calls its grains over the silos' gateways, which it finds in the shared database.</summary>
public static class ClusterClient
{
    /// <summary>Adds an Orleans client; <c>IGrainFactory</c> then reaches the cluster's grains.</summary>
    public static void AddEtdbClusterClient(this IHostApplicationBuilder builder, PostgresDatabase database, string clusterId, ClusterTlsOptions? tls = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseOrleansClient(client =>
        {
            client.Services.AddEtdbMessages();
            if (tls is { Enabled: true })
            {
                var secure = new ClusterTls(tls);
                client.Configure<ClientConnectionOptions>(secure.Use);
            }

            client.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (clusterId, clusterId));
            client.Services.AddSingleton<IGatewayListProvider>(new PostgresGatewayList(database, clusterId));
        });
    }
}
#endif
