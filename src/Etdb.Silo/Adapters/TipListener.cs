using Etdb.Grains.Ledger;
using Etdb.Ledger.Flo.Notify;
using Etdb.Silo.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Etdb.Silo.Adapters;

/// <summary>Lets the ledger grain look as soon as the FLO node announces a block. The grain's own polls stay: an announcement can get lost.</summary>
internal sealed partial class TipListener(ITipSignal signal, IGrainFactory grains, SiloOptions options, ILogger<TipListener> logger) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (!await signal.WaitAsync(LongestWait, stoppingToken))
            {
                continue;
            }

            try
            {
                await grains.GetGrain<ILedgerGrain>(options.Network).Poll();
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                NotRead(logger, e);
            }
        }
    }

    [LoggerMessage(5110, LogLevel.Debug, "A block was announced, but could not be read now; the next poll reads it.")]
    private static partial void NotRead(ILogger logger, Exception exception);
}
