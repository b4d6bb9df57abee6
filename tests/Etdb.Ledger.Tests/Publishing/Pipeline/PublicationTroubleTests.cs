using System.Text;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;
using Etdb.Ledger.Tests.Flo;

namespace Etdb.Ledger.Tests.Publishing.Pipeline;

/// <summary>What goes wrong around a publication without killing it: answers lost, mempools that forget, blocks taken back, change that others spend, publications given up.</summary>
public sealed class PublicationTroubleTests
{
    private const int MostBoundaries = 200;
    private const string Loss = "loss";
    private const string Reorganisation = "reorganisation";
    private const string Expiry = "expiry";

    /// <summary>Section 8.3, "loses or duplicates records on partial failure": whatever happens to the node after any of its answers, the chain holds the record once.</summary>
    [Theory]
    [InlineData(Loss)]
    [InlineData(Reorganisation)]
    [InlineData(Expiry)]
    public async Task A_record_is_written_once_whatever_happens_to_the_node_after_any_answer(string what)
    {
        await using var f = await PipelineFixture.StartAsync();
        for (var at = 0; at < MostBoundaries; at++)
        {
            f.Start(PublicationKind.Publish, f.Publication("once", 1500, 1_700_000_000 + at));
            var happened = what switch
            {
                Loss => await f.RunDeafAsync(at),
                Expiry => await f.RunDisturbedAsync(at, f.ForgetMempool),
                _ => await f.RunDisturbedAsync(at, () => f.Chain.Invalidate(f.Chain.Tip.Hash)),
            };
            for (var blocks = 0; blocks < 5 && !f.Journal.IsSettled; blocks++)
            {
                // A coinbase's coin is too young after the reorganisation until there is a block again.
                f.Mine();
                await f.RunAsync();
            }

            var index = f.Index();
            Assert.Equal((PublicationStage.Final, at + 1), (f.Journal.Stage, index.RecordCount));
            Assert.Equal(f.Journal.RecordTxid, index.Records()[^1].Txid);
            Assert.Empty(index.Refusals());
            if (!happened)
            {
                Assert.InRange(at, 5, MostBoundaries);
                return;
            }
        }

        Assert.Fail("The run never ended undisturbed.");
    }

