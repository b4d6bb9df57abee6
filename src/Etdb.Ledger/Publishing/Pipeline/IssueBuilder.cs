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

    /// <summary>The first issue of a comment. With few coins to begin with, its first transaction makes more of them, for later ones to spend side by side.</summary>
    /// <param name="comment">The comment.</param>
    /// <param name="coins">What may be spent.</param>
    /// <param name="instead">An issue that was given up: the first of its transactions that is not in the ledger loses a coin to this one.</param>
    /// <exception cref="PublishingException">The coins do not suffice.</exception>
    public PublicationIssue First(byte[] comment, IReadOnlyList<WalletOutput> coins, PublicationIssue? instead = null)
    {
        ArgumentNullException.ThrowIfNull(coins);
        var again = instead?.Transactions.Select(t => Of(t, coins)).FirstOrDefault(c => c.Count > 0);
        return Build(comment, [], again ?? [], coins, policy.FeePerKilobyte);
    }

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

    /// <summary>The issue with one more transaction, which spends the change at the end of each chain its parts form and lifts the fee rate of all that wait.</summary>
    /// <param name="issue">What waits.</param>
    /// <param name="coins">What may be spent: change that something else spends is left alone.</param>
    /// <param name="feePerKilobyte">Rate all shall reach together.</param>
    /// <exception cref="PublishingException">There is no change left, or it does not suffice.</exception>
    public PublicationIssue WithChild(PublicationIssue issue, IReadOnlyList<WalletOutput> coins, long feePerKilobyte)
    {
        ArgumentNullException.ThrowIfNull(issue);
        var family = issue.Transactions.Select(t => FloTransaction.ParseHex(t.Hex)).ToList();
        var free = coins.Select(c => c.OutPoint).ToHashSet();
        var change = Ends(family).Where(c => free.Contains(c.OutPoint)).Take(policy.MaxInputs).ToList();
        if (change.Count == 0)
        {
            throw new PublishingException(BuildStatus.NotSpendable, "other transactions spend its change already.");
        }

        var request = new SpendRequest { Spend = [.. change.Select(c => c.OutPoint)] };
        var plain = Built(RecordWallet.Build(signer, change, request, policy));
        var wanted = (policy with { FeePerKilobyte = feePerKilobyte }).FeeFor(family.Sum(t => t.VirtualSize) + plain.Transaction.VirtualSize)
            - issue.Transactions.Sum(t => t.FeeSatoshis);
        var most = Math.Min(policy.MaxFee, change.Sum(c => c.Value) - policy.DustFor(change[0].Script.Span));
        var rate = Math.Max(policy.FeePerKilobyte, Math.Min(wanted, most) * 1000 / plain.Transaction.VirtualSize);
        var child = Built(RecordWallet.Build(signer, change, request, policy with { FeePerKilobyte = rate }));
        return issue with { Transactions = [.. issue.Transactions, Planned(child)], FeePerKilobyte = feePerKilobyte };
    }

    private PublicationIssue Build(
        byte[] comment, IReadOnlyList<PlannedTransaction> kept, IReadOnlyList<WalletOutput> first, IReadOnlyList<WalletOutput> coins, long feePerKilobyte)
    {
        var rate = policy with { FeePerKilobyte = feePerKilobyte };
        var isFirst = first.Count > 0;
        var all = coins;
        var plan = RecordPublication.Plan(
            comment,
            _messages,
            floData =>
            {
                var built = isFirst ? SpendAgain(floData, first, coins, rate) : Built(Spend(floData, coins, rate, coins == all));
                isFirst = false;
                coins = built.ApplyTo(coins);
                return new FundedTransaction(built.Hex, built.Txid.ToString(), built.Fee) { Spends = Spends(built) };
            },
            kept);
        return new PublicationIssue(plan.Transactions, plan.Transactions.Count, kept.Count, feePerKilobyte);
    }

    private BuildOutcome Spend(ReadOnlyMemory<byte> floData, IReadOnlyList<WalletOutput> coins, SpendingPolicy rate, bool mayFanOut)
    {
        var request = new SpendRequest { FloData = floData };
        var wide = mayFanOut && FanOut.For(coins, rate) is { } fanOut ? RecordWallet.Build(signer, coins, fanOut with { FloData = floData }, rate) : null;
        return wide is { Status: BuildStatus.Built } ? wide : RecordWallet.Build(signer, coins, request, rate);
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

    private static List<WalletOutput> Of(PlannedTransaction transaction, IReadOnlyList<WalletOutput> coins)
    {
        var spends = transaction.Spends.Select(s => new OutPoint(Hash256.Parse(s.Txid), s.Index)).ToHashSet();
        return [.. coins.Where(c => spends.Contains(c.OutPoint))];
    }

    /// <summary>The largest output of each transaction none of the others spends from. All ancestors are counted with the first.</summary>
    private static List<WalletOutput> Ends(IReadOnlyList<FloTransaction> family)
    {
        var parents = family.SelectMany(t => t.Inputs).Select(i => i.Previous.Txid).ToHashSet();
        var ends = new List<WalletOutput>();
        foreach (var last in family.Where(t => !parents.Contains(t.Txid)))
        {
            var index = Enumerable.Range(0, last.Outputs.Length).MaxBy(i => last.Outputs[i].Value);
            var (count, bytes) = ends.Count == 0 ? (family.Count, family.Sum(t => (long)t.VirtualSize)) : (1, 0L);
            ends.Add(new WalletOutput(new OutPoint(last.Txid, (uint)index), last.Outputs[index].Value, last.Outputs[index].Script, 0, false, count, bytes));
        }

        return ends;
    }
}
