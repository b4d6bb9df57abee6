using System.Text.Json;
using System.Text.Json.Serialization;
using Etdb.Grains;
using Etdb.Grains.Ports;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Adapters;
using Etdb.Silo.Api;
using Etdb.Silo.Telemetry;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Evidence;
using Etdb.Storage.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

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
        builder.WebHost.UseUrls(options.Listen).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostRequestBytes;
        });
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        configure?.Invoke(builder);
        AddStorage(services, options);
        AddLedger(services, options, ledger);
        services.AddSingleton<IArchiveNodeConnector, ArchiveNodeConnector>();
        services.AddEtdbGrains(replication);
        builder.AddGrainRuntime(options);
        services.AddSingleton<SiloReadiness>();
        services.AddHostedService<ClusterStarter>();
        AddApi(services);
        services.AddEtdbTelemetry();
        var app = builder.Build();
        app.MapEtdb();
        return app;
    }

    private static void AddLogging(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Orleans", LogLevel.Error).AddFilter("Etdb", LogLevel.Information);
    }

    private static void AddStorage(IServiceCollection services, SiloOptions options)
    {
        services.AddSingleton<CatalogueEvents>();
        services.AddSingleton(p => new SqliteCatalogue(
            Path.Combine(options.DataFolder, "catalogue.db"), p.GetRequiredService<CatalogueEvents>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<SqliteCatalogue>>()));
        services.AddSingleton<ICatalogue>(p => p.GetRequiredService<SqliteCatalogue>());
        services.AddSingleton<ICatalogueSink>(p => p.GetRequiredService<SqliteCatalogue>());
        services.AddHostedService(p => p.GetRequiredService<SqliteCatalogue>());
        services.AddSingleton(_ => new SqliteEvidenceLog(Path.Combine(options.DataFolder, SqliteEvidenceLog.FileName)));
        services.AddSingleton<IEvidenceLog>(p => p.GetRequiredService<SqliteEvidenceLog>());
        services.AddHostedService(p => p.GetRequiredService<SqliteEvidenceLog>());
    }

    private static void AddLedger(IServiceCollection services, SiloOptions options, FloRpcOptions ledger)
    {
        services.AddSingleton(p => FloRpcClient.Create(ledger, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ILedgerBroadcaster, FloBroadcaster>();
        services.AddSingleton(p => new LedgerFeed(
            p.GetRequiredService<FloRpcClient>(), options.FloNetwork(), options.LedgerStartHeight, Path.Combine(options.DataFolder, "ledger.db"), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ILedgerFeed>(p => p.GetRequiredService<LedgerFeed>());
        services.AddHostedService(p => p.GetRequiredService<LedgerFeed>());
    }

    private static void AddApi(IServiceCollection services)
    {
        services.AddSingleton<EventStream>();
        services.AddSingleton<ClusterBlocks>();
        services.TryAddSingleton<DemoSwitch>();
        services.AddProblemDetails(o => o.CustomizeProblemDetails = context => ApiProblems.Complete(context.ProblemDetails));
        services.AddOpenApi();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower));
        });
    }
}
