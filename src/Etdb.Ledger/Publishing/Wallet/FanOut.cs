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

    /// <summary>The request that splits the largest outputs into this many equal ones.</summary>
    public static SpendRequest Request(int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lanes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lanes, MaxLanes);
        return new SpendRequest { ChangeOutputs = lanes };
    }
}
