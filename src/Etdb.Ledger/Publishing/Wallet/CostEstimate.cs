namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>What publishing a list of comments will cost.</summary>
/// <param name="Transactions">Transactions with a comment.</param>
/// <param name="FanOutTransactions">Transactions that split coins beforehand, so that no chain of unconfirmed ones gets too long.</param>
/// <param name="VirtualBytes">Size of all of them.</param>
/// <param name="FloDataBytes">Comment bytes.</param>
/// <param name="Fee">Satoshi.</param>
public sealed record CostEstimate(int Transactions, int FanOutTransactions, long VirtualBytes, long FloDataBytes, long Fee)
{
    /// <summary>One P2PKH input (72-byte signature, compressed key), one P2PKH output, version, counts, locktime; floData and its length come on top.</summary>
    private const int PlainBytes = 4 + 1 + (32 + 4 + 1 + 1 + 72 + 1 + 33 + 4) + 1 + 34 + 4;

    private const int OutputBytes = 34;

    /// <summary>Estimates one transaction a comment, each spending one P2PKH output of a compressed key and giving the change back.</summary>
    /// <param name="floDataSizes">Bytes of each comment.</param>
    /// <param name="lanes">Outputs there are to start from; each begins a chain.</param>
    /// <param name="policy">Fees and limits.</param>
    public static CostEstimate For(IReadOnlyList<int> floDataSizes, int lanes, SpendingPolicy policy)
    {
        var bytes = 0L;
        var fee = 0L;
        foreach (var size in floDataSizes)
        {
            var whole = PlainBytes + WireWriter.CompactSizeLength((ulong)size) + size;
            bytes += whole;
            fee += policy.FeeFor(whole);
        }

        var needed = FanOut.LanesFor(floDataSizes.Count, bytes, policy);
        if (needed <= lanes)
        {
            return new CostEstimate(floDataSizes.Count, 0, bytes, floDataSizes.Sum(s => (long)s), fee);
        }

        var split = PlainBytes + 1 + ((needed - 1) * OutputBytes);
        return new CostEstimate(floDataSizes.Count, 1, bytes + split, floDataSizes.Sum(s => (long)s), fee + policy.FeeFor(split));
    }
}
