using Etdb.Grains;
using Etdb.Storage.Grains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Etdb.Silo.Hosting;

/// <summary>Wakes what must not sleep once the grain runtime serves, again and again until it worked: the cluster is level-triggered.</summary>
internal sealed partial class ClusterStarter(IGrainFactory grains, SiloOptions options, SiloReadiness readiness, SiloStop stop, TimeProvider time, ILogger<ClusterStarter> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WakeEvery = TimeSpan.FromMinutes(1);

    // What ran on a silo that died is called awake on another one not long after.
    private readonly TimeSpan _wakeEvery = options.OnPostgres && options.DeadAfter * 2 < WakeEvery ? options.DeadAfter * 2 : WakeEvery;

    /// <summary>The first of the silo's services to be stopped: grains learn that the silo ends before their calls begin to fail.</summary>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        stop.Begin();
        return base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        RuntimeChosen(logger, GrainRuntimeInfo.Name, options.DataFolder, options.Listen);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await grains.GetGrain<IClusterGrain>(IClusterGrain.Key).Start(options.Network);
                readiness.Set(null);
                await Task.Delay(_wakeEvery, time, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                readiness.Set($"the cluster to wake: {e.Message}");
                NotWoken(logger, e);
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    [LoggerMessage(5001, LogLevel.Information, "etdb silo on grain runtime {Runtime}, data in {DataFolder}, listening on {Listen}.")]
    private static partial void RuntimeChosen(ILogger logger, string runtime, string dataFolder, string listen);

    [LoggerMessage(5002, LogLevel.Warning, "The cluster could not be woken; it is tried again.")]
    private static partial void NotWoken(ILogger logger, Exception exception);
}
