namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>An own output and the output its transaction spends, if that is known.</summary>
/// <param name="OutPoint">The output.</param>
/// <param name="Confirmations">0 when unconfirmed.</param>
/// <param name="Value">Satoshi.</param>
/// <param name="Spends">What its transaction spends; null when unknown or confirmed.</param>
public sealed record ChainedOutput(OutPoint OutPoint, int Confirmations, long Value, OutPoint? Spends);

/// <summary>Own outputs, grouped by the chains of unconfirmed transactions they form.</summary>
/// <param name="Chains">Each from its oldest output to its newest, the longest chain first.</param>
/// <param name="Confirmed">Outputs in blocks, as given.</param>
public sealed record UnconfirmedChains(IReadOnlyList<IReadOnlyList<ChainedOutput>> Chains, IReadOnlyList<ChainedOutput> Confirmed)
{
    /// <summary>Groups by following what each transaction spends to the oldest one given. Outputs that spend each other in a circle, which no chain can hold, are left out.</summary>
    public static UnconfirmedChains Group(IReadOnlyList<ChainedOutput> outputs)
    {
        var unconfirmed = outputs.Where(o => o.Confirmations == 0).ToList();
        var byTransaction = unconfirmed.ToLookup(o => o.OutPoint.Txid);
        var bySpent = unconfirmed.Where(o => o.Spends is not null).ToLookup(o => o.Spends!.Value.Txid);
        var oldest = unconfirmed.Where(o => o.Spends is not { } spent || !byTransaction.Contains(spent.Txid));
        var chains = oldest
            .Select(o => o.OutPoint.Txid)
            .Distinct()
            .Select(txid => Follow(txid, byTransaction, bySpent))
            .OrderByDescending(c => c.Count)
            .ThenBy(c => c[0].OutPoint.Txid);
        return new UnconfirmedChains([.. chains], [.. outputs.Where(o => o.Confirmations > 0)]);
    }

    private static List<ChainedOutput> Follow(Hash256 oldest, ILookup<Hash256, ChainedOutput> byTransaction, ILookup<Hash256, ChainedOutput> bySpent)
    {
        var chain = new List<ChainedOutput>();
        var seen = new HashSet<Hash256> { oldest };
        var open = new Queue<Hash256>([oldest]);
        while (open.TryDequeue(out var txid))
        {
            chain.AddRange(byTransaction[txid]);
            foreach (var child in bySpent[txid].Select(o => o.OutPoint.Txid).Where(seen.Add))
            {
                open.Enqueue(child);
            }
        }

        return chain;
    }
}
