using System.Text.Json;
using System.Text.Json.Serialization;
using Etdb.Grains;
using Etdb.Grains.Ports;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Adapters;
using Etdb.Silo.Api;
using Etdb.Silo.Api.OldClients;
using Etdb.Silo.Security;
using Etdb.Silo.Telemetry;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Evidence;
using Etdb.Storage.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Etdb.Silo.Hosting;

/// <summary>
/// Composes one silo: storage in its data folder, the ledger through one FLO node, members' nodes by RPC, the grains, the API, metrics and
/// dashboard. This is the one place that knows all parts.
/// </summary>
public static class SiloHost
{
    private const int MostRequestBytes = 1024 * 1024;

    /// <summary>Builds the silo; nothing listens and no file is touched until it is started.</summary>
    /// <param name="options">Checked options.</param>
    /// <param name="ledger">The FLO node.</param>
    /// <param name="replication">Intervals and limits; null for production's.</param>
    /// <param name="configure">What a special host adds (the demo).</param>
    public static WebApplication Build(SiloOptions options, FloRpcOptions ledger, Action<ReplicationOptions>? replication = null, Action<WebApplicationBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        AddLogging(builder.Logging);
        builder.AddTls(options);
        builder.WebHost.UseUrls(options.Listen).ConfigureKestrel(kestrel =>
        {
            ConnectionLimits.Apply(kestrel, options.Security.Access);
            kestrel.Limits.MaxRequestBodySize = MostRequestBytes;
        });
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        configure?.Invoke(builder);
        services.AddStorage(options);
        services.AddLedger(options, ledger);
        services.AddEtdbSecurity(options);
        services.AddSingleton<IArchiveNodeConnector, ArchiveNodeConnector>();
        services.AddEtdbGrains(replication);
        builder.AddGrainRuntime(options);
        services.AddSingleton<SiloReadiness>();
        services.AddSingleton<SiloFate>();
        services.AddStorageWatch(options);
        services.AddSingleton<CatalogueRebuilder>();
        services.AddHostedService(p => p.GetRequiredService<CatalogueRebuilder>());
        services.AddHostedService<RetentionLoop>();
        services.AddHostedService<ClusterStarter>();
        AddApi(services);
        services.AddOldClients(options);
        services.AddEtdbTelemetry();
        var app = builder.Build();
        app.MapEtdb();
        return app;
    }

    private static void AddLogging(ILoggingBuilder logging)
    {
        logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
        logging.ClearProviders(); // Its formatter stays; what it registered as a provider stands behind ours.
        logging.Services.TryAddSingleton<ConsoleLoggerProvider>();
        logging.Services.AddSingleton<ILoggerProvider>(p => new StopAwareLogs(p.GetRequiredService<ConsoleLoggerProvider>(), p.GetRequiredService<SiloStop>()));
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Orleans", LogLevel.Error).AddFilter("Polly", LogLevel.Warning).AddFilter("Etdb", LogLevel.Information);
    }

    private static void AddApi(IServiceCollection services)
    {
        services.AddSingleton<EventHub>();
        services.AddHostedService(p => p.GetRequiredService<EventHub>());
        services.AddSingleton<EventStream>();
        services.AddSingleton<ClusterBlocks>();
        services.TryAddSingleton<DemoSwitch>();
        services.AddExceptionHandler<UnavailableHandler>();
        services.AddProblemDetails(o => o.CustomizeProblemDetails = context => ApiProblems.Complete(context.ProblemDetails));
        services.AddOpenApi();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower));
        });
    }
}
