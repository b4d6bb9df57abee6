using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.Publishing.Pipeline;

/// <summary>
/// Builds and signs issues. Pure but for the signer: the same journal and coins give the same transactions. A new issue spends the coins of the first part it
/// replaces, so that the chain can hold only one of the two; a child leaves all ids as they are.
/// </summary>
public sealed class IssueBuilder(IDigestSigner signer, FloNetwork network, SpendingPolicy policy)
{
    private readonly DigestMessageSigner _messages = new(signer, network);

    /// <summary>The first issue of a comment.</summary>
    /// <exception cref="PublishingException">The coins do not suffice.</exception>
    public PublicationIssue First(byte[] comment, IReadOnlyList<WalletOutput> coins) =>
        Build(comment, [], [], coins, policy.FeePerKilobyte);

    /// <summary>An issue at a higher fee rate that keeps the parts before <paramref name="from"/> and takes the place of the others.</summary>
    /// <exception cref="PublishingException">The coins do not suffice.</exception>
    public PublicationIssue Anew(byte[] comment, PublicationIssue old, int from, IReadOnlyList<WalletOutput> coins, long feePerKilobyte)
    {
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(coins);
        List<WalletOutput> again = [.. old.Transactions[from].Spends.Select(ToOutput)];
        var others = coins.Where(c => again.TrueForAll(a => a.OutPoint != c.OutPoint));
        return Build(comment, [.. old.Transactions.Take(from)], again, [.. again, .. others], feePerKilobyte);
    }

    /// <summary>The issue with one more transaction, which spends the change of the last and lifts the fee rate of all that wait.</summary>
    /// <exception cref="PublishingException">The change does not suffice.</exception>
    public PublicationIssue WithChild(PublicationIssue issue, long feePerKilobyte)
    {
        ArgumentNullException.ThrowIfNull(issue);
        var family = issue.Transactions.Select(t => FloTransaction.ParseHex(t.Hex)).ToList();
        var change = Change(family[^1], family.Count, family.Sum(t => (long)t.VirtualSize));
        var request = new SpendRequest { Spend = [change.OutPoint] };
        var plain = Built(RecordWallet.Build(signer, [change], request, policy));
        var wanted = (policy with { FeePerKilobyte = feePerKilobyte }).FeeFor(family.Sum(t => t.VirtualSize) + plain.Transaction.VirtualSize)
            - issue.Transactions.Sum(t => t.FeeSatoshis);
        var most = Math.Min(policy.MaxFee, change.Value - policy.DustFor(change.Script.Span));
        var rate = Math.Max(policy.FeePerKilobyte, Math.Min(wanted, most) * 1000 / plain.Transaction.VirtualSize);
        var child = Built(RecordWallet.Build(signer, [change], request, policy with { FeePerKilobyte = rate }));
        return issue with { Transactions = [.. issue.Transactions, Planned(child)], FeePerKilobyte = feePerKilobyte };
    }

    private PublicationIssue Build(
        byte[] comment, IReadOnlyList<PlannedTransaction> kept, IReadOnlyList<WalletOutput> first, IReadOnlyList<WalletOutput> coins, long feePerKilobyte)
    {
        var rate = policy with { FeePerKilobyte = feePerKilobyte };
        var isFirst = first.Count > 0;
        var plan = RecordPublication.Plan(
            comment,
            _messages,
            floData =>
            {
                var built = isFirst ? SpendAgain(floData, first, coins, rate) : Built(RecordWallet.Build(signer, coins, new SpendRequest { FloData = floData }, rate));
                isFirst = false;
                coins = built.ApplyTo(coins);
                return new FundedTransaction(built.Hex, built.Txid.ToString(), built.Fee) { Spends = Spends(built) };
            },
            kept);
        return new PublicationIssue(plan.Transactions, plan.Transactions.Count, kept.Count, feePerKilobyte);
    }

    /// <summary>Spends all of <paramref name="first"/>, and further coins as far as the fee needs them.</summary>
    private BuiltTransaction SpendAgain(ReadOnlyMemory<byte> floData, IReadOnlyList<WalletOutput> first, IReadOnlyList<WalletOutput> coins, SpendingPolicy rate)
    {
        List<OutPoint> spend = [.. first.Select(c => c.OutPoint)];
        var further = new Queue<WalletOutput>(CoinSelection.ForMany(coins.Where(c => c.IsMature && !spend.Contains(c.OutPoint))));
        while (true)
        {
            var outcome = RecordWallet.Build(signer, coins, new SpendRequest { FloData = floData, Spend = spend }, rate);
            if (outcome.Status != BuildStatus.NotEnough || !further.TryDequeue(out var next) || spend.Count >= rate.MaxInputs)
            {
                return Built(outcome);
            }

            spend.Add(next.OutPoint);
        }
    }

    private BuiltTransaction Built(BuildOutcome outcome) => outcome.Transaction ?? throw PublishingException.For(outcome, _messages.Address);

    private static PlannedTransaction Planned(BuiltTransaction built) => new(built.Hex, built.Txid.ToString(), built.Transaction.FloData.Length, built.Fee) { Spends = Spends(built) };

    private static List<PlannedInput> Spends(BuiltTransaction built) =>
    [
        .. built.Spent.Select(o => new PlannedInput(
            o.OutPoint.Txid.ToString(), o.OutPoint.Index, o.Value, Convert.ToHexStringLower(o.Script.Span), o.UnconfirmedAncestors, o.UnconfirmedBytes)),
    ];

    // Whether it was a coinbase's coin does not matter any more: it was mature when it was first spent.
    private static WalletOutput ToOutput(PlannedInput input) => new(
        new OutPoint(Hash256.Parse(input.Txid), input.Index), input.Value, Convert.FromHexString(input.Script), input.Ancestors == 0 ? 1 : 0, false, input.Ancestors, input.AncestorBytes);

    private static WalletOutput Change(FloTransaction last, int ancestors, long bytes)
    {
        var index = Enumerable.Range(0, last.Outputs.Length).MaxBy(i => last.Outputs[i].Value);
        return new WalletOutput(new OutPoint(last.Txid, (uint)index), last.Outputs[index].Value, last.Outputs[index].Script, 0, false, ancestors, bytes);
    }
}
