using System.Net;
using System.Text;
using System.Text.Json;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.Tests.Flo;

/// <summary>The client against nodes that speak differently, fail, or lie; played by a handler in place of the network.</summary>
public sealed class RpcClientTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly FloBlock Genesis = FloNetwork.Main.Genesis;

    [Fact]
    public async Task Transient_failures_are_repeated_for_reads_only()
    {
        using var node = new FakeNode();
        node.Answers.Enqueue(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        node.Answers.Enqueue(_ => throw new HttpRequestException("refused"));
        node.Answers.Enqueue(id => FakeNode.Error(id, -28, "Loading block index..."));
        node.Answers.Enqueue(id => FakeNode.Result(id, "7"));
        Assert.Equal(7, await node.Client().GetBlockCountAsync(None));
        Assert.Equal(4, node.Requests.Count);

        node.Answers.Enqueue(_ => throw new HttpRequestException("refused"));
        var e = await Assert.ThrowsAsync<FloNodeException>(() => node.Client().InvalidateBlockAsync(Genesis.Hash, None));
        Assert.Equal((FloNodeFailure.Unreachable, 5), (e.Failure, node.Requests.Count));
    }

    [Fact]
    public async Task Repetition_ends()
    {
        using var node = new FakeNode();
        for (var i = 0; i < 10; i++)
        {
            node.Answers.Enqueue(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        }

        var e = await Assert.ThrowsAsync<FloNodeException>(() => node.Client().GetBlockCountAsync(None));
        Assert.Equal((FloNodeFailure.Busy, 4), (e.Failure, node.Requests.Count));
    }

    [Fact]
    public async Task A_node_that_never_answers_is_given_up()
    {
        using var node = new FakeNode();
        node.Answers.Enqueue(FakeNode.Never);
        var e = await Assert.ThrowsAsync<FloNodeException>(() => node.Client(o => o with { Timeout = TimeSpan.FromMilliseconds(50), Attempts = 1 }).GetBlockCountAsync(None));
        Assert.Equal(FloNodeFailure.TimedOut, e.Failure);
    }

    [Fact]
    public async Task Substituted_blocks_and_transactions_are_noticed()
    {
        using var node = new FakeNode();
        node.Answers.Enqueue(id => FakeNode.Result(id, $"\"{FloNetwork.Test.Genesis.ToHex()}\""));
        var e = await Assert.ThrowsAsync<FloNodeException>(() => node.Client().GetBlockAsync(Genesis.Hash, None));
        Assert.Equal(FloNodeFailure.Malformed, e.Failure);
        Assert.Contains(Genesis.Hash.ToString(), e.Message, StringComparison.Ordinal);
        node.Answers.Enqueue(id => FakeNode.Result(id, $"{{\"hex\":\"{FloNetwork.Development.Genesis.Transactions[0].ToHex()}\"}}"));
        Assert.Equal(FloNodeFailure.Malformed, (await Assert.ThrowsAsync<FloNodeException>(() => node.Client().GetTransactionAsync(Genesis.Transactions[0].Txid, None))).Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>proxy</html>")]
    [InlineData("{\"result\":")]
    [InlineData("[]")]
    [InlineData("17")]
    [InlineData("{\"id\":1}")]
    [InlineData("{\"result\":\"seven\",\"error\":null,\"id\":1}")]
    [InlineData("{\"result\":99999999999,\"error\":null,\"id\":1}")]
    public async Task Nonsense_is_malformed(string body)
    {
        using var node = new FakeNode();
        node.Answers.Enqueue(_ => FakeNode.Body(Encoding.UTF8.GetBytes(body)));
        Assert.Equal(FloNodeFailure.Malformed, (await Assert.ThrowsAsync<FloNodeException>(() => node.Client().GetBlockCountAsync(None))).Failure);
    }

    [Fact]
    public async Task Depth_is_limited()
    {
        using var node = new FakeNode();
        node.Answers.Enqueue(_ => FakeNode.Body(Encoding.UTF8.GetBytes(new string('[', 100_000))));
        Assert.Equal(FloNodeFailure.Malformed, (await Assert.ThrowsAsync<FloNodeException>(() => node.Client().GetBlockCountAsync(None))).Failure);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Endless_answers_are_cut_whether_announced_or_not(bool announced)
    {
        using var node = new FakeNode();
        node.Answers.Enqueue(_ => FakeNode.Endless(announced));
        var e = await Assert.ThrowsAsync<FloNodeException>(() => node.Client(o => o with { MaxAnswerBytes = 100_000 }).GetBlockCountAsync(None));
        Assert.Equal(FloNodeFailure.AnswerTooLarge, e.Failure);
    }

    [Fact]
    public async Task Batch_answers_come_in_any_order_but_each_exactly_once()
    {
        using var node = new FakeNode();
        static string Entry(long id, Hash256 hash) => $"{{\"result\":\"{hash}\",\"error\":null,\"id\":{id}}}";
        var hashes = Enumerable.Range(0, 3).Select(i => Hash256.DoubleSha256([(byte)i])).ToList();
        node.Answers.Enqueue(id => FakeNode.Body(Encoding.UTF8.GetBytes($"[{Entry(id + 2, hashes[2])},{Entry(id, hashes[0])},{Entry(id + 1, hashes[1])}]")));
        Assert.Equal(hashes, (await node.Client().GetBlockHashesAsync(0, 3, None)).Select(h => h!.Value));
        node.Answers.Enqueue(id => FakeNode.Body(Encoding.UTF8.GetBytes($"[{Entry(id, hashes[2])},{Entry(id, hashes[0])},{Entry(id + 1, hashes[1])}]")));
        Assert.Equal(FloNodeFailure.Malformed, (await Assert.ThrowsAsync<FloNodeException>(() => node.Client().GetBlockHashesAsync(0, 3, None))).Failure);
    }

    [Fact]
    public async Task Comments_that_are_no_UTF8_do_not_disturb()
    {
        var transaction = FloTransaction.Create(2, Genesis.Transactions[0].Inputs, Genesis.Transactions[0].Outputs, 0, new byte[] { 0xff, 0xfe, 0x00, 0x80 });
        using var node = new FakeNode();
        node.Answers.Enqueue(id => FakeNode.Body([.. Encoding.UTF8.GetBytes($"{{\"id\":{id},\"error\":null,\"result\":{{\"floData\":\""), 0xff, 0xfe, 0x80,
            .. Encoding.UTF8.GetBytes($"\",\"hex\":\"{transaction.ToHex()}\"}}}}")]));
        var found = await node.Client().GetTransactionAsync(transaction.Txid, None);
        Assert.Equal(new byte[] { 0xff, 0xfe, 0x00, 0x80 }, found!.Transaction.FloData.ToArray());
    }

    [Theory]
    [InlineData("{\"floData\":\"text:a\"}", "text:a")]
    [InlineData("{\"tx-comment\":\"text:b\"}", "text:b")]
    [InlineData("{}", "")]
    [InlineData("{\"floData\":null}", "")]
    [InlineData("{\"floData\":{\"type\":\"Buffer\",\"data\":[116,58]}}", "t:")]
    public void Every_dialect_of_comments_is_read(string json, string expected)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Equal(expected, Encoding.UTF8.GetString(NodeJson.ReadFloData(document.RootElement)));
    }

    [Theory]
    [InlineData("{\"floData\":7}")]
    [InlineData("{\"floData\":{\"data\":[256]}}")]
    [InlineData("{\"hex\":\"00\"}")]
    public void Other_comments_are_a_format_error(string json)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Throws<FormatException>(() => NodeJson.ReadFloData(document.RootElement));
    }

    [Theory]
    [InlineData(-26, "64: dust", SendOutcome.Rejected)]
    [InlineData(-26, "64: too-long-mempool-chain", SendOutcome.ChainTooLong)]
    [InlineData(-26, "66: min relay fee not met", SendOutcome.FeeTooLow)]
    [InlineData(-26, "18: txn-mempool-conflict", SendOutcome.Conflict)]
    [InlineData(-26, "16: flo-data-too-large", SendOutcome.Rejected)]
    [InlineData(-25, "Missing inputs", SendOutcome.MissingInputs)]
    [InlineData(-25, "Flo Data too large", SendOutcome.Rejected)]
    [InlineData(-27, "transaction already in block chain", SendOutcome.AlreadyMined)]
    [InlineData(-26, "18: txn-already-in-mempool", SendOutcome.Accepted)]
    [InlineData(-22, "TX decode failed", SendOutcome.Rejected)]
    [InlineData(-26, "16: bad-txns-premature-spend-of-coinbase", SendOutcome.Later)]
    [InlineData(-22, "TX rejected: already have transaction 00", SendOutcome.Accepted)]
    [InlineData(-22, "TX rejected: orphan transaction 00 references outputs of unknown or fully-spent transaction 01", SendOutcome.MissingInputs)]
    [InlineData(-22, "TX rejected: transaction 00 has 5 fees which is under the required amount of 226", SendOutcome.FeeTooLow)]
    public async Task Refusals_are_classified(int code, string words, SendOutcome expected)
    {
        using var node = new FakeNode();
        node.Answers.Enqueue(id => FakeNode.Error(id, code, words));
        node.Answers.Enqueue(id => FakeNode.Error(id, -5, "No such mempool or blockchain transaction."));
        Assert.Equal(expected, (await node.Client().SendTransactionAsync(Genesis.Transactions[0], None)).Outcome);
    }

    /// <summary>Bitcoin Core 0.15 answers so when all outputs of a mined transaction are spent; taken for a spent coin, it would never be final.</summary>
    [Fact]
    public async Task A_refused_transaction_the_node_holds_is_accepted()
    {
        var sent = Genesis.Transactions[0];
        using var node = new FakeNode();
        node.Answers.Enqueue(id => FakeNode.Error(id, -25, "Missing inputs"));
        node.Answers.Enqueue(id => FakeNode.Result(id, $"{{\"hex\":\"{sent.ToHex()}\",\"blockhash\":\"{Genesis.Hash}\",\"confirmations\":7}}"));
        Assert.Equal(SendOutcome.AlreadyMined, (await node.Client().SendTransactionAsync(sent, None)).Outcome);
    }

    [Theory]
    [InlineData(-9, "Bitcoin is not connected!")]
    [InlineData(-31, "Error: Peer-to-peer functionality missing or disabled")]
    [InlineData(-32603, "internal error")]
    public async Task Trouble_of_the_node_is_no_judgement_of_a_transaction(int code, string words)
    {
        using var node = new FakeNode();
        node.Answers.Enqueue(id => FakeNode.Error(id, code, words));
        Assert.Contains(words, (await Assert.ThrowsAsync<FloNodeException>(() => node.Client().SendTransactionAsync(Genesis.Transactions[0], None))).Message, StringComparison.Ordinal);
    }

    /// <summary>flod's index of transactions still names the block a reorganisation took back, with 0 confirmations; what is only there has to be sent again.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_transaction_in_a_block_that_was_taken_back_is_not_held(int confirmations)
    {
        var sent = Genesis.Transactions[0];
        using var node = new FakeNode();
        node.Answers.Enqueue(id => FakeNode.Result(id, $"{{\"hex\":\"{sent.ToHex()}\",\"blockhash\":\"{Genesis.Hash}\",\"confirmations\":{confirmations}}}"));
        Assert.Null(await node.Client().GetTransactionAsync(sent.Txid, None));
    }

    [Fact]
    public async Task An_id_for_a_transaction_the_node_does_not_hold_is_no_acceptance()
    {
        using var node = new FakeNode();
        node.Answers.Enqueue(id => FakeNode.Result(id, $"\"{Genesis.Transactions[0].Txid}\""));
        for (var i = 0; i < 20; i++)
        {
            node.Answers.Enqueue(id => FakeNode.Error(id, -1, "TX not found."));
        }

        Assert.Equal(SendOutcome.Later, (await node.Client().SendTransactionAsync(Genesis.Transactions[0], None)).Outcome);
        Assert.Equal(11, node.Requests.Count);
    }

    /// <summary>fcoin's sendrawtransaction does not wait for its mempool.</summary>
    [Fact]
    public async Task A_transaction_that_a_node_holds_a_moment_later_is_accepted()
    {
        var sent = Genesis.Transactions[0];
        using var node = new FakeNode();
        node.Answers.Enqueue(id => FakeNode.Result(id, $"\"{sent.Txid}\""));
        node.Answers.Enqueue(id => FakeNode.Error(id, -1, "TX not found."));
        node.Answers.Enqueue(id => FakeNode.Result(id, $"{{\"hex\":\"{sent.ToHex()}\"}}"));
        Assert.Equal(SendOutcome.Accepted, (await node.Client().SendTransactionAsync(sent, None)).Outcome);
    }

    [Fact]
    public async Task A_new_cookie_is_read_when_the_old_one_is_refused()
    {
        var cookie = Path.GetTempFileName();
        await File.WriteAllTextAsync(cookie, "__cookie__:old", None);
        using var node = new FakeNode();
        var client = node.Client(o => o with { CookieFile = cookie });
        node.Answers.Enqueue(id => FakeNode.Result(id, "1"));
        await client.GetBlockCountAsync(None);
        await File.WriteAllTextAsync(cookie, "__cookie__:new", None);
        node.Answers.Enqueue(_ => new HttpResponseMessage(HttpStatusCode.Unauthorized));
        node.Answers.Enqueue(id => FakeNode.Result(id, "2"));
        Assert.Equal(2, await client.GetBlockCountAsync(None));
        Assert.Equal(["__cookie__:old", "__cookie__:old", "__cookie__:new"], node.Credentials);
        File.Delete(cookie);
    }

    [Fact]
    public void Passwords_do_not_show_themselves() =>
        Assert.DoesNotContain("secret", new FloRpcOptions { Endpoint = new Uri("http://127.0.0.1/"), User = "u", Password = new RpcPassword("secret") }.ToString(), StringComparison.Ordinal);
}
