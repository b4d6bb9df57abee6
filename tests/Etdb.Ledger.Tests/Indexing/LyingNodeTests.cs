using System.Text;
using System.Text.Json.Nodes;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>The follower against nodes that lie over real HTTP: each lie is named, none gets into the index, and the truth is taken afterwards.</summary>
public sealed class LyingNodeTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-lies-").FullName;
    private readonly MinedChain _chain = new();
    private HttpNode _node = null!;
    private LedgerIndex _index = null!;

    public async ValueTask InitializeAsync()
    {
        _chain.MineEmpty(12);
        _node = await HttpNode.StartAsync(_chain);
        _index = LedgerIndex.Open(Path.Combine(_folder, "ledger.db"), FloNetwork.Regtest);
    }

    public async ValueTask DisposeAsync()
    {
        _index.Dispose();
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<LedgerProblem?> FollowAsync(Func<FloRpcOptions, FloRpcOptions>? change = null, FollowerOptions? options = null)
    {
        using var client = _node.Client(change);
        var follower = new LedgerFollower(new RpcChainSource(client), _index, options ?? new FollowerOptions { StepBudget = TimeSpan.FromMinutes(5) }, TimeProvider.System);
        var isAtTip = await follower.CatchUpAsync(TestContext.Current.CancellationToken);
        Assert.Equal(isAtTip, follower.Problem is null);
        return follower.Problem;
    }

    private async Task TruthIsTakenAsync()
    {
        (_node.Lie, _node.Body, _node.IdShift) = (null, null, 0);
        Assert.Null(await FollowAsync());
        Assert.Equal(_chain.Best[^1].Hash.ToString(), _index.Tip!.Hash);
    }

    [Fact]
    public async Task The_chain_of_another_network_is_a_wrong_chain()
    {
        _node.Lie = (method, a) => method == "getblockhash" && a[0].GetInt32() == 0 ? FloNetwork.Test.Genesis.Hash.ToString() : null;
        Assert.Equal(LedgerProblemKind.WrongChain, (await FollowAsync())!.Kind);
        Assert.Null(_index.Tip);
        await TruthIsTakenAsync();
    }

    [Fact]
    public async Task A_chain_that_shares_nothing_with_the_index_is_a_wrong_chain()
    {
        var start = LedgerIndex.Open(Path.Combine(_folder, "later.db"), FloNetwork.Regtest, startHeight: 5);
        _index.Dispose();
        _index = start;
        Assert.Null(await FollowAsync());
        _chain.CutTo(3);
        _chain.MineEmpty(20);
        Assert.Equal(LedgerProblemKind.WrongChain, (await FollowAsync())!.Kind);
        Assert.Equal(12, _index.Tip!.Height);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_without_end_is_cut_off_and_named(bool announced)
    {
        var sent = 0L;
        _node.Body = async context =>
        {
            context.Response.ContentLength = announced ? 1L << 40 : null;
            var junk = Encoding.ASCII.GetBytes(new string('[', 1 << 16));
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(junk, context.RequestAborted);
                sent += junk.Length;
            }
        };
        var problem = await FollowAsync(o => o with { MaxAnswerBytes = 1 << 20 });
        Assert.Equal(LedgerProblemKind.HugeAnswer, problem!.Kind);
        Assert.True(Interlocked.Read(ref sent) < 64 << 20);
        await TruthIsTakenAsync();
    }

    [Fact]
    public async Task Honest_blocks_that_are_too_many_for_one_answer_are_asked_for_in_fewer()
    {
        _chain.Mine(new string('a', 3000), new string('b', 3000));
        _chain.Mine(new string('c', 3000), new string('d', 3000));
        Assert.Null(await FollowAsync(o => o with { MaxAnswerBytes = 17_000 }));
        Assert.Equal(_chain.Height, _index.Tip!.Height);
        Assert.Equal(LedgerProblemKind.HugeAnswer, (await Over(9000))!.Kind);

        async Task<LedgerProblem?> Over(int limit)
        {
            _chain.Mine(new string('e', 3000), new string('f', 3000));
            return await FollowAsync(o => o with { MaxAnswerBytes = limit });
        }
    }

    [Fact]
    public async Task Reorganisation_without_end_is_named_and_the_index_stays_on_a_valid_chain()
    {
        using var client = _node.Client();
        var follower = new LedgerFollower(new RpcChainSource(client), _index, new FollowerOptions { MostReorganisations = 3 }, TimeProvider.System);
        _node.Lie = (method, _) =>
        {
            if (method == "getblockcount")
            {
                _chain.CutTo(_chain.Height - 2);
                _chain.MineEmpty(3);
            }

            return null;
        };
        for (var i = 0; i < 20 && follower.Problem is null; i++)
        {
            await follower.CatchUpAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(LedgerProblemKind.EndlessReorganisations, follower.Problem!.Kind);
        var tip = _index.ReadStore(s => s.HeadersFrom(0).ToList());
        Assert.All(tip.Skip(1), h => Assert.True(ProofOfWork.Check(h, FloNetwork.Regtest)));
        Assert.All(Enumerable.Range(1, tip.Count - 1), i => Assert.Equal(tip[i - 1].Hash, tip[i].Previous));
    }

    [Fact]
    public async Task A_branch_that_is_too_long_to_be_weighed_is_named()
    {
        Assert.Null(await FollowAsync());
        _chain.CutTo(2);
        _chain.MineEmpty(14);
        Assert.Equal(LedgerProblemKind.EndlessReorganisations, (await FollowAsync(null, new FollowerOptions { LongestBranch = 8 }))!.Kind);
        await TruthIsTakenAsync();
    }

    [Theory]
    [InlineData(13)]
    [InlineData(100_000_000)]
    [InlineData(int.MaxValue)]
    public async Task A_height_without_blocks_is_named_and_not_asked_for_again_and_again(int height)
    {
        Assert.Null(await FollowAsync());
        _node.Lie = (method, _) => method == "getblockcount" ? height : null;
        Assert.Equal(LedgerProblemKind.Inconsistent, (await FollowAsync())!.Kind);
        Assert.Equal(12, _index.Tip!.Height);
        await TruthIsTakenAsync();
    }

    [Fact]
    public async Task A_node_that_never_answers_is_unreachable()
    {
        _node.Body = async context => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.Equal(LedgerProblemKind.Unreachable, (await FollowAsync(o => o with { Timeout = TimeSpan.FromMilliseconds(300) }))!.Kind);
        await TruthIsTakenAsync();
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"result\":")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"result\":\"12\",\"error\":null,\"id\":1}")]
    [InlineData("{\"result\":-7,\"error\":null,\"id\":1}")]
    [InlineData("{\"result\":1e300,\"error\":null,\"id\":1}")]
    [InlineData("{\"id\":1}")]
    public async Task Nonsense_is_named(string body)
    {
        _node.Body = context => context.Response.WriteAsync(body);
        Assert.NotNull(await FollowAsync());
        Assert.Null(_index.Tip);
        await TruthIsTakenAsync();
    }

    [Fact]
    public async Task Nested_arrays_without_end_are_named()
    {
        _node.Body = context => context.Response.WriteAsync(new string('[', 100_000));
        Assert.Equal(LedgerProblemKind.Inconsistent, (await FollowAsync())!.Kind);
        await TruthIsTakenAsync();
    }

    [Fact]
    public async Task Answers_to_other_questions_and_other_blocks_are_named()
    {
        _node.IdShift = 7;
        Assert.Equal(LedgerProblemKind.Inconsistent, (await FollowAsync())!.Kind);
        _node.IdShift = 0;
        _node.Lie = (method, _) => method == "getblock" ? _chain.Best[4].ToHex() : null;
        Assert.Equal(LedgerProblemKind.Inconsistent, (await FollowAsync())!.Kind);
        _node.Lie = (method, _) => method == "getblock" ? JsonValue.Create(_chain.Best[4].ToHex()[..^2]) : null;
        Assert.Equal(LedgerProblemKind.Inconsistent, (await FollowAsync())!.Kind);
        Assert.Null(_index.Tip);
        await TruthIsTakenAsync();
    }

    [Theory]
    [InlineData(401, LedgerProblemKind.Refused)]
    [InlineData(503, LedgerProblemKind.Unreachable)]
    [InlineData(302, LedgerProblemKind.Inconsistent)]
    public async Task Status_codes_are_told_apart(int status, LedgerProblemKind kind)
    {
        _node.Body = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "http://127.0.0.1:1/";
            return Task.CompletedTask;
        };
        Assert.Equal(kind, (await FollowAsync())!.Kind);
        await TruthIsTakenAsync();
    }
}
