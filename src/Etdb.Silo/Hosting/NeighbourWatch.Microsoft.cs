#if ORLEANS_MICROSOFT
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Etdb.Silo.Hosting;

/// <summary>Says in the log which silos come and go, and how many are left.</summary>
internal sealed partial class NeighbourWatch(ISiloStatusOracle silos, ILogger<NeighbourWatch> logger) : IHostedService, ISiloStatusListener
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        silos.SubscribeToSiloStatusEvents(this);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        silos.UnSubscribeFromSiloStatusEvents(this);
        return Task.CompletedTask;
    }

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (updatedSilo.Equals(silos.SiloAddress))
        {
            return;
        }

        var name = silos.TryGetSiloName(updatedSilo, out var known) ? known : "?";
        var active = silos.GetApproximateSiloStatuses(onlyActive: true).Count;
        switch (status)
        {
            case SiloStatus.Active:
                Came(logger, name, updatedSilo, active);
                break;
            case SiloStatus.Dead:
                Died(logger, name, updatedSilo, active);
                break;
            case SiloStatus.ShuttingDown or SiloStatus.Stopping:
                Left(logger, name, updatedSilo);
                break;
            default:
                break;
        }
    }

    [LoggerMessage(5021, LogLevel.Information, "Silo {Name} ({Address}) serves; {Active} silos do.")]
    private static partial void Came(ILogger logger, string name, SiloAddress address, int active);

    [LoggerMessage(5022, LogLevel.Information, "Silo {Name} ({Address}) hands over its work.")]
    private static partial void Left(ILogger logger, string name, SiloAddress address);

    [LoggerMessage(5023, LogLevel.Warning, "Silo {Name} ({Address}) is gone; {Active} silos serve, its work goes on with them.")]
    private static partial void Died(ILogger logger, string name, SiloAddress address, int active);
}
#endif
