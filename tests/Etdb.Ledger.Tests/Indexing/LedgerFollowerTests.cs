using System.Text;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>The follower against a node that mines real regtest blocks, reorganises, fails and lies.</summary>
public sealed class LedgerFollowerTests : IDisposable
{
    private static readonly FloMessageSigner Lab = new(FloKey.FromSecret([.. Enumerable.Repeat((byte)9, 32)]), FloNetwork.Regtest);

    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-ledger-").FullName;
    private readonly MinedChain _node = new();
    private LedgerIndex _index;
    private LedgerFollower _follower;

    public LedgerFollowerTests()
    {
        _index = LedgerIndex.Open(Path.Combine(_folder, "ledger.db"), FloNetwork.Regtest);
        _follower = Follow(_node);
    }

    public void Dispose()
    {
        _index.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private LedgerFollower Follow(IChainSource source, FollowerOptions? options = null) =>
        new(source, _index, options ?? new FollowerOptions { BatchBlocks = 7, StepBudget = TimeSpan.FromMinutes(5) }, TimeProvider.System);

    private static string Publication(string title, long timestamp = 1_700_000_000) => Encoding.UTF8.GetString(RecordBuilder.PublishComment(RecordBuilder.Sign(
        RecordBuilder.BuildTomogram(new TomogramDraft { Title = title, Species = "E. coli", Date = 1, Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn" }, Lab.Address, timestamp), Lab)));

    private async Task FollowToTipAsync()
    {
        Assert.True(await _follower.CatchUpAsync(TestContext.Current.CancellationToken), _follower.Problem?.ToString());
        Assert.Equal(_node.Best[^1].Hash.ToString(), _index.Tip!.Hash);
    }

    private string Replayed()
    {
        var index = new OipIndex(_index.Reader, 0);
        for (var height = 0; height <= _node.Height; height++)
        {
            index.Connect(IncomingBlock.Read(_node.Best[height], height, _index.Reader).ToOip());
        }

        return Oips.Dump(index);
    }

    private IReadOnlyList<RecordEvent> Events() => _index.ReadStore(s => s.ReadEvents(0, 1000));

    [Fact]
    public async Task Records_of_the_chain_become_events_in_order()
    {
        _node.MineEmpty(10);
        var txid = _node.Mine(Publication("first"))[0];
        await FollowToTipAsync();
        _node.Mine(Encoding.UTF8.GetString(RecordBuilder.DeactivateComment(txid, 1_700_000_100, Lab)));
        _node.Mine(Encoding.UTF8.GetString(RecordBuilder.RegisterComment("A lab", 1_700_000_000_000, Lab)));
        await FollowToTipAsync();

        var events = Events();
        Assert.Equal([RecordEventKind.Current, RecordEventKind.Deactivated, RecordEventKind.Publisher], events.Select(e => e.Kind));
        Assert.Equal([1L, 2, 3], events.Select(e => e.Sequence));
        Assert.Equal((txid, "first", true), (events[0].RecordTxid, events[0].Record!.Title, events[0].Record!.ContentProven));
        Assert.Equal("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", events[0].Record!.Root?.Value);
        Assert.Equal("A lab", events[2].Alias);
    }

    [Fact]
    public async Task A_reorganisation_retracts_and_a_record_that_is_mined_again_comes_back()
    {
        _node.MineEmpty(5);
        var kept = _node.Mine(Publication("kept"))[0];
        _node.MineEmpty(3);
        var lost = _node.Mine(Publication("lost", 1_700_000_001))[0];
        await FollowToTipAsync();

        _node.CutTo(8);
        _node.MineEmpty(4);
        await FollowToTipAsync();
        Assert.Equal(Replayed(), _index.Read(Oips.Dump));
        Assert.NotNull(_index.Read(i => i.Find(kept)));
        Assert.Equal(RecordEventKind.Retracted, Events()[^1].Kind);
        Assert.Equal(lost, Events()[^1].RecordTxid);
    }

    [Fact]
    public async Task A_reorganisation_deeper_than_memory_builds_the_state_again()
    {
        _index.Dispose();
        _index = LedgerIndex.Open(Path.Combine(_folder, "shallow.db"), FloNetwork.Regtest, undoDepth: 10);
        _follower = Follow(_node);
        _node.Mine(Publication("kept"));
        _node.Mine(Publication("lost", 1_700_000_001));
        _node.MineEmpty(30);
        await FollowToTipAsync();
        _node.CutTo(1);
        _node.MineEmpty(40);
        await FollowToTipAsync();
        Assert.Equal(Replayed(), _index.Read(Oips.Dump));
        Assert.Equal(1, _index.Read(i => i.RecordCount));
        Assert.Equal(1, _index.ReadFeed(0, 10, null, null).Records);
    }

    [Fact]
    public async Task Only_the_blocks_near_the_tip_can_be_taken_back_in_memory_after_a_catch_up_and_after_a_restart()
    {
        var path = Path.Combine(_folder, "shallow.db");
        _index.Dispose();
        _index = LedgerIndex.Open(path, FloNetwork.Regtest, undoDepth: 10);
        _follower = Follow(_node);
        _node.MineEmpty(40);
        _node.Mine(Publication("lost"));
        await FollowToTipAsync();
        Assert.Equal(10, _index.Read(i => i.UndoableBlocks));

        _index.Dispose();
        _index = LedgerIndex.Open(path, FloNetwork.Regtest, undoDepth: 10);
        _follower = Follow(_node);
        Assert.Equal(10, _index.Read(i => i.UndoableBlocks));
        _node.CutTo(33);
        _node.MineEmpty(15);
        await FollowToTipAsync();
        Assert.Equal(Replayed(), _index.Read(Oips.Dump));
        Assert.Equal(0, _index.Read(i => i.RecordCount));
    }

    [Fact]
    public async Task A_branch_without_more_work_is_not_followed()
    {
        _node.MineEmpty(12);
        await FollowToTipAsync();
        var tip = _index.Tip;
        _node.CutTo(5);
        _node.MineEmpty(7);
        Assert.False(await _follower.CatchUpAsync(TestContext.Current.CancellationToken));
        Assert.Equal(LedgerProblemKind.LessWork, _follower.Problem!.Kind);
        Assert.Equal(tip, _index.Tip);

        _node.MineEmpty(1);
        await FollowToTipAsync();
        Assert.Null(_follower.Problem);
    }

    [Fact]
    public async Task The_state_is_the_same_after_a_restart_anywhere()
    {
        for (var i = 0; i < 20; i++)
        {
            _node.Mine(Publication($"record {i}", 1_700_000_000 + i));
        }

        var path = Path.Combine(_folder, "ledger.db");
        _follower = Follow(_node, new FollowerOptions { BatchBlocks = 3, StepBudget = TimeSpan.Zero });
        for (var step = 0; step < 100 && _index.Tip?.Height != _node.Height; step++)
        {
            _index.Dispose();
            _index = LedgerIndex.Open(path, FloNetwork.Regtest);
            _follower = Follow(_node, new FollowerOptions { BatchBlocks = 3, StepBudget = TimeSpan.FromTicks(1) });
            await _follower.CatchUpAsync(TestContext.Current.CancellationToken);
            if (_index.Tip?.Height != _node.Height && step % 4 == 3)
            {
                await Follow(_node).CatchUpAsync(TestContext.Current.CancellationToken);
            }
        }

        Assert.Equal(Replayed(), _index.Read(Oips.Dump));
        Assert.Equal(20, Events().Count);
    }

    [Fact]
    public async Task A_failed_commit_leaves_index_and_store_at_the_last_whole_step()
    {
        _node.MineEmpty(3);
        await FollowToTipAsync();
        var before = _index.Read(Oips.Dump);
        var block = IncomingBlock.Read(MinedChain.Solve(_node.Best[^1].Header, 1_800_000_000, [_node.Coinbase()]), 4, _index.Reader);
        Assert.ThrowsAny<Exception>(() => _index.Apply(3, [block, block]));
        Assert.Equal(before, _index.Read(Oips.Dump));
        _node.MineEmpty(1);
        await FollowToTipAsync();
    }

    [Theory]
    [InlineData("work")]
    [InlineData("merkle")]
    [InlineData("bits")]
    public async Task An_invalid_block_is_refused_and_named(string what)
    {
        _node.MineEmpty(8);
        _node.Lies[8] = block => what switch
        {
            "work" => WithoutWork(block),
            "merkle" => FloBlock.Create(block.Header, [.. block.Transactions, _node.Comment("extra"u8.ToArray())]),
            _ => MinedChain.Solve(_node.Best[7].Header, block.Header.Time, block.Transactions, 0x207ffffe),
        };
        Assert.False(await _follower.CatchUpAsync(TestContext.Current.CancellationToken));
        Assert.Equal(LedgerProblemKind.InvalidBlock, _follower.Problem!.Kind);
        Assert.Equal(6, _index.Tip!.Height);

        _node.Lies.Clear();
        await FollowToTipAsync();
    }

    private static FloBlock WithoutWork(FloBlock block)
    {
        var h = block.Header;
        for (var nonce = h.Nonce + 1; ; nonce++)
        {
            var header = new FloBlockHeader(h.Version, h.Previous, h.MerkleRoot, h.Time, h.Bits, nonce);
            if (!ProofOfWork.Check(header, FloNetwork.Regtest))
            {
                return FloBlock.Create(header, block.Transactions);
            }
        }
    }

    [Fact]
    public async Task A_node_of_another_chain_is_named()
    {
        _node.GenesisLie = FloNetwork.Main.Genesis.Hash;
        Assert.False(await _follower.CatchUpAsync(TestContext.Current.CancellationToken));
        Assert.Equal(LedgerProblemKind.WrongChain, _follower.Problem!.Kind);
    }

    [Fact]
    public async Task Blocks_that_do_not_link_and_ids_without_blocks_are_named()
    {
        _node.MineEmpty(9);
        _node.Lies[4] = block => MinedChain.Solve(_node.Best[1].Header, block.Header.Time, block.Transactions);
        Assert.False(await _follower.CatchUpAsync(TestContext.Current.CancellationToken));
        Assert.Equal(LedgerProblemKind.Inconsistent, _follower.Problem!.Kind);
    }

    [Fact]
    public async Task A_checkpoint_that_is_not_met_is_a_wrong_chain()
    {
        _node.MineEmpty(9);
        var checkpoints = new Dictionary<int, Hash256> { [5] = Hash256.DoubleSha256([1]) };
        _follower = Follow(_node, new FollowerOptions { FurtherCheckpoints = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(checkpoints) });
        Assert.False(await _follower.CatchUpAsync(TestContext.Current.CancellationToken));
        Assert.Equal(LedgerProblemKind.WrongChain, _follower.Problem!.Kind);
        Assert.Null(_index.Tip);
    }

    [Fact]
    public async Task Endless_reorganisations_are_named_and_no_longer_followed()
    {
        _follower = Follow(_node, new FollowerOptions { MostReorganisations = 4 });
        _node.MineEmpty(3);
        for (var i = 0; i < 10 && _follower.Problem is null; i++)
        {
            await _follower.CatchUpAsync(TestContext.Current.CancellationToken);
            var height = _node.Height;
            _node.CutTo(height - 2);
            _node.MineEmpty(3);
        }

        Assert.Equal(LedgerProblemKind.EndlessReorganisations, _follower.Problem!.Kind);
    }

    [Theory]
    [InlineData(FloNodeFailure.AnswerTooLarge, LedgerProblemKind.HugeAnswer)]
    [InlineData(FloNodeFailure.Unreachable, LedgerProblemKind.Unreachable)]
    [InlineData(FloNodeFailure.Malformed, LedgerProblemKind.Inconsistent)]
    [InlineData(FloNodeFailure.Unauthorized, LedgerProblemKind.Refused)]
    public async Task Failures_of_the_node_are_named(FloNodeFailure failure, LedgerProblemKind kind)
    {
        _node.MineEmpty(3);
        _node.Failure = new FloNodeException(failure, "as told");
        Assert.False(await _follower.CatchUpAsync(TestContext.Current.CancellationToken));
        Assert.Equal(kind, _follower.Problem!.Kind);
        _node.Failure = null;
        await FollowToTipAsync();
    }

    [Fact]
    public async Task The_feed_follows_and_reads_on()
    {
        _node.Mine(Publication("a"));
        _node.Mine(Publication("b", 1_700_000_001));
        using var feed = new LedgerFeed(_follower);
        var first = await feed.ReadAsync(0, 1, TestContext.Current.CancellationToken);
        var second = await feed.ReadAsync(first.Events[^1].Sequence, 1000, TestContext.Current.CancellationToken);
        Assert.Equal(["a"], first.Events.Select(e => e.Record!.Title));
        Assert.Equal(2, first.Records);
        Assert.Equal(2, first.NodeHeight);
        Assert.Null(first.Problem);
        Assert.Equal("", string.Concat(second.Events.Select(e => e.Record!.Title)).Replace("b", "", StringComparison.Ordinal));
    }

    [Fact]
    public void An_index_of_another_network_is_not_opened() =>
        Assert.Throws<FormatException>(() => LedgerIndex.Open(Path.Combine(_folder, "ledger.db"), FloNetwork.Main));
}
