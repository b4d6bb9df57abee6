namespace Etdb.Ledger.Flo.Rpc;

/// <summary>What the nodes' refusals of <c>sendrawtransaction</c> mean. Codes and words are Bitcoin Core 0.15's, which flod keeps.</summary>
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
        ("flo data too large", SendOutcome.Rejected),
    ];

    public static SendResult Classify(int code, string message)
    {
        foreach (var (words, outcome) in ByWords)
        {
            if (message.Contains(words, StringComparison.OrdinalIgnoreCase))
            {
                return new SendResult(outcome, message);
            }
        }

        return new SendResult(
            code switch
            {
                MissingInputs => SendOutcome.MissingInputs,
                AlreadyInChain => SendOutcome.AlreadyMined,
                _ => SendOutcome.Rejected,
            },
            $"{message} ({code})");
    }
}