    [Fact]
    public async Task A_child_pays_for_every_chain_the_parts_form()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Start(PublicationKind.Publish, f.Publication("slow", 2500));
        await f.RunAsync(mine: false);
        var parts = f.Journal.Current!.Transactions.Select(t => FloTransaction.ParseHex(t.Hex)).ToList();
        Assert.True(parts.Count > 2);
        f.Time.Move(f.Options.StuckAfter);
        await f.RunAsync(mine: false);
        var child = f.Chain.FindMempool(Hash256.Parse(f.Journal.Current!.Transactions[^1].Txid))!;
        Assert.Equal(parts.Count + 1, child.AncestorCount);
    }

    /// <summary>Found by review: the next record of a lab spends the change of the one before; a child for that one was refused for ever, and the record never final.</summary>
    [Fact]
    public async Task A_child_whose_change_another_record_spends_is_forgotten()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Start(PublicationKind.Publish, f.Publication("first", 10));
        await f.RunAsync(mine: false);
        var first = f.Journal;
        var builder = new IssueBuilder(f.Key, FloNetwork.Development, f.Options.Policy);
        var parent = FloTransaction.ParseHex(first.Current!.Transactions[0].Hex);
        var change = (await f.CoinsAsync()).Where(c => c.OutPoint.Txid == parent.Txid).ToList();
        var withChild = builder.WithChild(first.Current, change, 40_000);

        // Planned and noted; then another record takes the change.
        var next = RecordWallet.Build(f.Key, change, new SpendRequest { FloData = "text:next"u8.ToArray(), Spend = [.. change.Select(c => c.OutPoint)] }, f.Options.Policy);
        Assert.True(f.Chain.Submit(next.Transaction!.Transaction).IsAccepted);
        f.Set(first with { Issues = [withChild] });
        await f.RunAsync(mine: false);
        Assert.Equal((PublicationStage.Confirming, 0), (f.Journal.Stage, f.Journal.Current!.Children));

        // Nothing is left to pay with: said, not tried.
        f.Time.Move(f.Options.StuckAfter);
        await f.RunAsync(mine: false);
        Assert.Equal((PublicationStage.Confirming, 0), (f.Journal.Stage, f.Journal.Current!.Children));
        f.Mine(3);
        await f.RunAsync();
        Assert.Equal(PublicationStage.Final, f.Journal.Stage);
    }

    [Fact]
    public async Task A_child_nobody_needs_any_more_does_not_hold_up_its_record()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Start(PublicationKind.Publish, f.Publication("first", 10));
        await f.RunAsync(mine: false);
        var first = f.Journal;
        var withChild = new IssueBuilder(f.Key, FloNetwork.Development, f.Options.Policy).WithChild(first.Current!, await f.CoinsAsync(), 40_000);
        f.Mine(3);
        f.Set(first with { Issues = [withChild] });
        await f.RunAsync(mine: false);
        Assert.Equal((PublicationStage.Final, 0), (f.Journal.Stage, f.Chain.MempoolCount));
    }

    /// <summary>Found by review: what was given up could be in the ledger after all, and a second record beside it.</summary>
    [Fact]
    public async Task What_takes_the_place_of_a_publication_that_was_given_up_spends_its_coin()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Start(PublicationKind.Publish, f.Publication("given up", 2500));
        await f.RunAsync(mine: false);
        var old = f.Journal.Current!;
        Assert.True(old.Parts > 2);

        // The node forgot it; others may not have. Its first part comes back from one of them.
        f.ForgetMempool();
        Assert.True(f.Chain.Submit(FloTransaction.ParseHex(old.Transactions[0].Hex)).IsAccepted);
        f.Set(new PublicationJournal { Kind = PublicationKind.Publish, Title = "anew", Comment = f.Publication("anew", 10, 1_700_000_001), Instead = old });
        await f.RunAsync(mine: false);
        var later = old.Transactions.Skip(1).Select(t => f.Chain.Submit(FloTransaction.ParseHex(t.Hex)).IsAccepted).ToList();
        Assert.Contains(false, later);
        f.Mine(1);
        await f.RunAsync();
        Assert.Equal((PublicationStage.Final, "anew"), (f.Journal.Stage, Assert.Single(f.Index().Records()).Current.Artifact.Title));
    }

    /// <summary>Section 8.3, "mempool chain limits": one coin becomes ten, and a hundred records fit between two blocks on a node of before 2019.</summary>
    [Fact]
    public async Task Many_records_do_not_form_one_chain()
    {
        const int Before2019 = 25;
        const int Records = 100;
        await using var f = await PipelineFixture.StartAsync(new MempoolLimits { Ancestors = Before2019, Descendants = Before2019 });
        f.Options = f.Options with { Policy = SpendingPolicy.Before2019 };
        f.Start(PublicationKind.Publish, f.Publication("first", 10));
        await f.RunAsync(mine: false);
        Assert.InRange((await f.CoinsAsync()).Count(c => c.IsMature), f.Options.Policy.Lanes, f.Options.Policy.Lanes);
        f.Mine(1);
        for (var i = 1; i < Records; i++)
        {
            f.Start(PublicationKind.Publish, f.Publication("next", 10, 1_700_000_000 + i));
            await f.RunAsync(mine: false);
            Assert.Equal(PublicationStage.Confirming, f.Journal.Stage);
        }

        Assert.InRange(f.Chain.ListMempool().Max(m => m.AncestorCount), 2, Before2019);
        f.Mine(1);
        Assert.Equal(Records, f.Index().RecordCount);
        Assert.InRange((await f.CoinsAsync()).Count(c => !c.Coinbase), 1, f.Options.Policy.Lanes + 3);
    }

    [Fact]
    public async Task What_readers_would_refuse_is_not_paid_for()
    {
        await using var f = await PipelineFixture.StartAsync();
        var untitled = f.Artifact("", 10);
        untitled["info"]!.AsObject().Remove("title");
        byte[][] refused =
        [
            RecordBuilder.PublishComment(untitled),
            RecordBuilder.DeactivateComment(new string('1', 64), 1_700_000_000, f.Lab),
            [.. f.Publication("altered", 10).Select((b, i) => i == 80 ? (byte)'x' : b)],
            Encoding.UTF8.GetBytes("text:no record at all, only some words that are long enough"),
        ];
        foreach (var comment in refused)
        {
            f.Start(PublicationKind.Publish, comment);
            Assert.Contains("readers would refuse", (await Assert.ThrowsAsync<PublishingException>(() => f.RunAsync())).Message, StringComparison.Ordinal);
            Assert.Equal((0, 0), (f.Journal.Issues.Count, f.Chain.MempoolCount));
        }
    }

    /// <summary>Such a node says "already in block chain" and knows no depth: children were paid for what was mined long ago.</summary>
    [Fact]
    public async Task A_node_without_an_index_of_transactions_is_named()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Start(PublicationKind.Publish, f.Publication("mined", 10));
        await f.RunAsync(mine: false);
        using var node = new FakeNode();
        node.Answers.Enqueue(id => FakeNode.Error(id, -5, "No such mempool transaction."));
        node.Answers.Enqueue(id => FakeNode.Error(id, -27, "transaction already in block chain"));
        node.Answers.Enqueue(id => FakeNode.Error(id, -5, "No such mempool transaction."));
        using var client = node.Client();
        var report = await new NodeCarrier(client).CarryAsync(f.Journal, CancellationToken.None);
        Assert.Equal((0, CarrierObstacle.Later), (report.Accepted, report.Obstacle));
        Assert.Contains("txindex", report.Detail, StringComparison.Ordinal);
    }
}
