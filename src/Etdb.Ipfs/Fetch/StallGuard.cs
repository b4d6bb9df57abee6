namespace Etdb.Ipfs.Fetch;

/// <summary>
/// A time limit on silence instead of on the whole: it cancels when nothing was heard for the limit. <see cref="Heard"/> starts the limit anew.
/// A transfer that moves may take as long as it needs; one that stands still ends.
/// </summary>
public sealed class StallGuard : IDisposable
{
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource _linked;
    private readonly TimeSpan _limit;

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

    /// <inheritdoc/>
    public void Dispose()
    {
        _linked.Dispose();
        _silence.Dispose();
    }
}
