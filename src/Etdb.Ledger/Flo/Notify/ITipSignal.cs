namespace Etdb.Ledger.Flo.Notify;

/// <summary>Tells that a node may have a new block. A hint to look sooner, never a fact: whoever waits looks after the time is over as well.</summary>
public interface ITipSignal
{
    /// <summary>Ends with true when the node has announced something since the last call, with false after <paramref name="atMost"/>.</summary>
    Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken);
}
