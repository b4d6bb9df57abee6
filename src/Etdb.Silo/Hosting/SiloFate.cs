using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Etdb.Silo.Hosting;

/// <summary>
/// Whether this silo has to end although nobody asked it to, and why: the others declared it dead, since it was frozen or cut off for too long. Its grains live elsewhere by then, so
/// it must not go on; whoever runs it starts a new one in its place.
/// </summary>
public sealed partial class SiloFate(IHostApplicationLifetime lifetime, ILogger<SiloFate> logger)
{
    private volatile string? _reason;

    /// <summary>Why it ends; null as long as it need not.</summary>
    public string? Reason => _reason;

    /// <summary>Ends the silo.</summary>
    public void End(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
        {
            Ended(logger, reason);
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(5030, LogLevel.Critical, "This silo ends, and a new one begins in its place: {Reason}")]
    private static partial void Ended(ILogger logger, string reason);
}
