using System.Text.Json.Nodes;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.Tests.Publishing.Pipeline;

/// <summary>
/// The publishing process against a development chain over HTTP. It is killed before and after every request and every write of its journal, in each of its
/// flows; the next one goes on, and the chain holds the record exactly once.
/// </summary>
public sealed class PublicationPipelineTests
{
    private const int MostBoundaries = 400;

    [Fact]
    public async Task A_record_is_written_once_wherever_the_process_is_killed()
    {
        await using var f = await PipelineFixture.StartAsync();
        for (var at = 0; ; at++)
        {
            var comments = f.Comments();
            f.Start(PublicationKind.Publish, f.Publication("once", 1500, 1_700_000_000 + at));
            var crashed = await f.RunThroughCrashAsync(at);
            var index = f.Index();
            Assert.Equal(at + 1, index.RecordCount);
            Assert.Equal((PublicationStage.Final, f.Journal.RecordTxid), (f.Journal.Stage, index.Records()[^1].Txid));
            Assert.Equal(f.Journal.Current!.Transactions.Count, f.Comments() - comments);
            Assert.True(index.Records()[^1].IsContentProven);
            Assert.Empty(index.Refusals());
            if (!crashed)
            {
                Assert.InRange(at, 20, MostBoundaries);
                return;
            }
        }
    }

    [Theory]
    [InlineData(PublicationKind.Edit)]
    [InlineData(PublicationKind.Deactivate)]
    [InlineData(PublicationKind.Transfer)]
    public async Task An_action_on_a_record_is_written_once_wherever_the_process_is_killed(PublicationKind kind)
    {
        await using var f = await PipelineFixture.StartAsync();
        for (var at = 0; at < MostBoundaries; at++)
        {
            var before = f.Artifact("before", 10, 1_700_000_000 + at);
            f.Start(PublicationKind.Publish, RecordBuilder.PublishComment(before));
            await f.RunAsync();
            var record = f.Journal.RecordTxid!;
            var comment = kind switch
            {
                PublicationKind.Edit => RecordBuilder.EditComment(record, before, Changed(before), 1_700_000_500_000, f.Lab),
                PublicationKind.Deactivate => RecordBuilder.DeactivateComment(record, 1_700_000_500, f.Lab),
                _ => RecordBuilder.TransferComment(record, "oYidNmhhCZ76BEKyZJdiqu7YFAURRfSbCJ", 1_700_000_500, f.Lab),
            };
            f.Start(kind, comment, record);
            var crashed = await f.RunThroughCrashAsync(at);
            Assert.Equal((PublicationStage.Final, record), (f.Journal.Stage, f.Journal.RecordTxid));
            var index = f.Index();
            Assert.Equal(at + 1, index.RecordCount);
            Check(kind, index.Find(record)!);
            Assert.Empty(index.Refusals());
            if (!crashed)
            {
                return;
            }
        }

        Assert.Fail("The run never ended without a crash.");
    }

    private static JsonObject Changed(JsonObject before)
    {
        var changed = before.DeepClone().AsObject();
        changed["info"]!["title"] = "after";
        changed["details"]!["artNotes"] = new string('m', 1500);
        changed["timestamp"] = before["timestamp"]!.GetValue<long>() + 500_000;
        return changed;
    }

    private static void Check(PublicationKind kind, IndexedRecord record)
    {
        Assert.Equal(kind == PublicationKind.Deactivate, record.IsDeactivated);
        Assert.Equal(kind == PublicationKind.Edit ? 2 : 1, record.Versions.Count);
        Assert.Equal(kind == PublicationKind.Edit ? "after" : "before", record.Current.Artifact.Title);
        Assert.Equal(kind == PublicationKind.Transfer, record.Owner != record.Author);
        Assert.True(record.IsContentProven);
    }

