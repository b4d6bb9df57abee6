using Etdb.Ledger.DevChain;
using Etdb.Ledger.Publishing.Wallet;
using Etdb.Ledger.Tests.DevChain;

namespace Etdb.Ledger.Tests.Publishing;

public sealed class RecordWalletTests
{
    private static readonly SpendingPolicy Policy = SpendingPolicy.Default;

    private static WalletOutput Output(ChainFixture f, byte id, long value, int confirmations = 1, int ancestors = 0) =>
        new(new OutPoint(Hash256.DoubleSha256([id]), 0), value, f.Script, confirmations, false, ancestors, ancestors * 300);

    private static List<WalletOutput> FromChain(ChainFixture f) =>
        [.. f.Spendable().Select(u => new WalletOutput(u.OutPoint, u.Coin.Output.Value, u.Coin.Output.Script, 100, true))];

    [Fact]
    public void Built_transactions_are_valid_cover_the_comment_and_are_taken_by_the_chain()
    {
        using var f = new ChainFixture();
        f.Mine(101);
        IReadOnlyList<WalletOutput> outputs = FromChain(f);
        for (var i = 0; i < 30; i++)
        {
            var built = RecordWallet.Build(f.Key, outputs, System.Text.Encoding.UTF8.GetBytes($"text:record {i}"), Policy).Transaction!;
            var spent = built.Spent[0];
            Assert.True(ScriptVerifier.Verify(built.Transaction, 0, new TransactionOutput(spent.Value, spent.Script), ScriptRules.Policy) is { IsValid: true, CoversFloData: true });
            Assert.Equal(spent.Value, built.Fee + built.Transaction.OutputValue());
            Assert.InRange(built.Fee, Policy.FeeFor(built.Transaction.VirtualSize), Policy.FeeFor(built.Transaction.VirtualSize + 3));
            Assert.True(f.Chain.Submit(built.Transaction).IsAccepted);
            outputs = built.ApplyTo(outputs);
        }

        f.Mine(1);
        Assert.Equal(0, f.Chain.MempoolCount);
    }

    [Fact]
    public void Same_input_gives_the_same_transaction_in_whatever_order_outputs_are_listed()
    {
        using var f = new ChainFixture();
        List<WalletOutput> outputs = [Output(f, 1, 50_000), Output(f, 2, 70_000), Output(f, 3, 60_000)];
        var first = RecordWallet.Build(f.Key, outputs, "text:x"u8.ToArray(), Policy).Transaction!;
        outputs.Reverse();
        Assert.Equal(first.Hex, RecordWallet.Build(f.Key, outputs, "text:x"u8.ToArray(), Policy).Transaction!.Hex);
    }

    [Fact]
    public void Shortest_chain_goes_first_and_full_chains_are_left_alone()
    {
        using var f = new ChainFixture();
        var policy = SpendingPolicy.Before2019;
        List<WalletOutput> outputs = [Output(f, 1, 900_000, 0, 25), Output(f, 2, 900_000, 0, 3), Output(f, 3, 900_000, 0, 24)];
        Assert.Equal(outputs[1].OutPoint, RecordWallet.Build(f.Key, outputs, new SpendRequest(), policy).Transaction!.Spent[0].OutPoint);
        outputs.RemoveAt(1);
        var last = RecordWallet.Build(f.Key, outputs, new SpendRequest(), policy).Transaction!;
        Assert.Equal(25, last.Created[0].UnconfirmedAncestors);
        Assert.Equal(BuildStatus.ChainTooLong, RecordWallet.Build(f.Key, [outputs[0]], new SpendRequest(), policy).Status);
    }

    [Fact]
    public void Small_outputs_are_added_up_and_what_lacks_is_said()
    {
        using var f = new ChainFixture();
        List<WalletOutput> outputs = [.. Enumerable.Range(1, 20).Select(i => Output(f, (byte)i, 8_000))];
        var built = RecordWallet.Build(f.Key, outputs, new byte[1040], Policy).Transaction!;
        Assert.InRange(built.Spent.Count, 2, 20);
        var poor = RecordWallet.Build(f.Key, outputs[..2], new byte[1040], Policy);
        Assert.Equal((BuildStatus.NotEnough, 16_000L), (poor.Status, poor.Available));
        Assert.True(poor.Needed > 16_000);
    }

