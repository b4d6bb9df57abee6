using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace Etdb.Grains;

/// <summary>
/// What grains take from the container besides the ports, which the host registers: <c>IArchiveNodeConnector</c>, <c>ILedgerFeed</c>,
/// <c>ILedgerBroadcaster</c>, <c>ICatalogueSink</c>, <c>IEvidenceLog</c>, <c>TimeProvider</c>, and a grain storage named
/// <see cref="State.StorageNames.Grains"/>.
/// </summary>
public static class GrainServices
{
    /// <summary>Registers them; options are checked before anything starts.</summary>
    public static IServiceCollection AddEtdbGrains(this IServiceCollection services, Action<ReplicationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<ReplicationOptions>();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ReplicationOptions>, ReplicationOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IEntropy, SystemEntropy>();
        services.TryAddSingleton<SiloStop>();
        services.TryAddSingleton<Reporter>();
        services.TryAddSingleton<Planning>();
        services.TryAddSingleton<TopologyCache>();
        services.TryAddSingleton<ScanGate>();
        services.TryAddSingleton(p => new PageStore(p.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains)));
        return services;
    }
}
