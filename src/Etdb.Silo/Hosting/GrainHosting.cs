#if ORLEANS_MICROSOFT
using System.Net;
using System.Net.Sockets;
using Etdb.Storage.Clustering;
using Orleans;
using Orleans.Configuration;
using Orleans.Metadata;
using Orleans.Runtime;
#endif
using Etdb.Grains.State;
using Etdb.Storage.Grains;
using Etdb.Storage.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Etdb.Silo.Hosting;

/// <summary>Puts the grain runtime under the silo: states and reminders in SQLite for one process on loopback, or in PostgreSQL, where silos also find each other.</summary>
internal static class GrainHosting
{
    /// <summary>Name of the grain states' file in a data folder.</summary>
    public const string GrainsFile = "grains.db";

    public static void AddGrainRuntime(this WebApplicationBuilder builder, SiloOptions options)
    {
        builder.UseOrleans(silo =>
        {
#if ORLEANS_MICROSOFT
            AddClustering(silo, options);
#endif
            if (options.OnPostgres)
            {
                silo.AddEtdbPostgres(StorageNames.Grains);
            }
            else
            {
                var database = Path.Combine(options.DataFolder, GrainsFile);
                silo.AddEtdbGrainStorage(database, StorageNames.Grains);
                silo.AddEtdbReminders(database);
            }
        });
    }

#if ORLEANS_MICROSOFT
    private const int ProbesMissed = 3;
    private const int JoinPatience = 6;

    private static void AddClustering(ISiloBuilder silo, SiloOptions options)
    {
        silo.Services.AddSingleton<IFatalErrorHandler, FatalErrors>();
        silo.Services.AddSingleton<IGrainPropertiesProvider, GrainsStay>();
        var (siloPort, gatewayPort) = (options.SiloPort == 0 ? FreePort() : options.SiloPort, options.GatewayPort == 0 ? FreePort() : options.GatewayPort);
        if (!options.OnPostgres)
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, null, options.ClusterId, options.ClusterId);
            return;
        }

        silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (options.ClusterId, options.ClusterId));
        silo.Configure<Orleans.Configuration.SiloOptions>(o => o.SiloName = options.SiloName);
        silo.ConfigureEndpoints(IPAddress.Parse(options.SiloAddress), siloPort, gatewayPort, listenOnAnyHostAddress: false);
        if (options.ClusterTls.Enabled)
        {
            var tls = new ClusterTls(options.ClusterTls);
            silo.Configure<SiloConnectionOptions>(tls.Use);
        }

        silo.Services.AddHostedService<NeighbourWatch>();
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            // A silo is dead after three missed probes, said by two others (by one when there are only two).
            o.NumMissedProbesLimit = ProbesMissed;
            o.ProbeTimeout = options.DeadAfter / ProbesMissed;
            o.TableRefreshTimeout = options.DeadAfter;
            o.IAmAliveTablePublishTimeout = options.DeadAfter;
            // Longer than it takes until rows of silos that died unseen count as stale; then the start fails, is told, and tried again.
            o.MaxJoinAttemptTime = options.DeadAfter * JoinPatience;
            o.DefunctSiloExpiration = TimeSpan.FromDays(7);
            o.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
        });
        silo.Services.AddSingleton<IMembershipTable>(p => new PostgresMembershipTable(p.GetRequiredService<PostgresDatabase>(), options.ClusterId, p.GetRequiredService<TimeProvider>()));
    }

    // Between closing this socket and Orleans opening its own another process may take the port; the start then fails with the port named.
    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
#endif
}
