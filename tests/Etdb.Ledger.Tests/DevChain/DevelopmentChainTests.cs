using Etdb.Ledger.DevChain;

namespace Etdb.Ledger.Tests.DevChain;

public sealed class DevelopmentChainTests
{
    [Fact]
    public void Mined_coins_mature_after_a_hundred_blocks_and_carry_comments()
    {
        using var f = new ChainFixture();
        f.Mine(100);
        Assert.Single(f.Spendable());
        var (coin, value) = (f.Spendable()[0].OutPoint, f.Spendable()[0].Coin.Output.Value);
        var immature = f.Chain.ListUnspent(f.Script)[^1];
        var tooEarly = f.Chain.Submit(f.Spend(immature.OutPoint, immature.Coin.Output.Value));
        Assert.Equal("bad-txns-premature-spend-of-coinbase", tooEarly.Reason);

        var transaction = f.Spend(coin, value, floData: "text:hello");
        Assert.True(f.Chain.Submit(transaction).IsAccepted);
        Assert.Equal(0, f.Chain.FindTransaction(transaction.Txid)!.Confirmations);
        f.Mine(2);
        var mined = f.Chain.FindTransaction(transaction.Txid)!;
        Assert.Equal(2, mined.Confirmations);
        Assert.Equal("text:hello", mined.Transaction.FloDataText());
        Assert.Equal(0, f.Chain.MempoolCount);
        Assert.Equal(TransactionOutcome.AlreadyMined, f.Chain.Submit(transaction).Outcome);
    }

    [Theory]
    [InlineData(1040, null)]
    [InlineData(1041, "flo-data-too-large")]
    public void Comment_limit_is_relay_policy_in_bytes(int bytes, string? reason)
    {
        using var f = new ChainFixture();
        f.Mine(100);
        var (outPoint, coin) = f.Spendable()[0];
        var transaction = f.Spend(outPoint, coin.Output.Value, floData: new string('a', bytes));
        Assert.Equal(reason, f.Chain.Submit(transaction).Reason);
    }

    [Fact]
    public void Refusals_carry_the_reference_nodes_reasons()
    {
        using var f = new ChainFixture();
        f.Mine(103);
        var coins = f.Spendable();
        var (a, value) = (coins[0].OutPoint, coins[0].Coin.Output.Value);
        string? Reason(FloTransaction t) => f.Chain.Submit(t).Reason;

        Assert.Equal("bad-txns-in-belowout", Reason(f.Spend(a, value, fee: -1)));
        Assert.Equal("min relay fee not met", Reason(f.Spend(a, value, fee: 100)));
        Assert.Equal("absurdly-high-fee", Reason(f.Spend(a, value, fee: Money.Coin)));
        Assert.Equal("dust", Reason(f.Sign([a], [new TransactionOutput(545, f.Script), new TransactionOutput(value - 20_000, f.Script)])));
        Assert.Equal("Missing inputs", Reason(f.Spend(new OutPoint(Hash256.Zero, 1), value)));
        Assert.Equal("bad-txns-inputs-duplicate", Reason(f.Sign([a, a], [new TransactionOutput(value, f.Script)])));
        var other = f.Spend(coins[1].OutPoint, value);
        var forged = FloTransaction.Create(2, [other.Inputs[0] with { Previous = a }], other.Outputs, 0, default);
        Assert.StartsWith("mandatory-script-verify-flag-failed", Reason(forged), StringComparison.Ordinal);

        Assert.True(f.Chain.Submit(f.Spend(a, value)).IsAccepted);
        Assert.Equal("txn-mempool-conflict", Reason(f.Spend(a, value, fee: 50_000)));
    }

    [Fact]
    public void Chains_of_unconfirmed_end_at_the_ancestor_limit_and_go_on_after_a_block()
    {
        using var f = new ChainFixture(new DevelopmentChainOptions { Mempool = new MempoolLimits { Ancestors = 25, Descendants = 25 } });
        f.Mine(100);
        var (outPoint, coin) = f.Spendable()[0];
        var value = coin.Output.Value;
        FloTransaction last = null!;
        for (var i = 0; i < 25; i++)
        {
            last = f.Spend(outPoint, value);
            Assert.True(f.Chain.Submit(last).IsAccepted);
            (outPoint, value) = (new OutPoint(last.Txid, 0), last.Outputs[0].Value);
        }

        Assert.Equal(25, f.Chain.FindMempool(last.Txid)!.AncestorCount);
        var next = f.Spend(outPoint, value);
        Assert.Equal("too-long-mempool-chain", f.Chain.Submit(next).Reason);
        f.Mine(1);
        Assert.True(f.Chain.Submit(next).IsAccepted);
        Assert.Equal(1, f.Chain.FindMempool(next.Txid)!.AncestorCount);
    }

    [Fact]
    public void Replaceable_transactions_give_way_to_higher_fees_only()
    {
        using var f = new ChainFixture();
        f.Mine(100);
        var (a, coin) = f.Spendable()[0];
        var value = coin.Output.Value;
        var first = f.Spend(a, value, fee: 10_000, sequence: 0xfffffffd);
        var child = f.Spend(new OutPoint(first.Txid, 0), value - 10_000);
        Assert.True(f.Chain.Submit(first).IsAccepted);
        Assert.True(f.Chain.Submit(child).IsAccepted);
        Assert.Equal("insufficient fee", f.Chain.Submit(f.Spend(a, value, fee: 10_100, sequence: 0xfffffffd)).Reason);
        var bumped = f.Spend(a, value, fee: 40_000, sequence: 0xfffffffd);
        Assert.True(f.Chain.Submit(bumped).IsAccepted);
        Assert.Equal([bumped.Txid], f.Chain.ListMempool().Select(e => e.Transaction.Txid));
    }

