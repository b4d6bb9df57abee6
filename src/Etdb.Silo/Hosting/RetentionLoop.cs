using Etdb.Storage.Postgres;
using Etdb.Storage.Transfer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Etdb.Silo.Hosting;

/// <summary>Once an hour removes observations, ended repairs and healed incidents that are older than configured. Evidence is never among them.</summary>
internal sealed partial class RetentionLoop(IServiceProvider services, SiloOptions options, TimeProvider time, ILogger<RetentionLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The pool is the silo's: this loop does not close it.
        var site = options.OnPostgres ? StorageSite.Postgres(services.GetRequiredService<PostgresDatabase>()) : StorageSite.Sqlite(options.DataFolder);
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            try
            {
                var removed = await Retention.TrimAsync(site, options.Retention, time.GetUtcNow(), remove: true, stoppingToken);
                Trimmed(logger, removed.Values.Sum());
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                NotTrimmed(logger, e);
            }
        }
    }

    [LoggerMessage(6301, LogLevel.Debug, "Retention removed {Count} rows.")]
    private static partial void Trimmed(ILogger logger, long count);

    [LoggerMessage(6302, LogLevel.Warning, "Retention could not remove old rows; it tries again in an hour.")]
    private static partial void NotTrimmed(ILogger logger, Exception exception);
}
