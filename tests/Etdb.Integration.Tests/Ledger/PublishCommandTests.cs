using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Addresses;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Flo.Scripts;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Ledger;

/// <summary><c>etdb publish</c> from the command line, with an embedded IPFS node and a development chain and no silo: a dataset's whole life.</summary>
public sealed class PublishCommandTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly FloNetwork Network = FloNetwork.Development;

    private readonly TemporaryFolder _folder = new();
    private readonly ShiftedTime _clock = new();
    private readonly DevelopmentChain _chain;
    private DevChainRpcServer _server = null!;
    private EtdbProcess _node = null!;
    private string _nodeAddress = "";
    private string _address = "";
    private string _publicKey = "";

    public PublishCommandTests() => _chain = DevelopmentChain.Open(new DevelopmentChainOptions(), _clock);

    private string Dataset => _folder.At("dataset");

    private string Flo => new UriBuilder(_server.Endpoint) { UserName = "test", Password = "secret" }.Uri.ToString();

    public async ValueTask InitializeAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        _server = await DevChainRpcServer.StartAsync(_chain, new DevChainRpcOptions { User = "test", Password = new RpcPassword("secret") }, TimeProvider.System, ct);
        await File.WriteAllTextAsync(_folder.At("secret"), "correct horse\n", ct);
        using var key = await JsonAsync("flo", "key", "new", "--key-file", _folder.At("lab.key"), "--passphrase-file", _folder.At("secret"), "--network", Network.Name);
        (_address, _publicKey) = (key.RootElement.GetProperty("address").GetString()!, key.RootElement.GetProperty("publicKey").GetString()!);
        Mine(103);
        using var _ = await JsonAsync("node", "init", "--data", _folder.At("node"), "--api", $"127.0.0.1:{FreePort()}", "--gateway", $"127.0.0.1:{FreePort()}", "--reserve", "0");
        _node = EtdbProcess.Start("node", "run", "--data", _folder.At("node"));
        var ready = await _node.WaitForLineAsync(l => l.Contains("ready, RPC", StringComparison.Ordinal), Limit, "the IPFS node");
        _nodeAddress = ready.Split("RPC ")[1].Split(',')[0];
        Directory.CreateDirectory(Path.Combine(Dataset, "rawdata"));
        await File.WriteAllBytesAsync(Path.Combine(Dataset, "rawdata", "tilt.mrc"), new byte[300_000], ct);
        Describe("A cell");
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }

        await _server.DisposeAsync();
        _chain.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_dataset_is_estimated_published_changed_withdrawn_and_published_anew()
    {
        using var estimate = await JsonAsync("publish", Dataset, "--key-file", _folder.At("lab.key"), "--passphrase-file", _folder.At("secret"), "--dry-run", "--flo", "http://127.0.0.1:1");
        var published = await PublishAsync();
        Assert.Equal("publish", Text(published, "kind"));
        foreach (var same in new[] { "root", "parts", "transactions", "floDataBytes" })
        {
            Assert.Equal(estimate.RootElement.GetProperty(same).ToString(), published.GetProperty(same).ToString());
        }

        Assert.InRange(published.GetProperty("feeFlo").GetDecimal(), 0, estimate.RootElement.GetProperty("feeFlo").GetDecimal() * 1.01m);
        Mine(1);
        Assert.Equal(["A cell"], await TitlesAsync());

        // Nothing changed: nothing is written.
        Assert.Equal("unchanged", Text(await PublishAsync(), "kind"));
        Assert.Equal(0, _chain.MempoolCount);

        // Description and files changed: an edit of the same record.
        Describe("A cell, better described");
        await File.WriteAllTextAsync(Path.Combine(Dataset, "rawdata", "notes.txt"), "new", TestContext.Current.CancellationToken);
        using var planned = await JsonAsync([.. Arguments(), "--dry-run"]);
        var edited = await PublishAsync();
        foreach (var same in new[] { "kind", "recordTxid", "root", "parts", "transactions", "floDataBytes" })
        {
            Assert.Equal(planned.RootElement.GetProperty(same).ToString(), edited.GetProperty(same).ToString());
        }

        Assert.Equal(("edit", Text(published, "recordTxid")), (Text(edited, "kind"), Text(edited, "recordTxid")));
        Assert.NotEqual(Text(published, "root"), Text(edited, "root"));
        Mine(1);
        Assert.Equal(["A cell, better described"], await TitlesAsync());

        // A touched file whose content is the same leads to nothing.
        File.SetLastWriteTimeUtc(Path.Combine(Dataset, "rawdata", "notes.txt"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal("unchanged", Text(await PublishAsync(), "kind"));
        using var nothing = await JsonAsync([.. Arguments(), "--dry-run"]);
        Assert.Equal(("unchanged", 0), (Text(nothing.RootElement, "kind"), nothing.RootElement.GetProperty("parts").GetInt32()));

        Assert.Equal("deactivate", Text(await PublishAsync("--deactivate"), "kind"));
        Mine(1);
        Assert.Empty(await TitlesAsync());
        var (code, _, errors) = await EtdbProcess.RunAsync(Limit, Arguments());
        Assert.True(code == 2 && errors.Contains("withdrawn", StringComparison.Ordinal), errors);
        var anew = await PublishAsync("--again");
        Assert.NotEqual(Text(published, "recordTxid"), Text(anew, "recordTxid"));
        Mine(1);
        Assert.Equal(["A cell, better described"], await TitlesAsync());

        // Section 8.3, "--nocopy ties blocks to file paths": what was published does not need the files any more.
        Directory.Delete(Dataset, recursive: true);
        using var kept = await JsonAsync("ipfs", "verify", "--node", _nodeAddress, Text(anew, "root"));
        Assert.True(kept.RootElement.GetProperty("complete").GetBoolean());
    }

    [Fact]
    public async Task Another_program_signs_and_confirmations_are_waited_for()
    {
        var signer = $"{EtdbProcess.Path} flo signer --key-file {_folder.At("lab.key")} --passphrase-file {_folder.At("secret")}";
        string[] arguments =
        [
            "publish", Dataset, "--signer", signer, "--public-key", _publicKey, "--network", Network.Name,
            "--node", _nodeAddress, "--flo", Flo, "--state", _folder.At("state"), "--wait", "3", "--json",
        ];
        await using var process = EtdbProcess.Start(arguments);
        using var limit = new CancellationTokenSource(Limit);
        while (!process.HasExited)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, limit.Token);
            if (_chain.MempoolCount > 0 || _chain.Tip.Height > 103)
            {
                Mine(1);
            }
        }

        Assert.True(await process.WaitAsync(Limit) == 0, process.Errors);
        using var answer = JsonDocument.Parse(process.Output);
        Assert.InRange(answer.RootElement.GetProperty("confirmations").GetInt32(), 3, int.MaxValue);
        Assert.Equal(["A cell"], await TitlesAsync());
    }

    [Fact]
    public async Task A_name_is_registered_once_and_a_busy_state_folder_is_left_alone()
    {
        var registered = await PublishAsync("--register", "Jensen Lab");
        Assert.Equal("register", Text(registered, "kind"));
        Mine(1);
        Assert.Equal("Jensen Lab", (await IndexAsync(i => i.FindRegistration("pub", _address)))!.Message.Alias);
        await using (new FileStream(Path.Combine(_folder.At("state"), ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            var (code, _, errors) = await EtdbProcess.RunAsync(Limit, Arguments());
            Assert.True(code == 1 && errors.Contains("another etdb publish", StringComparison.Ordinal), errors);
        }
    }

    [Fact]
    public async Task What_cannot_be_paid_or_reached_is_said_and_nothing_is_lost()
    {
        var (code, _, errors) = await EtdbProcess.RunAsync(Limit, [.. Arguments(), "--fee", "999"]);
        Assert.True(code == 2 && errors.Contains("--fee", StringComparison.Ordinal), errors);
        (code, _, errors) = await EtdbProcess.RunAsync(Limit, [.. Arguments(), "--fee", "10000000"]);
        Assert.True(code == 1 && errors.Contains("fee", StringComparison.Ordinal), errors);
        string[] unreachable = [.. Arguments().Select(a => a == Flo ? "http://127.0.0.1:1" : a)];
        (code, _, errors) = await EtdbProcess.RunAsync(Limit, unreachable);
        Assert.True(code == 1 && errors.Contains("127.0.0.1:1", StringComparison.Ordinal), errors);
        await PublishAsync();
        Mine(1);
        Assert.Single(await TitlesAsync());
    }

    /// <summary>Found by review: an unchanged folder was "nothing to do" when the mempool had dropped its record, and an edit made its unconfirmed record forgotten.</summary>
    [Fact]
    public async Task What_a_mempool_forgot_is_sent_again_by_the_next_run()
    {
        var published = await PublishAsync();
        Describe("A cell, edited before it was in a block");
        Assert.Equal("edit", Text(await PublishAsync(), "kind"));
        _clock.Shift(TimeSpan.FromHours(337));
        Assert.False(_chain.Submit(_chain.Read(_chain.Tip).Transactions[0]).IsAccepted);
        Assert.Equal(0, _chain.MempoolCount);
        Assert.Equal(("unchanged", Text(published, "recordTxid")), (Text(await PublishAsync(), "kind"), Text(published, "recordTxid")));
        Mine(1);
        Assert.Equal(["A cell, edited before it was in a block"], await TitlesAsync());
    }

    /// <summary>Found by review: <c>--again</c> made a second record of one whose acceptance had not been heard.</summary>
    [Fact]
    public async Task What_the_ledger_took_without_an_answer_is_not_published_again()
    {
        await using var deaf = new LosingProxy(_server.Endpoint, "sendrawtransaction");
        var flo = new UriBuilder(deaf.Endpoint) { UserName = "test", Password = "secret" }.Uri.ToString();
        await using (EtdbProcess.Start([.. Arguments().Select(a => a == Flo ? flo : a)]))
        {
            using var limit = new CancellationTokenSource(Limit);
            while (_chain.MempoolCount == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
            }
        }

        var waiting = _chain.ListMempool()[0].Transaction.Txid.ToString();
        Assert.Equal(waiting, Text(await PublishAsync("--again"), "recordTxid"));
        Mine(1);
        Assert.Equal(["A cell"], await TitlesAsync());
    }

    private void Mine(int blocks) => _chain.Mine(blocks, FloAddress.Parse(_address, Network).ToScript(), default, CancellationToken.None);

    private void Describe(string title) => File.WriteAllText(
        Path.Combine(Dataset, "dataset.json"), JsonSerializer.Serialize(new { title, details = new { speciesName = "E. coli", artNotes = new string('n', 700) } }));

    private string[] Arguments() =>
    [
        "publish", Dataset, "--key-file", _folder.At("lab.key"), "--passphrase-file", _folder.At("secret"),
        "--node", _nodeAddress, "--flo", Flo, "--state", _folder.At("state"),
    ];

    private async Task<JsonElement> PublishAsync(params string[] more)
    {
        using var answer = await JsonAsync([.. Arguments(), .. more]);
        return answer.RootElement.Clone();
    }

    private static async Task<JsonDocument> JsonAsync(params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, [.. arguments, "--json"]);
        Assert.True(code == 0, errors);
        return JsonDocument.Parse(output);
    }

    private static string Text(JsonElement answer, string name) => answer.GetProperty(name).GetString()!;

    private Task<IReadOnlyList<string>> TitlesAsync() => IndexAsync(i => (IReadOnlyList<string>)[.. i.Records().Where(r => !r.IsDeactivated).Select(r =>
    {
        Assert.True(r.IsContentProven);
        return r.Current.Artifact.Title;
    })]);

    private async Task<T> IndexAsync<T>(Func<OipIndex, T> look)
    {
        using var client = FloRpcClient.Create(_server.ClientOptions(), TimeProvider.System);
        using var index = LedgerIndex.Open(_folder.At("ledger.db"), Network);
        Assert.True(await new LedgerFollower(new RpcChainSource(client), index, new FollowerOptions { StepBudget = Limit }, TimeProvider.System).CatchUpAsync(CancellationToken.None));
        Assert.Empty(index.Read(i => i.Refusals()));
        return index.Read(look);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
