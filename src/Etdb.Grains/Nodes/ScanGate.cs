namespace Etdb.Grains.Nodes;

/// <summary>
/// Lets a few scans of this process run at once. A listing of 50,000 pins takes some 10 MB while it is compared; a hundred at once would take a
/// gigabyte and finish no sooner on a few cores.
/// </summary>
public sealed class ScanGate : IDisposable
{
    /// <summary>Scans that run at once in one process.</summary>
    public const int ScansAtOnce = 4;

    private readonly SemaphoreSlim _free = new(ScansAtOnce);

    /// <summary>Enters when there is room now.</summary>
    public bool TryEnter() => _free.Wait(0);

    /// <summary>Waits for its turn; every one that entered must leave. Not to be cancelled: who changed his mind leaves when his turn comes.</summary>
    public Task EnterAsync() => _free.WaitAsync();

    /// <summary>Lets the next one in.</summary>
    public void Leave() => _free.Release();

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();
}
