#if ORLEANS_MICROSOFT
using Orleans.Runtime;

namespace Etdb.Silo.Hosting;

/// <summary>Where Orleans would end the process at once, the silo ends in order and says why: what was acknowledged is in the database, and states are guarded by their ETags.</summary>
internal sealed class FatalErrors(SiloFate fate) : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => exception is not (OperationCanceledException or ObjectDisposedException);

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null) => fate.End(
        exception is null ? context ?? "the runtime does not say why." : $"{context} {exception.Message}");
}
#endif
