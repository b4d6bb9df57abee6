using System.Collections.Frozen;
using System.Text;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Tests.DevChain;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>The follower on the development chain over its JSON-RPC: batches, a checkpoint, the tip, and reorganisations by <c>invalidateblock</c>.</summary>
public sealed class FollowDevelopmentChainTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ChainFixture _chain = new(new DevelopmentChainOptions { LargestReorganisation = 0 });
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-follow-").FullName;
    private DevChainRpcServer _server = null!;
    private FloRpcClient _client = null!;
    private LedgerIndex _index = null!;

    private FloMessageSigner Lab => new(_chain.Key, FloNetwork.Development);

    public async ValueTask InitializeAsync()
    {
        _server = await DevChainRpcServer.StartAsync(_chain.Chain, new DevChainRpcOptions(), TimeProvider.System, TestContext.Current.CancellationToken);
        _client = FloRpcClient.Create(_server.ClientOptions(), TimeProvider.System);
        _index = Open("ledger.db", 0);
        _chain.Mine(120);
    }

    public async ValueTask DisposeAsync()
    {
        _index.Dispose();
        _client.Dispose();
        await _server.DisposeAsync();
        _chain.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private LedgerIndex Open(string name, int start) => LedgerIndex.Open(Path.Combine(_folder, name), FloNetwork.Development, start);

    private LedgerFollower Follow(int batch = 500, FrozenDictionary<int, Hash256>? checkpoints = null) => new(
        new RpcChainSource(_client),
        _index,
        new FollowerOptions
        {
            BatchBlocks = batch, StepBudget = TimeSpan.FromMinutes(5), PollInterval = TimeSpan.FromMilliseconds(50), FurtherCheckpoints = checkpoints ?? FrozenDictionary<int, Hash256>.Empty,
        },
        TimeProvider.System);

    /// <summary>Publishes a record the way a lab does: through the node's mempool, then a block.</summary>
    private async Task<string> PublishAsync(string title, long time)
    {
        var draft = new TomogramDraft { Title = title, Species = "E. coli", Date = 1, Notes = new string('n', 700), Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn" };
        var comment = RecordBuilder.PublishComment(RecordBuilder.Sign(RecordBuilder.BuildTomogram(draft, Lab.Address, time), Lab));
        var (outPoint, coin) = _chain.Spendable()[0];
        var value = coin.Output.Value;
        var plan = RecordPublication.Plan(comment, Lab, floData =>
        {
            var transaction = _chain.Spend(outPoint, value, 100_000, Encoding.UTF8.GetString(floData.Span));
            (outPoint, value) = (new OutPoint(transaction.Txid, 0), value - 100_000);
            return new FundedTransaction(transaction.ToHex(), transaction.Txid.ToString(), 100_000);
        });
        foreach (var transaction in plan.Transactions)
        {
            Assert.Equal(SendOutcome.Accepted, (await _client.SendTransactionAsync(FloTransaction.ParseHex(transaction.Hex), TestContext.Current.CancellationToken)).Outcome);
        }

        await _client.GenerateToAddressAsync(1, _chain.Key.Address(FloNetwork.Development), TestContext.Current.CancellationToken);
        return plan.RecordTxid;
    }

    private void IndexIsTheChain()
    {
        var chain = _chain.Chain;
        Assert.Equal(chain.Tip.Hash.ToString(), _index.Tip!.Hash);
        var replay = new OipIndex(_index.Reader, 0);
        for (var height = _index.StartHeight; height <= chain.Tip.Height; height++)
        {
            replay.Connect(IncomingBlock.Read(chain.Read(chain.EntryAt(height)!), height, _index.Reader).ToOip());
        }

        Assert.Equal(Oips.Dump(replay), _index.Read(Oips.Dump));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(500)]
    public async Task From_the_genesis_block_in_batches(int batch)
    {
        var txid = await PublishAsync("first", 1_700_000_000);
        _chain.Mine(30);
        Assert.True(await Follow(batch).CatchUpAsync(TestContext.Current.CancellationToken));
        IndexIsTheChain();
        Assert.Equal("first", _index.Read(i => i.Find(txid))!.Current.Artifact.Title);
    }

    [Fact]
    public async Task From_a_checkpoint_and_not_from_another_chains()
    {
        var before = await PublishAsync("before", 1_700_000_000);
        _chain.Mine(10);
        var after = await PublishAsync("after", 1_700_000_001);
        _index.Dispose();
        _index = Open("late.db", 125);
        var known = new Dictionary<int, Hash256> { [125] = _chain.Chain.EntryAt(125)!.Hash };
        Assert.True(await Follow(10, known.ToFrozenDictionary()).CatchUpAsync(TestContext.Current.CancellationToken));
        IndexIsTheChain();
        Assert.Null(_index.ReadStore(s => s.HeaderAt(124)));
        Assert.Null(_index.Read(i => i.Find(before)));
        Assert.NotNull(_index.Read(i => i.Find(after)));

        _index.Dispose();
        _index = Open("wrong.db", 125);
        known[125] = Hash256.DoubleSha256([1]);
        var follower = Follow(10, known.ToFrozenDictionary());
        Assert.False(await follower.CatchUpAsync(TestContext.Current.CancellationToken));
        Assert.Equal(LedgerProblemKind.WrongChain, follower.Problem!.Kind);
        Assert.Null(_index.Tip);
    }

    [Fact]
    public async Task The_tip_is_followed_through_blocks_and_reorganisations()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var following = Follow().RunAsync(stop.Token);
        var kept = await PublishAsync("kept", 1_700_000_000);
        await UntilAsync(i => i.Find(kept) is not null);
        var fork = _chain.Chain.Tip.Height + 1;
        var lost = await PublishAsync("lost", 1_700_000_001);
        await UntilAsync(i => i.Find(lost) is not null);

        // The record's block leaves; its transactions wait in the mempool and come back in the new branch's first block.
        await _client.InvalidateBlockAsync(_chain.Chain.EntryAt(fork)!.Hash, stop.Token);
        _chain.Mine(3);
        var tip = _chain.Chain.Tip.Hash.ToString();
        await UntilAsync(i => i.Tip!.Hash == tip);
        IndexIsTheChain();
        Assert.NotNull(_index.Read(i => i.Find(lost)));

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
    }

    [Fact]
    public async Task A_deep_reorganisation_takes_records_back_for_good()
    {
        var lost = await PublishAsync("lost", 1_700_000_000);
        _chain.Mine(40);
        Assert.True(await Follow().CatchUpAsync(TestContext.Current.CancellationToken));
        Assert.NotNull(_index.Read(i => i.Find(lost)));

        // From a coin that was mined in the branch that goes: its transaction can never be mined again.
        await _client.InvalidateBlockAsync(_chain.Chain.EntryAt(1)!.Hash, TestContext.Current.CancellationToken);
        Assert.Equal(0, _chain.Chain.Tip.Height);
        using var other = FloKey.FromSecret([.. Enumerable.Repeat((byte)0x55, 32)]);
        _chain.Chain.Mine(170, FloScript.PayToPublicKeyHash(other.PublicKeyHash), default, TestContext.Current.CancellationToken);
        Assert.True(await Follow(33).CatchUpAsync(TestContext.Current.CancellationToken));
        IndexIsTheChain();
        Assert.Null(_index.Read(i => i.Find(lost)));
        Assert.Equal(RecordEventKind.Retracted, _index.ReadStore(s => s.ReadEvents(0, 100))[^1].Kind);
    }

    private async Task UntilAsync(Func<OipIndex, bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (!_index.Read(i => i.Tip is not null && condition(i)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }
}
