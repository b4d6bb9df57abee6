using Etdb.Storage.Grains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Etdb.Storage.Postgres;

/// <summary>Brings the grain area up to date before anything else starts, and says which grain runtime runs on it.</summary>
internal sealed partial class PostgresGrainOpener(PostgresDatabase database, ILogger<PostgresGrainOpener> logger) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await database.MigrateAsync("grains", cancellationToken).ConfigureAwait(false);
        Started(logger, GrainRuntimeInfo.Name, database.Name);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(5102, LogLevel.Information, "Grain runtime {Runtime}, grain states in {Place}")]
    private static partial void Started(ILogger logger, string runtime, string place);
}