    [Fact]
    public void Invalidation_takes_blocks_back_and_reconsidering_brings_them_again()
    {
        using var f = new ChainFixture();
        f.Mine(100);
        var (outPoint, coin) = f.Spendable()[0];
        var transaction = f.Spend(outPoint, coin.Output.Value);
        f.Chain.Submit(transaction);
        var blocks = f.Mine(12);
        var before = f.Chain.UnspentCount;

        Assert.True(f.Chain.Invalidate(blocks[0].Hash));
        Assert.Equal(100, f.Chain.Tip.Height);
        Assert.Null(f.Chain.FindTransaction(transaction.Txid)!.Block);
        var other = f.Mine(3);
        Assert.NotEqual(blocks[0].Hash, other[0].Hash);
        Assert.Equal(103, f.Chain.Tip.Height);

        Assert.True(f.Chain.Reconsider(blocks[0].Hash));
        Assert.Equal(blocks[^1].Hash, f.Chain.Tip.Hash);
        Assert.Equal(before, f.Chain.UnspentCount);
        Assert.Equal(blocks[0].Hash, f.Chain.FindTransaction(transaction.Txid)!.Block!.Hash);
        Assert.Equal(-1, f.Chain.Confirmations(other[0]));
    }

    [Fact]
    public void Longer_branch_wins_unless_it_would_disconnect_too_much()
    {
        using var f = new ChainFixture();
        using var rival = new ChainFixture(comment: "text:rival");
        f.Mine(3);
        rival.Mine(5);
        foreach (var entry in Enumerable.Range(1, 3).Select(h => rival.Chain.EntryAt(h)!))
        {
            Assert.Equal(BlockOutcome.SideBranch, f.Chain.Submit(rival.Chain.Read(entry)).Outcome);
        }

        Assert.Equal(BlockOutcome.Connected, f.Chain.Submit(rival.Chain.Read(rival.Chain.EntryAt(4)!)).Outcome);
        Assert.Equal(rival.Chain.EntryAt(4)!.Hash, f.Chain.Tip.Hash);

        using var late = new ChainFixture(comment: "text:late");
        late.Mine(15);
        f.Mine(10);
        for (var h = 1; h <= 15; h++)
        {
            f.Chain.Submit(late.Chain.Read(late.Chain.EntryAt(h)!));
        }

        Assert.Equal(14, f.Chain.Tip.Height);
        Assert.NotEqual(late.Chain.Tip.Hash, f.Chain.Tip.Hash);
    }

    [Fact]
    public void Blocks_that_break_a_rule_are_refused_with_its_name()
    {
        using var f = new ChainFixture();
        f.Mine(101);
        using var copy = new ChainFixture();
        for (var h = 1; h <= 101; h++)
        {
            copy.Chain.Submit(f.Chain.Read(f.Chain.EntryAt(h)!));
        }

        var good = f.Chain.Read(f.Mine(1)[0]);
        string? Offer(FloBlock b) => copy.Chain.Submit(b).Reason;
        FloBlock With(FloBlock b, Func<FloBlockHeader, uint, FloBlockHeader> header, params FloTransaction[] transactions)
        {
            for (var nonce = 0u; ; nonce++)
            {
                var h = header(b.Header, nonce);
                if (ProofOfWork.Check(h, FloNetwork.Development) || h.Bits != b.Header.Bits)
                {
                    return FloBlock.Create(h, transactions.Length == 0 ? b.Transactions : transactions);
                }
            }
        }

        FloBlockHeader Root(FloBlockHeader h, uint n, params FloTransaction[] t) => new(h.Version, h.Previous, MerkleTree.Root([.. t.Select(x => x.Txid)]), h.Time, h.Bits, n);
        var coinbase = good.Transactions[0];
        var rich = FloTransaction.Create(2, coinbase.Inputs, [new TransactionOutput(101 * Money.Coin, f.Script)], 0, default);
        var wrongHeight = FloTransaction.Create(2, [new TransactionInput(OutPoint.None, new byte[] { 1, 50, 1, 7 }, uint.MaxValue)], coinbase.Outputs, 0, default);

        Assert.Equal("bad-diffbits", Offer(With(good, (h, n) => new(h.Version, h.Previous, h.MerkleRoot, h.Time, 0x1e0ffff0, n))));
        Assert.Equal("time-too-old", Offer(With(good, (h, n) => new(h.Version, h.Previous, h.MerkleRoot, h.Time - 1_000_000, h.Bits, n))));
        Assert.Equal("time-too-new", Offer(With(good, (h, n) => new(h.Version, h.Previous, h.MerkleRoot, h.Time + 100_000, h.Bits, n))));
        Assert.Equal("bad-version(0x00000001)", Offer(With(good, (h, n) => new(1, h.Previous, h.MerkleRoot, h.Time, h.Bits, n))));
        Assert.Equal("bad-txnmrklroot", Offer(With(good, (h, n) => new(h.Version, h.Previous, Hash256.Zero, h.Time, h.Bits, n))));
        Assert.Equal("bad-cb-amount", Offer(With(good, (h, n) => Root(h, n, rich), rich)));
        Assert.Equal("bad-cb-height", Offer(With(good, (h, n) => Root(h, n, wrongHeight), wrongHeight)));
        Assert.Equal("bad-cb-missing", Offer(With(good, (h, n) => Root(h, n, coinbase, coinbase), coinbase, coinbase)));
        Assert.Null(Offer(good));
        Assert.Equal("duplicate", Offer(good));
    }
}
