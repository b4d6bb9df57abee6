using System.Net;

namespace Orleans.Hosting;

/// <summary>Clustering of one process: nothing to do.</summary>
public static class CoreHostingExtensions
{
    /// <summary>One silo on this machine. The embedded runtime opens no port.</summary>
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder,
        int siloPort = 11111,
        int gatewayPort = 30000,
        IPEndPoint? primarySiloEndpoint = null,
        string serviceId = "dev",
        string clusterId = "dev") =>
        builder.Configure<Configuration.ClusterOptions>(options =>
        {
            options.ServiceId = serviceId;
            options.ClusterId = clusterId;
        });

    /// <summary>Calls carry their trace context. The embedded runtime always does that.</summary>
    public static ISiloBuilder AddActivityPropagation(this ISiloBuilder builder) => builder;
}
