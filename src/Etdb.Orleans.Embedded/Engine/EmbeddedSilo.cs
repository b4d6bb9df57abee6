using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>The runtime as a service of a host: starts before and stops after the services registered later.</summary>
internal sealed class EmbeddedSilo(GrainRuntime runtime) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => runtime.StartAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => runtime.StopAsync(cancellationToken);

    /// <summary>Registers the runtime; a second call changes nothing.</summary>
    public static void AddServices(IServiceCollection services)
    {
        if (services.Any(static s => s.ServiceType == typeof(GrainRuntime)))
        {
            return;
        }

        services.AddLogging();
        services.AddOptions<SiloMessagingOptions>();
        services.AddOptions<GrainCollectionOptions>();
        services.AddOptions<ActivationOptions>();
        services.AddOptions<ClusterOptions>();
        services.AddOptions<ReminderOptions>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<GrainRuntime>();
        services.AddSingleton<IGrainFactory>(static s => s.GetRequiredService<GrainRuntime>().Factory);
        services.AddSingleton<IClusterClient>(static s => s.GetRequiredService<GrainRuntime>().Factory);
        services.AddHostedService<EmbeddedSilo>();
    }
}

/// <inheritdoc cref="ISiloBuilder"/>
internal sealed class EmbeddedSiloBuilder(IServiceCollection services, IConfiguration configuration) : ISiloBuilder
{
    /// <inheritdoc/>
    public IServiceCollection Services { get; } = services;

    /// <inheritdoc/>
    public IConfiguration Configuration { get; } = configuration;
}
