using Microsoft.Extensions.Hosting;

namespace Etdb.Cli.Demo;

/// <summary>Leaves signals to the command line, which stops the silo in its own order.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
