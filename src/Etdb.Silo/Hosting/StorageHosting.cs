using Etdb.Grains;
using Etdb.Grains.Ports;
using Etdb.Ledger.Flo.Notify;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Adapters;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Evidence;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Etdb.Silo.Hosting;

/// <summary>Puts the database that the configuration names behind the ports: files of this silo, or a PostgreSQL server that silos share.</summary>
internal static class StorageHosting
{
    public static void AddStorage(this IServiceCollection services, SiloOptions options)
    {
        services.AddSingleton<CatalogueEvents>();
        if (options.OnPostgres)
        {
            services.AddSingleton(new PostgresDatabase(options.Postgres));
            services.AddSingleton<CatalogueWriteBehind>(p => ActivatorUtilities.CreateInstance<PostgresCatalogue>(p));
            services.AddSingleton<EvidenceLogWriter, PostgresEvidenceLog>();
        }
        else
        {
            services.AddSingleton<CatalogueWriteBehind>(p => ActivatorUtilities.CreateInstance<SqliteCatalogue>(p, Path.Combine(options.DataFolder, SqliteCatalogue.FileName)));
            services.AddSingleton<EvidenceLogWriter>(new SqliteEvidenceLog(Path.Combine(options.DataFolder, SqliteEvidenceLog.FileName)));
        }

        services.AddSingleton<ICatalogue>(p => p.GetRequiredService<CatalogueWriteBehind>());
        services.AddSingleton<ICatalogueSink>(p => p.GetRequiredService<CatalogueWriteBehind>());
        services.AddHostedService(p => p.GetRequiredService<CatalogueWriteBehind>());
        services.AddSingleton<IEvidenceLog>(p => p.GetRequiredService<EvidenceLogWriter>());
        services.AddSingleton<IEvidenceReader>(p => p.GetRequiredService<EvidenceLogWriter>());
        services.AddHostedService(p => p.GetRequiredService<EvidenceLogWriter>());
    }

    public static void AddLedger(this IServiceCollection services, SiloOptions options, FloRpcOptions ledger)
    {
        services.AddSingleton(p => FloRpcClient.Create(ledger, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ILedgerBroadcaster, FloBroadcaster>();
        services.AddSingleton(p => new LedgerFeed(
            p.GetRequiredService<FloRpcClient>(), options.FloNetwork(), options.LedgerStartHeight, Path.Combine(options.DataFolder, LedgerFeed.FileName), p.GetRequiredService<TimeProvider>()));
        services.AddHostedService(p => p.GetRequiredService<LedgerFeed>());
        if (options.LedgerZmq is { } endpoint)
        {
            services.AddSingleton<ITipSignal>(p => ZmqTipSignal.Start(endpoint, p.GetRequiredService<TimeProvider>()));
            services.AddHostedService<TipListener>();
        }
        else if (options.LedgerWebSocket)
        {
            services.AddSingleton<ITipSignal>(p => BsockTipSignal.Start(ledger, p.GetRequiredService<TimeProvider>()));
            services.AddHostedService<TipListener>();
        }

        if (!options.OnPostgres)
        {
            services.TryAddSingleton<ILedgerFeed>(p => new NumberedLedgerFeed(p.GetRequiredService<LedgerFeed>(), p.GetRequiredService<LedgerFeed>()));
            return;
        }

        services.AddSingleton(p => new SharedLedgerFeed(
            p.GetRequiredService<LedgerFeed>(),
            new PostgresLedgerLog(p.GetRequiredService<PostgresDatabase>(), options.Network),
            p.GetRequiredService<IOptions<ReplicationOptions>>().Value.LedgerPollInterval,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<SharedLedgerFeed>>()));
        services.TryAddSingleton<ILedgerFeed>(p => p.GetRequiredService<SharedLedgerFeed>());
        services.AddHostedService(p => p.GetRequiredService<SharedLedgerFeed>());
    }
}
