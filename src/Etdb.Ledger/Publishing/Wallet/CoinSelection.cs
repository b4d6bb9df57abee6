namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>
/// Chooses outputs so that many records do not form one chain: one output that suffices, on the shortest chain of unconfirmed transactions, the smallest such;
/// else the fewest, largest first. Equal input gives the equal choice.
/// </summary>
internal static class CoinSelection
{
    /// <summary>In the order they should be tried alone.</summary>
    public static IEnumerable<WalletOutput> ForSingle(IEnumerable<WalletOutput> outputs) => outputs
        .OrderBy(o => o.UnconfirmedAncestors)
        .ThenBy(o => o.Value)
        .ThenBy(o => o.OutPoint.Txid)
        .ThenBy(o => o.OutPoint.Index);

    /// <summary>In the order they should be added up: confirmed before unconfirmed, large before small.</summary>
    public static IEnumerable<WalletOutput> ForMany(IEnumerable<WalletOutput> outputs) => outputs
        .OrderBy(o => o.UnconfirmedAncestors > 0)
        .ThenByDescending(o => o.Value)
        .ThenBy(o => o.OutPoint.Txid)
        .ThenBy(o => o.OutPoint.Index);

    /// <summary>True when spending these together stays within the limits on chains, this transaction included.</summary>
    public static bool FitsChain(IReadOnlyList<WalletOutput> spent, int virtualBytes, SpendingPolicy policy) =>
        spent.Sum(o => o.UnconfirmedAncestors) + 1 <= policy.MaxAncestors
        && spent.Sum(o => o.UnconfirmedBytes) + virtualBytes <= policy.MaxFamilyBytes;
}
