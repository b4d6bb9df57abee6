using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.Tests.DevChain;

/// <summary>The typed client against the development chain's server, over real HTTP.</summary>
public sealed class RpcTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ChainFixture _f = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-rpc").FullName;
    private DevChainRpcServer _server = null!;
    private FloRpcClient _client = null!;

    private FloAddress Address => _f.Key.Address(FloNetwork.Development);

    public async ValueTask InitializeAsync()
    {
        _server = await DevChainRpcServer.StartAsync(_f.Chain, new DevChainRpcOptions { CookieFolder = _folder, WalletKey = _f.Key }, TimeProvider.System, None);
        _client = FloRpcClient.Create(new FloRpcOptions { Endpoint = _server.Endpoint, CookieFile = Path.Combine(_folder, ".cookie") }, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _f.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Blocks_and_transactions_are_mined_sent_and_read_back()
    {
        var mined = await _client.GenerateToAddressAsync(101, Address, None);
        Assert.Equal(101, await _client.GetBlockCountAsync(None));
        Assert.Equal(mined[^1], await _client.GetBestBlockHashAsync(None));
        var hashes = await _client.GetBlockHashesAsync(1, 103, None);
        Assert.Equal(mined, hashes.Take(101).Select(h => h!.Value));
        Assert.All(hashes.Skip(101), h => Assert.Null(h));
        var blocks = await _client.GetBlocksAsync([.. mined], None);
        Assert.All(blocks, b => Assert.Equal(BlockFault.None, BlockCheck.Check(b!, FloNetwork.Development)));
        Assert.Null(await _client.GetBlockAsync(Hash256.Zero, None));
        Assert.Equal(mined[3], (await _client.GetBlockHeaderAsync(mined[3], None))!.Hash);

        var coin = (await _client.ListUnspentAsync(Address, None)).First(u => u.Confirmations > 100);
        Assert.Equal(100 * Money.Coin, coin.Value);
        var transaction = _f.Spend(coin.OutPoint, coin.Value, floData: "text:über RPC");
        Assert.Equal(SendOutcome.Accepted, (await _client.SendTransactionAsync(transaction, None)).Outcome);
        Assert.Equal(SendOutcome.Accepted, (await _client.SendTransactionAsync(transaction, None)).Outcome);
        Assert.Equal([transaction.Txid], await _client.GetMempoolAsync(None));
        Assert.Equal(0, (await _client.GetTransactionAsync(transaction.Txid, None))!.Confirmations);
        await _client.GenerateToAddressAsync(1, Address, None);
        var found = (await _client.GetTransactionAsync(transaction.Txid, None))!;
        Assert.Equal(1, found.Confirmations);
        Assert.Equal(transaction.ToHex(), found.Transaction.ToHex());
        Assert.Equal(SendOutcome.AlreadyMined, (await _client.SendTransactionAsync(transaction, None)).Outcome);
        Assert.Null(await _client.GetTransactionAsync(Hash256.Zero, None));
        var info = await _client.GetChainInfoAsync(None);
        Assert.Equal(("etdb-development", 102), (info.Chain, info.Height));
        Assert.Equal(1000, await _client.EstimateFeeAsync(6, None));
    }

    [Fact]
    public async Task Refusals_are_told_apart()
    {
        await _client.GenerateToAddressAsync(101, Address, None);
        var coin = (await _client.ListUnspentAsync(Address, None)).First(u => u.Confirmations > 100);
        async Task<SendOutcome> Send(FloTransaction t) => (await _client.SendTransactionAsync(t, None)).Outcome;
        Assert.Equal(SendOutcome.FeeTooLow, await Send(_f.Spend(coin.OutPoint, coin.Value, fee: 1)));
        Assert.Equal(SendOutcome.Rejected, await Send(_f.Spend(coin.OutPoint, coin.Value, floData: new string('x', 1041))));
        Assert.Equal(SendOutcome.MissingInputs, await Send(_f.Spend(new OutPoint(Hash256.Zero, 3), coin.Value)));
        Assert.Equal(SendOutcome.Accepted, await Send(_f.Spend(coin.OutPoint, coin.Value)));
        Assert.Equal(SendOutcome.Conflict, await Send(_f.Spend(coin.OutPoint, coin.Value, fee: 20_000)));
    }

    [Fact]
    public async Task Reorganisations_are_commanded_by_rpc()
    {
        var mined = await _client.GenerateToAddressAsync(4, Address, None);
        await _client.InvalidateBlockAsync(mined[2], None);
        Assert.Equal(2, await _client.GetBlockCountAsync(None));
        await _client.GenerateToAddressAsync(1, Address, None);
        await _client.ReconsiderBlockAsync(mined[2], None);
        Assert.Equal(mined[3], await _client.GetBestBlockHashAsync(None));
        var refused = await Assert.ThrowsAsync<FloNodeException>(() => _client.InvalidateBlockAsync(Hash256.Zero, None));
        Assert.Equal((FloNodeFailure.Refused, -5), (refused.Failure, refused.RpcCode!.Value));
        var tips = await _client.ReadAsync("getchaintips", null, None);
        Assert.Equal(2, tips.GetArrayLength());
    }

    [Fact]
    public async Task Old_tools_forms_are_understood()
    {
        var mined = await _client.GenerateToAddressAsync(101, Address, None);
        var byNames = await _client.ReadAsync("getblock", new JsonArray(mined[0].ToString(), true, true), None);
        Assert.Equal(JsonValueKind.Object, byNames.GetProperty("tx")[0].ValueKind);
        var one = await _client.ReadAsync("getblock", new JsonArray(mined[0].ToString()), None);
        Assert.Equal(JsonValueKind.String, one.GetProperty("tx")[0].ValueKind);
        var coin = (await _client.ListUnspentAsync(Address, None)).First(u => u.Confirmations > 100);
        var inputs = new JsonArray(new JsonObject { ["txid"] = coin.OutPoint.Txid.ToString(), ["vout"] = coin.OutPoint.Index });
        var raw = await _client.ReadAsync("createrawtransaction", new JsonArray(inputs, new JsonObject { [Address.Text] = 99.5m }, 0, false, "text:über"), None);
        var decoded = await _client.ReadAsync("decoderawtransaction", new JsonArray(raw.GetString()), None);
        Assert.Equal("text:über", decoded.GetProperty("floData").GetString());
        Assert.Equal(99.5m, decoded.GetProperty("vout")[0].GetProperty("value").GetDecimal());
        Assert.Equal("text:über"u8.ToArray(), NodeJson.ReadFloData(decoded));
        var scan = await _client.ReadAsync("scantxoutset", new JsonArray("start", new JsonArray($"addr({Address})")), None);
        Assert.Equal(10_100m, scan.GetProperty("total_amount").GetDecimal());
        var verified = await _client.ReadAsync("verifymessage", new JsonArray(Address.Text, MessageSigner.Sign(_f.Key, "hi"), "hi"), None);
        Assert.True(verified.GetBoolean());
    }

    [Fact]
    public async Task Old_publishers_calls_send_comments()
    {
        await _client.GenerateToAddressAsync(100, Address, None);
        var generated = await _client.ExecuteAsync("generate", new JsonArray(1, 1_000_000, "text:third"), None);
        var block = await _client.GetBlockAsync(Hash256.Parse(generated[0].GetString()!), None);
        Assert.Equal("text:third", block!.Transactions[0].FloDataText());
        Assert.Equal(Address.ToScript(), block.Transactions[0].Outputs[0].Script.ToArray());
        Assert.Equal(100m * 2, (await _client.ReadAsync("getbalance", null, None)).GetDecimal());
        var positional = await _client.ExecuteAsync("sendtoaddress", new JsonArray(Address.Text, 0.1m, "", "", false, false, 1, "UNSET", "text:ninth"), None);
        var named = await _client.ExecuteAsync("sendtoaddress", new JsonArray(new JsonObject { ["address"] = Address.Text, ["amount"] = 0.1m, ["floData"] = "text:named" }), None);
        var from = await _client.ExecuteAsync("sendfrom", new JsonArray("", Address.Text, 0.1m, 1, "", "", "text:seventh"), None);
        var many = await _client.ExecuteAsync("sendmany", new JsonArray("", new JsonObject { [Address.Text] = 0.1m }, 1, "", new JsonArray(), false, 1, "UNSET", "text:many"), None);
        foreach (var (txid, comment) in new[] { (positional, "text:ninth"), (named, "text:named"), (from, "text:seventh"), (many, "text:many") })
        {
            var found = await _client.GetTransactionAsync(Hash256.Parse(txid.GetString()!), None);
            Assert.Equal(comment, found!.Transaction.FloDataText());
        }

        var poor = await Assert.ThrowsAsync<FloNodeException>(() => _client.ExecuteAsync("sendtoaddress", new JsonArray(Address.Text, 100_000m), None));
        Assert.Equal(-6, poor.RpcCode);
        var signed = await _client.ReadAsync("signmessage", new JsonArray(Address.Text, "hi"), None);
        Assert.Equal(MessageSigner.Sign(_f.Key, "hi"), signed.GetString());
    }

    [Fact]
    public async Task Wrong_credentials_and_unknown_methods_are_named()
    {
        using var stranger = FloRpcClient.Create(new FloRpcOptions { Endpoint = _server.Endpoint, User = "x", Password = new RpcPassword("y") }, TimeProvider.System);
        var refused = await Assert.ThrowsAsync<FloNodeException>(() => stranger.GetBlockCountAsync(None));
        Assert.Equal(FloNodeFailure.Unauthorized, refused.Failure);
        var unknown = await Assert.ThrowsAsync<FloNodeException>(() => _client.ReadAsync("nosuchmethod", null, None));
        Assert.Equal(-32601, unknown.RpcCode);
        using var inProcess = FloRpcClient.Create(_server.ClientOptions(), TimeProvider.System);
        Assert.Equal(0, await inProcess.GetBlockCountAsync(None));
    }
}
