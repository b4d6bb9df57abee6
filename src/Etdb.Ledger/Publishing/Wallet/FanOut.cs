namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>
/// Splits coins into lanes. Each record transaction spends the change of the one before it in its lane, so a lane is a chain of unconfirmed transactions until
/// the next block; nodes take chains of limited length. Enough lanes let thousands of records be sent between two blocks.
/// </summary>
public static class FanOut
{
    /// <summary>Outputs of one splitting transaction; 500 of them have 17 kB.</summary>
    public const int MaxLanes = 500;

    /// <summary>Lanes needed to send so many transactions before the next block.</summary>
    public static int LanesFor(int transactions, long virtualBytes, SpendingPolicy policy)
    {
        // The splitting transaction itself is one ancestor of every lane, and all lanes are its descendants: it should confirm first.
        var byCount = Math.Ceiling((double)transactions / Math.Max(1, policy.MaxAncestors - 1));
        var byBytes = Math.Ceiling((double)virtualBytes / policy.MaxFamilyBytes);
        return (int)Math.Clamp(Math.Max(byCount, byBytes), 1, MaxLanes);
    }

    /// <summary>
    /// The request that splits the largest coin so that there are <see cref="SpendingPolicy.Lanes"/> coins, each with at least
    /// <see cref="SpendingPolicy.LeastLane"/>, as far as it reaches; null when there are enough or it is too small.
    /// </summary>
    public static SpendRequest? For(IReadOnlyList<WalletOutput> coins, SpendingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(coins);
        ArgumentNullException.ThrowIfNull(policy);
        var lanes = coins.Where(c => c.IsMature && c.Value >= policy.LeastLane).OrderByDescending(c => c.Value).ThenBy(c => c.OutPoint.Txid).ThenBy(c => c.OutPoint.Index).ToList();
        if (lanes.Count == 0 || lanes.Count >= policy.Lanes)
        {
            return null;
        }

        // One less than its value gives: the fee comes off it as well.
        var outputs = (int)Math.Min((lanes[0].Value / policy.LeastLane) - 1, Math.Min(policy.Lanes - lanes.Count + 1, MaxLanes));
        return outputs > 1 ? new SpendRequest { ChangeOutputs = outputs, Spend = [lanes[0].OutPoint] } : null;
    }

    /// <summary>The request that splits the largest outputs into this many equal ones.</summary>
    public static SpendRequest Request(int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lanes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lanes, MaxLanes);
        return new SpendRequest { ChangeOutputs = lanes };
    }
}
