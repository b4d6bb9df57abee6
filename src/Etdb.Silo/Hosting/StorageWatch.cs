using Etdb.Storage.Catalogue;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Etdb.Silo.Hosting;

/// <summary>
/// Looks at the database every few seconds and says in <c>/health/ready</c> and the log what is wrong with it, and when it is well again. It repairs
/// nothing: whatever failed was not acknowledged, and who asked for it asks again.
/// </summary>
internal sealed partial class StorageWatch(IStorageProbe probe, CatalogueWriteBehind catalogue, SiloReadiness readiness, TimeProvider time, ILogger<StorageWatch> logger) : BackgroundService
{
    private const string Part = "storage";
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(20);

    /// <summary>One look.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var problem = await AskAsync(cancellationToken) ?? (catalogue.Problem is { } p ? $"the catalogue to be writable: {p}" : null);
        if (!readiness.Set(Part, problem))
        {
            return;
        }

        if (problem is null)
        {
            Well(logger);
        }
        else
        {
            Ill(logger, problem);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync(stoppingToken);
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await probe.ProbeAsync(cancellationToken).WaitAsync(ProbeLimit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return $"the database to answer: it did not within {ProbeLimit.TotalSeconds:0} s";
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return $"the database: {e.Message}";
        }
        catch (OperationCanceledException)
        {
            return null; // The silo stops.
        }
    }

    [LoggerMessage(6101, LogLevel.Error, "This silo is not ready; it waits for {Problem}. What fails meanwhile is not acknowledged.")]
    private static partial void Ill(ILogger logger, string problem);

    [LoggerMessage(6102, LogLevel.Information, "The database is well again.")]
    private static partial void Well(ILogger logger);
}

/// <summary>Registers the watch with the probe of the database that is configured.</summary>
internal static class StorageWatchHosting
{
    public static void AddStorageWatch(this IServiceCollection services, SiloOptions options)
    {
        if (options.OnPostgres)
        {
            services.AddSingleton<IStorageProbe, PostgresProbe>();
        }
        else
        {
            services.AddSingleton<IStorageProbe, SqliteProbe>();
        }

        services.AddHostedService<StorageWatch>();
    }
}
