namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>
/// Builds and signs the transactions that carry records. Pure: the outputs that may be spent come in, a signed transaction and the outputs after it come out;
/// no network, no clock, no randomness (signatures are RFC 6979), so that the same input gives the same transaction after a crash.
/// </summary>
public static class RecordWallet
{
    private const uint SequenceFinal = 0xffffffff;
    private const uint SequenceReplaceable = 0xfffffffd;

    /// <summary>A transaction with this comment that spends some of the outputs and gives the change back to the key.</summary>
    public static BuildOutcome Build(FloKey key, IReadOnlyList<WalletOutput> outputs, ReadOnlyMemory<byte> floData, SpendingPolicy policy) =>
        Build(key, outputs, new SpendRequest { FloData = floData }, policy);

    /// <summary>A transaction that does what the request says.</summary>
    public static BuildOutcome Build(FloKey key, IReadOnlyList<WalletOutput> outputs, SpendRequest request, SpendingPolicy policy) =>
        Build(new LocalSigner(key), outputs, request, policy);

    /// <summary>A transaction that does what the request says, signed by whoever holds the key.</summary>
    public static BuildOutcome Build(IDigestSigner signer, IReadOnlyList<WalletOutput> outputs, SpendRequest request, SpendingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(signer);
        var plan = SpendPlanner.Plan(signer.PublicKey.Span, outputs, request, policy);
        return plan.Draft is null
            ? new BuildOutcome(plan.Status, null, plan.Needed, plan.Available)
            : new BuildOutcome(BuildStatus.Built, Sign(plan.Draft, digest => signer.Sign(digest).Compact), plan.Needed, plan.Available);
    }

    /// <summary>
    /// The same payments and comment with a higher fee, spending the same outputs (BIP 125). The original must have been replaceable and pays at least its
    /// own relay less. Its id is another: a record whose parts refer to it must be published anew instead.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="original">What is to be replaced.</param>
    /// <param name="request">The request it was built from.</param>
    /// <param name="policy">With the new fee rate.</param>
    public static BuildOutcome Replace(FloKey key, BuiltTransaction original, SpendRequest request, SpendingPolicy policy)
    {
        // The replacement also pays for its own relay: 1000 satoshi a kilobyte on top of what the original paid.
        var least = original.Fee + original.Transaction.VirtualSize + 1;
        var rate = Math.Max(policy.FeePerKilobyte, (least * 1000 / original.Transaction.VirtualSize) + 1);
        var spend = request with { Spend = [.. original.Spent.Select(o => o.OutPoint)], Replaceable = true };
        return Build(key, original.Spent, spend, policy with { FeePerKilobyte = rate });
    }

    /// <summary>
    /// A transaction that spends the change of a stuck one and pays for both ("child pays for parent"): the stuck id stays what it is, so parts and
    /// records that refer to it hold.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="stuck">The transaction that waits.</param>
    /// <param name="policy">With the fee rate both shall reach together.</param>
    public static BuildOutcome PayForParent(FloKey key, BuiltTransaction stuck, SpendingPolicy policy)
    {
        var change = stuck.Created.OrderByDescending(o => o.Value).FirstOrDefault();
        if (change is null)
        {
            return new BuildOutcome(BuildStatus.NotSpendable, null, 0, 0);
        }

        var request = new SpendRequest { Spend = [change.OutPoint] };
        var plain = Build(key, [change], request, policy);
        if (plain.Transaction is not { } child)
        {
            return plain;
        }

        var size = child.Transaction.VirtualSize;
        var wanted = policy.FeeFor(size + stuck.Transaction.VirtualSize) - stuck.Fee;
        return Build(key, [change], request, policy with { FeePerKilobyte = Math.Max(policy.FeePerKilobyte, (wanted * 1000 / size) + 1) });
    }

    internal static uint Sequence(SpendRequest request) => request.Replaceable ? SequenceReplaceable : SequenceFinal;

    private static BuiltTransaction Sign(SpendDraft draft, Func<Hash256, byte[]> sign)
    {
        var inputs = draft.Unsigned.Inputs.ToArray();
        for (var i = 0; i < inputs.Length; i++)
        {
            var digest = InputSigner.Digest(draft.Unsigned, i, draft.Spent[i], draft.PublicKey.Span);
            inputs[i] = InputSigner.Unlock(inputs[i], draft.Spent[i], draft.PublicKey.Span, sign(digest));
        }

        var signed = FloTransaction.Create(draft.Unsigned.Version, inputs, draft.Unsigned.Outputs, draft.Unsigned.LockTime, draft.Unsigned.FloData);
        return draft.Complete(signed);
    }
}