    [Fact]
    public void What_nodes_would_refuse_is_not_built()
    {
        using var f = new ChainFixture();
        using var other = FloKey.Generate();
        List<WalletOutput> outputs = [Output(f, 1, Money.Coin)];
        BuildStatus Status(SpendRequest r, SpendingPolicy? p = null) => RecordWallet.Build(f.Key, outputs, r, p ?? Policy).Status;
        Assert.Equal(BuildStatus.FloDataTooLong, Status(new SpendRequest { FloData = new byte[1041] }));
        Assert.Equal(BuildStatus.FloDataTooLong, Status(new SpendRequest { FloData = new byte[529] }, Policy with { MaxFloDataBytes = FloTransaction.MaxRelayedFloDataBefore015 }));
        Assert.Equal(BuildStatus.Dust, Status(new SpendRequest { Payments = [new TransactionOutput(545, f.Script)] }));
        Assert.Equal(BuildStatus.Built, Status(new SpendRequest { Payments = [new TransactionOutput(546, f.Script)] }));
        Assert.Equal(BuildStatus.FeeTooHigh, Status(new SpendRequest { FloData = new byte[1040] }, Policy with { FeePerKilobyte = 20_000_000 }));
        Assert.Equal(BuildStatus.NotSpendable, Status(new SpendRequest { Spend = [new OutPoint(Hash256.Zero, 0)] }));
        Assert.Equal(BuildStatus.NotEnough, RecordWallet.Build(other, outputs, new SpendRequest(), Policy).Status);
        Assert.Equal(BuildStatus.NotEnough, RecordWallet.Build(f.Key, [outputs[0] with { Coinbase = true, Confirmations = 99 }], new SpendRequest(), Policy).Status);
    }

    [Fact]
    public void Fan_out_lets_more_records_through_than_one_chain_may_hold()
    {
        using var f = new ChainFixture(new DevelopmentChainOptions { Mempool = new MempoolLimits { Ancestors = 25, Descendants = 25 } });
        f.Mine(101);
        var policy = SpendingPolicy.Before2019;
        IReadOnlyList<WalletOutput> outputs = [FromChain(f)[0]];
        var lanes = FanOut.LanesFor(60, 60 * 1300, policy);
        Assert.Equal(3, lanes);
        var split = RecordWallet.Build(f.Key, outputs, FanOut.Request(lanes), policy).Transaction!;
        Assert.True(f.Chain.Submit(split.Transaction).IsAccepted);
        f.Mine(1);
        outputs = [.. split.Created.Select(o => o with { Confirmations = 1, UnconfirmedAncestors = 0, UnconfirmedBytes = 0 })];
        Assert.Equal(3, outputs.Count);
        for (var i = 0; i < 60; i++)
        {
            var built = RecordWallet.Build(f.Key, outputs, new byte[1000], policy).Transaction!;
            Assert.Null(f.Chain.Submit(built.Transaction).Reason);
            outputs = built.ApplyTo(outputs);
        }
    }

    [Fact]
    public void Replacement_pays_enough_to_put_the_original_out()
    {
        using var f = new ChainFixture();
        f.Mine(100);
        var request = new SpendRequest { FloData = "text:slow"u8.ToArray(), Replaceable = true };
        var original = RecordWallet.Build(f.Key, FromChain(f), request, Policy with { FeePerKilobyte = 1000 }).Transaction!;
        Assert.True(f.Chain.Submit(original.Transaction).IsAccepted);
        var bumped = RecordWallet.Replace(f.Key, original, request, Policy with { FeePerKilobyte = 1000 }).Transaction!;
        Assert.True(f.Chain.Submit(bumped.Transaction).IsAccepted);
        Assert.Equal("text:slow", bumped.Transaction.FloDataText());
        Assert.Null(f.Chain.FindTransaction(original.Txid));
    }

