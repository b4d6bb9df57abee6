using System.Net;
using System.Net.Sockets;
#if ORLEANS_MICROSOFT
using Etdb.Grains.Serialization;
#endif
using Etdb.Grains.State;
using Etdb.Storage.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Etdb.Silo.Hosting;

/// <summary>Puts the grain runtime under the silo: states and reminders in SQLite, one process, loopback only.</summary>
internal static class GrainHosting
{
    public static void AddGrainRuntime(this WebApplicationBuilder builder, SiloOptions options)
    {
        var database = Path.Combine(options.DataFolder, "grains.db");
        builder.UseOrleans(silo =>
        {
#if ORLEANS_MICROSOFT
            silo.Services.AddDomainCodec();
            silo.UseLocalhostClustering(options.SiloPort == 0 ? FreePort() : options.SiloPort, options.GatewayPort == 0 ? FreePort() : options.GatewayPort, null, options.ClusterId, options.ClusterId);
#endif
            silo.AddEtdbGrainStorage(database, StorageNames.Grains);
            silo.AddEtdbReminders(database);
        });
    }

#if ORLEANS_MICROSOFT
    // Between closing this socket and Orleans opening its own another process may take the port; the start then fails with the port named.
    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
#endif
}
