namespace Etdb.Ledger.Flo.Rpc;

/// <summary>What the nodes' refusals of <c>sendrawtransaction</c> mean. Codes and words are Bitcoin Core 0.15's, which flod keeps; flod-go has btcd's words, all under one code.</summary>
internal static class SendReasons
{
    private const int MissingInputs = -25;
    private const int AlreadyInChain = -27;

    private static readonly (string Words, SendOutcome Outcome)[] ByWords =
    [
        ("already in block chain", SendOutcome.AlreadyMined),
        ("txn-already-in-mempool", SendOutcome.Accepted),
        ("txn-already-known", SendOutcome.Accepted),
        ("too-long-mempool-chain", SendOutcome.ChainTooLong),
        ("min relay fee not met", SendOutcome.FeeTooLow),
        ("mempool min fee not met", SendOutcome.FeeTooLow),
        ("insufficient fee", SendOutcome.FeeTooLow),
        ("insufficient priority", SendOutcome.FeeTooLow),
        ("mempool full", SendOutcome.FeeTooLow),
        ("txn-mempool-conflict", SendOutcome.Conflict),
        ("missing inputs", SendOutcome.MissingInputs),
        ("missingorspent", SendOutcome.MissingInputs),
        ("inputs-spent", SendOutcome.MissingInputs),
        ("premature-spend", SendOutcome.Later),
        ("non-final", SendOutcome.Later),
        ("flo data too large", SendOutcome.Rejected),
        ("already have transaction", SendOutcome.Accepted),
        ("transaction already exists", SendOutcome.AlreadyMined),
        ("already spent by transaction", SendOutcome.Conflict),
        ("unknown or fully-spent", SendOutcome.MissingInputs),
        ("under the required amount", SendOutcome.FeeTooLow),
        ("due to low fees", SendOutcome.FeeTooLow),
    ];

    /// <summary>The node's own trouble: out of memory, no peers yet, still syncing, database, warming up, network off.</summary>
    private static readonly int[] NotOfTheTransaction = [-7, -9, -10, -20, -28, -31];

    /// <summary>JSON-RPC's own codes: parse, request, method, internal.</summary>
    private const int LastOfProtocol = -32000;

    /// <summary>Null when the node said nothing of the transaction.</summary>
    public static SendResult? Classify(int code, string message)
    {
        foreach (var (words, outcome) in ByWords)
        {
            if (message.Contains(words, StringComparison.OrdinalIgnoreCase))
            {
                return new SendResult(outcome, message);
            }
        }

        return code <= LastOfProtocol || NotOfTheTransaction.Contains(code) ? null : new SendResult(
            code switch
            {
                MissingInputs => SendOutcome.MissingInputs,
                AlreadyInChain => SendOutcome.AlreadyMined,
                _ => SendOutcome.Rejected,
            },
            $"{message} ({code})");
    }
}
