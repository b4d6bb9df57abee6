using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Publishing.Records;

/// <summary>A transaction built and signed by a wallet around a comment, not yet broadcast.</summary>
/// <param name="Hex">Raw transaction.</param>
/// <param name="Txid">Its id.</param>
/// <param name="FeeSatoshis">Fee it pays.</param>
public sealed record FundedTransaction(string Hex, string Txid, long FeeSatoshis)
{
    /// <summary>The coins it spends; empty when the wallet does not tell.</summary>
    public IReadOnlyList<PlannedInput> Spends { get; init; } = [];
}

/// <summary>A coin a planned transaction spends, as it was when the plan was made: enough to build that transaction anew.</summary>
/// <param name="Txid">Transaction that made the coin.</param>
/// <param name="Index">Which of its outputs.</param>
/// <param name="Value">Satoshi.</param>
/// <param name="Script">Locking script, hex.</param>
/// <param name="Ancestors">Unconfirmed transactions it depended on.</param>
/// <param name="AncestorBytes">Virtual bytes of these.</param>
public sealed record PlannedInput(string Txid, uint Index, long Value, string Script, int Ancestors, long AncestorBytes);

/// <summary>Builds and signs the transaction that carries a comment. Deterministic for one state of the wallet; each call spends on from the one before.</summary>
public delegate FundedTransaction TransactionFunder(ReadOnlyMemory<byte> floData);

/// <summary>One transaction of a plan.</summary>
/// <param name="Hex">Raw transaction.</param>
/// <param name="Txid">Its id.</param>
/// <param name="FloDataBytes">Bytes of its comment.</param>
/// <param name="FeeSatoshis">Fee it pays.</param>
public sealed record PlannedTransaction(string Hex, string Txid, int FloDataBytes, long FeeSatoshis)
{
    /// <summary>The coins it spends; empty when the wallet did not tell.</summary>
    public IReadOnlyList<PlannedInput> Spends { get; init; } = [];
}

/// <summary>What a publication costs.</summary>
/// <param name="Transactions">Parts.</param>
/// <param name="FloDataBytes">Bytes of comments.</param>
/// <param name="TransactionBytes">Bytes of transactions.</param>
/// <param name="FeeSatoshis">Sum of fees.</param>
public sealed record PublicationCost(int Transactions, long FloDataBytes, long TransactionBytes, long FeeSatoshis);

/// <summary>
/// Everything a publication will broadcast, in order. Made whole before the first transaction is sent and to be stored then: sending
/// it again after a crash offers the same transactions, so a record can neither be lost nor appear twice.
/// </summary>
/// <param name="RecordTxid">Id the record will have: the transaction of its first part.</param>
/// <param name="Transactions">In order of broadcast.</param>
/// <param name="Cost">What it costs.</param>
public sealed record PublicationPlan(string RecordTxid, IReadOnlyList<PlannedTransaction> Transactions, PublicationCost Cost);

/// <summary>Turns comments into plans. Does no I/O: the wallet function decides which coins are spent.</summary>
public static class RecordPublication
{
    /// <summary>Plans a comment of any length: one transaction, or one for each part.</summary>
    public static PublicationPlan Plan(ReadOnlyMemory<byte> comment, IMessageSigner signer, TransactionFunder fund) => Plan(comment, signer, fund, []);

    /// <summary>Plans the parts that come after those that stay as they are, because the ledger already has them.</summary>
    public static PublicationPlan Plan(ReadOnlyMemory<byte> comment, IMessageSigner signer, TransactionFunder fund, IReadOnlyList<PlannedTransaction> kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        ArgumentNullException.ThrowIfNull(signer);
        ArgumentNullException.ThrowIfNull(fund);
        var shares = MultipartSplitter.Split(comment, signer.Address);
        var transactions = new List<PlannedTransaction>(kept);
        for (var part = kept.Count; part < shares.Count; part++)
        {
            // Parts after the first name its transaction, which therefore has to exist before they are signed.
            var floData = shares.Count == 1
                ? shares[0]
                : MultipartPart.Compose(part, shares.Count - 1, part == 0 ? "" : transactions[0].Txid, shares[part].Span, signer);
            var funded = fund(floData);
            transactions.Add(new PlannedTransaction(funded.Hex, funded.Txid, floData.Length, funded.FeeSatoshis) { Spends = funded.Spends });
        }

        return new PublicationPlan(transactions[0].Txid, transactions, Cost(transactions));
    }

    /// <summary>What transactions cost together.</summary>
    public static PublicationCost Cost(IReadOnlyList<PlannedTransaction> transactions) => new(
        transactions.Count, transactions.Sum(t => (long)t.FloDataBytes), transactions.Sum(t => t.Hex.Length / 2L), transactions.Sum(t => t.FeeSatoshis));
}
