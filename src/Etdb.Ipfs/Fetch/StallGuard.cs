namespace Etdb.Ipfs.Fetch;

/// <summary>
/// A time limit on silence instead of on the whole: it cancels when nothing was heard for the limit. <see cref="Heard()"/> starts the limit anew.
/// A transfer that moves may take as long as it needs; one that stands still ends.
/// </summary>
public sealed class StallGuard : IDisposable
{
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource _linked;
    private readonly TimeSpan _limit;
    private int _dripped; // bytes since the limit last began anew

    /// <summary>Bytes that must come within the limit: 3 KiB a second at the usual 20 s.</summary>
    public const int LeastBytes = 64 << 10;

    /// <summary>Begins to listen.</summary>
    public StallGuard(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _limit = limit;
        _silence = new CancellationTokenSource(limit, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_silence.Token, cancellationToken);
    }

    /// <summary>Cancelled by the caller or by silence.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>True when it was silence.</summary>
    public bool Stalled => _silence.IsCancellationRequested;

    /// <summary>Something came.</summary>
    public void Heard() => _silence.CancelAfter(_limit);

    /// <summary>Bytes came. The limit begins anew only with every <see cref="LeastBytes"/>: whoever sends one byte now and then stands still too.</summary>
    public void Heard(int bytes)
    {
        _dripped += bytes;
        if (_dripped >= LeastBytes)
        {
            _dripped = 0;
            Heard();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _linked.Dispose();
        _silence.Dispose();
    }
}
