using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Etdb.Storage.Grains;

/// <summary>Opens the grain database before anything else starts, and says which grain runtime runs on it.</summary>
internal sealed partial class GrainDatabaseOpener(GrainDatabase database, ILogger<GrainDatabaseOpener> logger) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        Started(logger, GrainRuntimeInfo.Name, database.Path);
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

    [LoggerMessage(5101, LogLevel.Information, "Grain runtime {Runtime}, grain states in {Path}")]
    private static partial void Started(ILogger logger, string runtime, string path);
}
