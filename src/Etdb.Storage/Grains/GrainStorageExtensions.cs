using Etdb.Storage.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Providers;
using Orleans.Storage;

namespace Etdb.Storage.Grains;

/// <summary>Puts grain states and reminders into SQLite or PostgreSQL, the same call on either grain runtime.</summary>
public static class GrainStorageExtensions
{
    /// <summary>Grain states in the file at <paramref name="path"/>, as the storage provider <paramref name="name"/>. The file is opened before the silo starts,
    /// so that one it cannot use stops the start with a message.</summary>
    public static ISiloBuilder AddEtdbGrainStorage(this ISiloBuilder builder, string path, string name = ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AddDatabase(builder.Services, path);
        builder.Services.AddEtdbMessages();
        AddStorage(builder.Services, name, static services => new SqliteGrainStorage(services.GetRequiredService<GrainDatabase>(), GrainJson.Options));
        return builder;
    }

    /// <summary>Reminders in the same file.</summary>
    public static ISiloBuilder AddEtdbReminders(this ISiloBuilder builder, string path)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AddDatabase(builder.Services, path);
        AddReminderTable(builder, static services => new SqliteReminderRows(services.GetRequiredService<GrainDatabase>()));
        return builder;
    }

    /// <summary>Grain states and reminders in the registered <see cref="PostgresDatabase"/>, which any number of silos may share. The schema is brought up to date before the silo starts.</summary>
    public static ISiloBuilder AddEtdbPostgres(this ISiloBuilder builder, string name = ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddEtdbMessages();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, PostgresGrainOpener>());
        AddStorage(builder.Services, name, static services => new PostgresGrainStorage(services.GetRequiredService<PostgresDatabase>(), GrainJson.Options));
        AddReminderTable(builder, static services => new PostgresReminderRows(services.GetRequiredService<PostgresDatabase>()));
        return builder;
    }

    private static void AddReminderTable(ISiloBuilder builder, Func<IServiceProvider, ReminderRows> rows)
    {
        builder.AddReminders();
        builder.Services.AddSingleton(rows);
#if ORLEANS_MICROSOFT
        builder.Services.AddSingleton<Orleans.IReminderTable, ReminderTable>();
#else
        builder.Services.AddSingleton<Etdb.Orleans.Embedded.IReminderStore, ReminderTable>();
#endif
    }

    /// <summary>Lets the domain's types, and our own and the database driver's failures, travel in grain messages. The silo gets it with its storage; a separate client process must ask for it.</summary>
    public static IServiceCollection AddEtdbMessages(this IServiceCollection services)
    {
#if ORLEANS_MICROSOFT
        if (!services.Any(static s => s.ServiceType == typeof(EtdbMessageCodec)))
        {
            services.AddSingleton<EtdbMessageCodec>();
            services.AddSingleton<Orleans.Serialization.Serializers.IGeneralizedCodec>(static s => s.GetRequiredService<EtdbMessageCodec>());
            services.AddSingleton<Orleans.Serialization.Cloning.IGeneralizedCopier>(static s => s.GetRequiredService<EtdbMessageCodec>());
            services.AddSingleton<Orleans.Serialization.ITypeFilter>(static s => s.GetRequiredService<EtdbMessageCodec>());
            services.Configure<Orleans.Serialization.ExceptionSerializationOptions>(static options =>
            {
                // What no codec knows cannot be answered to another silo, whose caller would never learn that the storage failed.
                options.SupportedNamespacePrefixes.Add("Etdb");
                options.SupportedNamespacePrefixes.Add("Npgsql");
            });
        }
#endif
        return services;
    }

    private static void AddStorage(IServiceCollection services, string name, Func<IServiceProvider, IGrainStorage> storage)
    {
        services.AddKeyedSingleton(name, (provider, _) => storage(provider));
        services.TryAddSingleton(provider => (IGrainStateReader)provider.GetRequiredKeyedService<IGrainStorage>(name));
        if (name == ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME)
        {
            // Microsoft Orleans takes the service without a key for states that name no provider.
            services.AddSingleton(static provider => provider.GetRequiredKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME));
        }
    }

    private static void AddDatabase(IServiceCollection services, string path)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new GrainDatabase(path, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<GrainDatabase>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, GrainDatabaseOpener>());
    }
}