    [Fact]
    public async Task A_fee_that_is_refused_leads_to_a_new_issue_of_the_same_coin_wherever_the_process_is_killed()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Options = f.Options with { Policy = SpendingPolicy.Default with { FeePerKilobyte = 300 } };
        for (var at = 0; ; at++)
        {
            var comments = f.Comments();
            f.Start(PublicationKind.Publish, f.Publication("cheap", 1200, 1_700_000_000 + at));
            var crashed = await f.RunThroughCrashAsync(at);
            var (journal, index) = (f.Journal, f.Index());
            Assert.Equal((PublicationStage.Final, 3, 2), (journal.Stage, journal.Issues.Count, journal.Active));
            Assert.Equal([300L, 600, 1200], journal.Issues.Select(i => i.FeePerKilobyte));
            Assert.Single(journal.Issues.Select(i => i.Transactions[0].Spends[0]).Distinct());
            Assert.Equal((at + 1, journal.RecordTxid), (index.RecordCount, index.Records()[^1].Txid));
            Assert.Equal(journal.Current!.Transactions.Count, f.Comments() - comments);
            if (!crashed)
            {
                Assert.InRange(at, 20, MostBoundaries);
                return;
            }
        }
    }

    [Fact]
    public async Task A_stuck_record_is_paid_for_by_a_child_and_keeps_its_id()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Options = f.Options with { Policy = SpendingPolicy.Default with { FeePerKilobyte = 1000 } };
        f.Start(PublicationKind.Publish, f.Publication("slow", 1200));
        await f.RunAsync(mine: false);
        var (id, paid) = (f.Journal.RecordTxid, f.Journal.Cost.FeeSatoshis);
        Assert.Equal(PublicationStage.Confirming, f.Journal.Stage);

        f.Time.Move(f.Options.StuckAfter);
        await f.RunAsync(mine: false);
        var journal = f.Journal;
        Assert.Equal((id, 1, journal.Current!.Parts + 1), (journal.RecordTxid, journal.Current.Children, f.Chain.MempoolCount));
        Assert.True(journal.Cost.FeeSatoshis >= 2 * paid);
        Assert.Single(journal.Issues);

        f.Mine(5);
        await f.RunAsync();
        Assert.Equal((PublicationStage.Final, id), (f.Journal.Stage, Assert.Single(f.Index().Records()).Txid));
    }

    [Fact]
    public async Task Raises_of_the_fee_end()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Start(PublicationKind.Publish, f.Publication("slow", 10));
        await f.RunAsync(mine: false);
        for (var i = 0; i < 20; i++)
        {
            f.Time.Move(f.Options.StuckAfter);
            await f.RunAsync(mine: false);
        }

        Assert.Equal(f.Options.MostRaises, f.Journal.Current!.Children);
        Assert.Equal(f.Journal.Current.Transactions.Count, f.Chain.MempoolCount);
        Assert.All(f.Journal.Current.Transactions, t => Assert.InRange(t.FeeSatoshis, 0, f.Options.Policy.MaxFee));
    }

    [Fact]
    public async Task What_expired_or_was_taken_back_is_sent_again()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Start(PublicationKind.Publish, f.Publication("again", 1200));
        await f.RunAsync(mine: false);
        var tip = f.Chain.Tip;
        f.Mine(2);
        await f.RunAsync(mine: false);
        Assert.Equal(2, f.Journal.Confirmations);

        // The node's other branch has never seen the transactions.
        Assert.True(f.Chain.Invalidate(f.Chain.Next(tip)!.Hash));
        await f.RunAsync(mine: false);
        Assert.Equal(0, f.Journal.Confirmations);
        f.Mine(5);
        await f.RunAsync();
        Assert.Equal(PublicationStage.Final, f.Journal.Stage);
        Assert.Single(f.Index().Records());
    }

    [Fact]
    public async Task An_older_issue_that_the_chain_took_is_the_one_that_counts()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Options = f.Options with { Policy = SpendingPolicy.Default with { FeePerKilobyte = 2000 } };
        f.Start(PublicationKind.Publish, f.Publication("older", 1200));
        await f.RunAsync(mine: false);
        var planned = f.Journal;
        var newer = new IssueBuilder(f.Key, FloNetwork.Development, f.Options.Policy).Anew(planned.Comment, planned.Current!, 0, [], 4000);
        Assert.NotEqual(planned.RecordTxid, newer.FirstTxid);

        // As if the process had given up on the first issue just when a miner took it.
        f.Mine(1);
        Set(f, planned with { Issues = [.. planned.Issues, newer], Active = 1, Accepted = 0, Stage = PublicationStage.Sending });
        await f.RunAsync();
        Assert.Equal((0, PublicationStage.Final, planned.RecordTxid), (f.Journal.Active, f.Journal.Stage, Assert.Single(f.Index().Records()).Txid));
    }

    [Fact]
    public async Task Coins_spent_elsewhere_are_named_and_what_nodes_refuse_fails()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Start(PublicationKind.Publish, f.Publication("spent", 10));
        await f.RunAsync(new CrashPoint(int.MaxValue), mine: false);
        var planned = f.Journal;
        var foreign = new IssueBuilder(f.Key, FloNetwork.Development, f.Options.Policy).Anew("text:another wallet"u8.ToArray(), planned.Current!, 0, [], 50_000);

        await using var g = await PipelineFixture.StartAsync();
        Assert.True(g.Chain.Submit(FloTransaction.ParseHex(foreign.Transactions[0].Hex)).IsAccepted);
        g.Mine(1);
        Set(g, planned with { Accepted = 0, Stage = PublicationStage.Sending });
        await g.RunAsync(mine: false);
        Assert.Equal(PublicationStage.Sending, g.Journal.Stage);
        Assert.NotNull(g.Journal.Problem);

        var broken = planned.Current!.Transactions[0];
        var transaction = FloTransaction.ParseHex(broken.Hex);
        var altered = FloTransaction.Create(2, transaction.Inputs, transaction.Outputs, 0, "text:altered"u8.ToArray());
        Set(f, planned with { Issues = [planned.Current with { Transactions = [broken with { Hex = altered.ToHex(), Txid = altered.Txid.ToString() }] }] });
        f.Mine(1);
        await using var h = await PipelineFixture.StartAsync();
        Set(h, planned with { Issues = [planned.Current with { Transactions = [broken with { Hex = altered.ToHex(), Txid = altered.Txid.ToString() }] }] });
        await h.RunAsync(mine: false);
        Assert.Equal(PublicationStage.Failed, h.Journal.Stage);
    }

    [Fact]
    public async Task Too_few_coins_are_said_before_anything_is_sent()
    {
        await using var f = await PipelineFixture.StartAsync();
        f.Options = f.Options with { Policy = SpendingPolicy.Default with { FeePerKilobyte = 100_000_000 } };
        f.Start(PublicationKind.Publish, f.Publication("dear", 10));
        var problem = await Assert.ThrowsAsync<PublishingException>(() => f.RunAsync());
        Assert.Equal(BuildStatus.FeeTooHigh, problem.Status);
        Assert.Empty(f.Journal.Issues);
    }

    private static void Set(PipelineFixture f, PublicationJournal journal) => f.Set(journal);
}
