namespace Etdb.Ledger.Indexing.Following;

/// <summary>The log of record events of one node's chain: follows the chain, then reads on. Calls take turns.</summary>
public sealed class LedgerFeed(LedgerFollower follower) : IDisposable
{
    /// <summary>Most entries of one read.</summary>
    public const int MaxLimit = 1000;

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>
    /// Follows the chain as far as it can within the follower's budget, then returns up to <paramref name="limit"/> (1..1000) entries after
    /// <paramref name="sequence"/>. A failing node is told in <see cref="FeedBatch.Problem"/>; what is indexed can still be read.
    /// </summary>
    public async Task<FeedBatch> ReadAsync(long sequence, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await follower.CatchUpAsync(cancellationToken).ConfigureAwait(false);
            return follower.Index.ReadFeed(sequence, limit, follower.NodeHeight, follower.Problem?.ToString());
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();
}
