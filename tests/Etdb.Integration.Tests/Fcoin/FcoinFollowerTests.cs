using System.Text;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Flo.Scripts;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Fcoin;

/// <summary>The follower on a real fcoin node: batches from genesis and from a checkpoint, the tip, records published through its mempool, and a reorganisation by <c>invalidateblock</c>.</summary>
public sealed class FcoinFollowerTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly FloNetwork Network = FloNetwork.Regtest;
    private readonly FloKey _key = FloKey.FromSecret(Enumerable.Repeat((byte)0x21, 32).ToArray());
    private readonly TemporaryFolder _folder = new();

    private FloMessageSigner Lab => new(_key, Network);

    public void Dispose()
    {
        _folder.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task A_real_node_is_indexed_followed_and_its_reorganisation_undone()
    {
        await using var node = await StartAsync();
        await node.Client.GenerateToAddressAsync(105, _key.Address(Network), None);
        var source = new RpcChainSource(node.Client);
        using var index = LedgerIndex.Open(_folder.At("ledger.db"), Network);
        await CatchUpAsync(index, source, 20);
        Assert.Equal(105, index.Tip!.Height);

        // Two records in two parts each, through fcoin's mempool; a block of fcoin's miner takes them.
        var outputs = await SpendableAsync(node, index);
        var kept = await PublishAsync(node, "kept", 1_700_000_000, outputs[..1]);
        await node.Client.GenerateToAddressAsync(1, _key.Address(Network), None);
        var moved = await PublishAsync(node, "moved", 1_700_000_001, outputs[1..2]);
        await node.Client.GenerateToAddressAsync(1, _key.Address(Network), None);
        await CatchUpAsync(index, source, 500);
        Assert.Equal(["kept", "moved"], index.Read(i => i.Records().Select(r => r.Current.Artifact.Title)));
        Assert.All(index.Read(i => i.Records()), r => Assert.True(r.IsContentProven));
        Assert.Equal((106L, 107L), (index.Read(i => i.Find(kept)!.Current.Place.Height), index.Read(i => i.Find(moved)!.Current.Place.Height)));

        // A later start, at a known block, sees the same records.
        using var late = LedgerIndex.Open(_folder.At("late.db"), Network, startHeight: 104);
        await CatchUpAsync(late, source, 2);
        Assert.Equal(2, late.Read(i => i.RecordCount));

        // fcoin drops block 107 and mines another branch, which does not hold the second record before its third block.
        var dropped = (await node.Client.GetBlockHashAsync(107, None))!.Value;
        await node.Client.InvalidateBlockAsync(dropped, None);
        Assert.Equal(106, await node.Client.GetBlockCountAsync(None));
        await SubmitBranchAsync(node, 3);
        Assert.NotEqual(dropped, (await node.Client.GetBlockHashAsync(107, None))!.Value);
        await CatchUpAsync(index, source, 500);
        Assert.Equal(["kept"], index.Read(i => i.Records().Select(r => r.Current.Artifact.Title)));
        Assert.Equal((RecordEventKind.Retracted, moved), index.ReadStore(s => s.ReadEvents(0, 100))[^1] is var e ? (e.Kind, e.RecordTxid) : default);

        // What the lab signed is still valid: offered again, it is mined again.
        await PublishAsync(node, "moved", 1_700_000_001, outputs[1..2]);
        await node.Client.GenerateToAddressAsync(1, _key.Address(Network), None);
        await CatchUpAsync(index, source, 500);
        Assert.Equal(110, index.Read(i => i.Find(moved)!.Current.Place.Height));
        Assert.Equal((await node.Client.GetBestBlockHashAsync(None)).ToString(), index.Tip!.Hash);
    }

    [Fact]
    public async Task The_command_indexes_fcoin_exports_and_verifies_without_it()
    {
        var (db, file) = (_folder.At("ledger.db"), _folder.At("evidence.jsonl"));
        await using (var node = await StartAsync())
        {
            await IndexByCommandAsync(node, db);
        }

        Assert.Equal(0, (await EtdbProcess.RunAsync(TimeSpan.FromMinutes(2), "ledger", "export", "--index", db, "-o", file, "--all-headers")).ExitCode);
        var (verified, report, _) = await EtdbProcess.RunAsync(TimeSpan.FromMinutes(2), "ledger", "verify", file, "--json");
        Assert.Equal(0, verified);
        Assert.Contains("from fcoin", report, StringComparison.Ordinal);
        Assert.Contains("\"linked\": true", report, StringComparison.Ordinal);
        Assert.Contains("\"contentProven\": true", report, StringComparison.Ordinal);
    }

    private async Task IndexByCommandAsync(FcoinNode node, string db)
    {
        await node.Client.GenerateToAddressAsync(105, _key.Address(Network), None);
        string[] read = ["ledger", "index", "--index", db, "--network", "regtest", "--flo", node.Client.Endpoint.ToString(), "--json"];
        Assert.Equal(0, (await EtdbProcess.RunAsync(TimeSpan.FromMinutes(2), read)).ExitCode);
        using (var index = LedgerIndex.Open(db, Network))
        {
            await PublishAsync(node, "from fcoin", 1_700_000_000, (await SpendableAsync(node, index))[..1]);
        }

        await node.Client.GenerateToAddressAsync(1, _key.Address(Network), None);
        var (code, answer, errors) = await EtdbProcess.RunAsync(TimeSpan.FromMinutes(2), read);
        Assert.True(code == 0, errors);
        Assert.Contains("\"records\": 1", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_publishing_pipeline_finds_coins_on_fcoin_and_ends_there()
    {
        await using var node = await StartAsync();
        await node.Client.GenerateToAddressAsync(105, _key.Address(Network), None);
        var draft = new TomogramDraft { Title = "piped", Species = "E. coli", Date = 1, Notes = new string('n', 900), Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn" };
        var comment = RecordBuilder.PublishComment(RecordBuilder.Sign(RecordBuilder.BuildTomogram(draft, Lab.Address, 1_700_000_000), Lab));
        var journal = new PublicationJournal { Kind = PublicationKind.Publish, Title = "piped", Comment = comment };
        var coins = new NodeCoins(node.Client, _key.Address(Network), () => new HashSet<OutPoint>());
        var pipeline = new PublicationPipeline(
            new NodeCarrier(node.Client), coins, new LocalSigner(_key), Network, new PublishingOptions { FinalConfirmations = 3 }, (_, _) => Task.CompletedTask, TimeProvider.System);
        for (var step = 0; step < 20 && !journal.IsSettled; step++)
        {
            journal = await pipeline.StepAsync(journal, None);
            if (journal.Stage == PublicationStage.Confirming)
            {
                await node.Client.GenerateToAddressAsync(1, _key.Address(Network), None);
            }
        }

        Assert.Equal((PublicationStage.Final, 2), (journal.Stage, journal.Current!.Parts));
        var known = await node.Client.ListUnspentAsync(_key.Address(Network), None);
        Assert.Contains(known, u => u.OutPoint.Txid.ToString() == journal.Current.Transactions[1].Txid && u.Confirmations >= 3 && !u.Coinbase);
        using var index = LedgerIndex.Open(_folder.At("ledger.db"), Network);
        await CatchUpAsync(index, new RpcChainSource(node.Client), 500);
        Assert.Equal(journal.RecordTxid, Assert.Single(index.Read(i => i.Records())).Txid);
    }

    private static async Task CatchUpAsync(LedgerIndex index, IChainSource source, int batch)
    {
        var follower = new LedgerFollower(source, index, new FollowerOptions { BatchBlocks = batch, StepBudget = TimeSpan.FromMinutes(5) }, TimeProvider.System);
        Assert.True(await follower.CatchUpAsync(None), follower.Problem?.ToString());
    }

    /// <summary>Coinbases of the key that have matured, oldest first, from the blocks themselves.</summary>
    private async Task<List<WalletOutput>> SpendableAsync(FcoinNode node, LedgerIndex index)
    {
        var script = FloScript.PayToPublicKeyHash(_key.PublicKeyHash);
        var tip = (int)index.Tip!.Height;
        var hashes = Enumerable.Range(1, tip - 100).Select(h => index.ReadStore(s => s.HashAt(h))!.Value).ToList();
        return [.. (await node.Client.GetBlocksAsync(hashes, None)).Select((b, i) =>
            new WalletOutput(new OutPoint(b!.Transactions[0].Txid, 0), b.Transactions[0].Outputs[0].Value, script, tip - i, Coinbase: true))];
    }

    private async Task<string> PublishAsync(FcoinNode node, string title, long time, IReadOnlyList<WalletOutput> outputs)
    {
        var draft = new TomogramDraft { Title = title, Species = "E. coli", Date = 1, Notes = new string('n', 900), Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn" };
        var comment = RecordBuilder.PublishComment(RecordBuilder.Sign(RecordBuilder.BuildTomogram(draft, Lab.Address, time), Lab));
        var plan = RecordPublication.Plan(comment, Lab, floData =>
        {
            var built = RecordWallet.Build(_key, outputs, floData, SpendingPolicy.Default).Transaction!;
            outputs = built.ApplyTo(outputs);
            return new FundedTransaction(built.Hex, built.Txid.ToString(), built.Fee);
        });
        Assert.Equal(2, plan.Transactions.Count);
        foreach (var transaction in plan.Transactions)
        {
            Assert.Equal(SendOutcome.Accepted, (await node.Client.SendTransactionAsync(FloTransaction.ParseHex(transaction.Hex), None)).Outcome);
        }

        return plan.RecordTxid;
    }

    /// <summary>Empty blocks of our own miner on top of the node's tip.</summary>
    private async Task SubmitBranchAsync(FcoinNode node, int blocks)
    {
        using var chain = DevelopmentChain.Open(new DevelopmentChainOptions { Network = Network }, TimeProvider.System);
        var count = await node.Client.GetBlockCountAsync(None);
        var hashes = await node.Client.GetBlockHashesAsync(1, count, None);
        foreach (var block in await node.Client.GetBlocksAsync([.. hashes.Select(h => h!.Value)], None))
        {
            Assert.Equal(new BlockSubmission(BlockOutcome.Connected, null), chain.Submit(block!));
        }

        foreach (var entry in chain.Mine(blocks, _key.Address(Network).ToScript(), "text:another branch"u8.ToArray(), None))
        {
            Assert.Null(await node.Client.SubmitBlockAsync(chain.Read(entry), None));
        }
    }

    private static async Task<FcoinNode> StartAsync()
    {
        var (home, problem) = await FcoinInstallation.FindAsync(None);
        Assert.SkipWhen(home is null, problem ?? string.Empty);
        return await FcoinNode.StartAsync(home!, None);
    }
}