    [Fact]
    public void Child_pays_for_a_stuck_parent_whose_id_must_stay()
    {
        using var f = new ChainFixture();
        f.Mine(100);
        var stuck = RecordWallet.Build(f.Key, FromChain(f), new byte[900], Policy with { FeePerKilobyte = 1000 }).Transaction!;
        var child = RecordWallet.PayForParent(f.Key, stuck, Policy).Transaction!;
        Assert.True(child.Fee + stuck.Fee >= Policy.FeeFor(child.Transaction.VirtualSize + stuck.Transaction.VirtualSize));
        Assert.True(f.Chain.Submit(stuck.Transaction).IsAccepted);
        Assert.True(f.Chain.Submit(child.Transaction).IsAccepted);
    }

    [Fact]
    public void All_forms_of_the_keys_outputs_can_be_spent()
    {
        using var f = new ChainFixture();
        byte[] program = [0, 20, .. f.Key.PublicKeyHash];
        byte[][] scripts = [f.Script, FloScript.PayToPublicKey(f.Key.PublicKey), program, FloScript.PayToScriptHash(Hashes.Hash160(program))];
        List<WalletOutput> outputs = [.. scripts.Select((s, i) => new WalletOutput(new OutPoint(Hash256.Zero, (uint)i), 10_000, s, 1))];
        var built = RecordWallet.Build(f.Key, outputs, new SpendRequest { Spend = [.. outputs.Select(o => o.OutPoint)], FloData = new byte[10] }, Policy).Transaction!;
        for (var i = 0; i < scripts.Length; i++)
        {
            Assert.True(ScriptVerifier.Verify(built.Transaction, i, new TransactionOutput(10_000, scripts[i]), ScriptRules.Policy).IsValid);
        }
    }

    [Fact]
    public void Estimate_is_close_to_what_is_paid()
    {
        using var f = new ChainFixture();
        int[] sizes = [0, 252, 253, 800, 1040];
        IReadOnlyList<WalletOutput> outputs = [Output(f, 1, Money.Coin)];
        var estimate = CostEstimate.For(sizes, lanes: 1, Policy);
        var (bytes, fee) = (0L, 0L);
        foreach (var size in sizes)
        {
            var built = RecordWallet.Build(f.Key, outputs, new byte[size], Policy).Transaction!;
            outputs = built.ApplyTo(outputs);
            (bytes, fee) = (bytes + built.Transaction.VirtualSize, fee + built.Fee);
        }

        Assert.InRange(estimate.VirtualBytes, bytes, bytes + (3 * sizes.Length));
        Assert.Equal(fee, estimate.Fee);
        Assert.Equal(0, estimate.FanOutTransactions);
        Assert.Equal(1, CostEstimate.For([.. Enumerable.Repeat(1000, 3000)], 1, Policy).FanOutTransactions);
    }

    [Fact]
    public void Unconfirmed_chains_are_grouped_oldest_first()
    {
        var vector = Flo.Vectors.Read("utxo_chains.json");
        OutPoint Read(string text) => new(Hash256.Parse(text.Split('.')[0]), uint.Parse(text.Split('.')[1]));
        var outputs = vector.GetProperty("utxo").EnumerateArray().Select(u => new ChainedOutput(
            Read(u.GetProperty("id").GetString()!),
            u.GetProperty("conf").GetInt32(),
            Money.FromFlo(u.GetProperty("value").GetDecimal()),
            u.GetProperty("spends").GetString() is { } spent ? Read(spent) : null)).ToList();
        foreach (var order in new[] { outputs, [.. outputs.AsEnumerable().Reverse()] })
        {
            var groups = UnconfirmedChains.Group(order);
            Assert.Equal(2, groups.Confirmed.Count);
            Assert.Equal([5, 4], groups.Chains.Select(c => c.Count));
            Assert.StartsWith("0ffc7e36", groups.Chains[0][0].OutPoint.Txid.ToString(), StringComparison.Ordinal);
            Assert.StartsWith("0bd6a72a", groups.Chains[1][0].OutPoint.Txid.ToString(), StringComparison.Ordinal);
            Assert.All(groups.Chains, c => Assert.Equal("01234"[..c.Count], string.Concat(c.Select(o => o.OutPoint.Txid.ToString()[0]))));
        }
    }
}
