using System.Text.Json;
using Etdb.Domain.Audit;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Addresses;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Storage.Sqlite;
using Etdb.Testing;
using EvidenceEntry = Etdb.Storage.Evidence.EvidenceEntry;

namespace Etdb.Integration.Tests.Operators;

/// <summary>
/// Aim: a day's root in the ledger proves to strangers what the log said. Method: a log on disk, a development chain, the built command; then a log that was written anew with a
/// chain of hashes as good as the first.
/// </summary>
public sealed class EvidenceAnchorTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly FloNetwork Network = FloNetwork.Development;
    private static readonly DateTimeOffset Day = new(2026, 5, 17, 8, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly DevelopmentChain _chain = DevelopmentChain.Open(new DevelopmentChainOptions(), TimeProvider.System);
    private DevChainRpcServer _server = null!;
    private string _address = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Flo => new UriBuilder(_server.Endpoint) { UserName = "test", Password = "secret" }.Uri.ToString();

    public async ValueTask InitializeAsync()
    {
        _server = await DevChainRpcServer.StartAsync(_chain, new DevChainRpcOptions { User = "test", Password = new RpcPassword("secret") }, TimeProvider.System, Ct);
        await File.WriteAllTextAsync(_folder.At("secret"), "correct horse\n", Ct);
        _address = (await JsonAsync(0, "flo", "key", "new", "--key-file", _folder.At("a.key"), "--passphrase-file", _folder.At("secret"), "--network", Network.Name)).GetProperty("address").GetString()!;
        Mine(103);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _chain.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_days_root_stands_in_the_ledger_and_a_log_that_was_written_anew_does_not_match_it()
    {
        var log = await WriteAsync("log", 40, "passed");
        string[] anchor =
        [
            "evidence", "anchor", log, "--day", "2026-05-17", "--key-file", _folder.At("a.key"), "--passphrase-file", _folder.At("secret"), "--flo", Flo, "--state", _folder.At("state"),
        ];
        var first = await JsonAsync(0, anchor);
        var txid = first.GetProperty("txid").GetString()!;
        Assert.Equal((40, 1), (first.GetProperty("count").GetInt32(), _chain.MempoolCount));
        Assert.Equal(txid, (await JsonAsync(0, anchor)).GetProperty("txid").GetString());
        Assert.Equal(1, _chain.MempoolCount);
        Mine(3);

        var found = Assert.Single((await JsonAsync(0, "evidence", "verify", log, "--anchor", txid, "--flo", Flo)).GetProperty("anchors").EnumerateArray());
        Assert.Equal(("2026-05-17", 3, JsonValueKind.Null), (found.GetProperty("day").GetString(), found.GetProperty("confirmations").GetInt32(), found.GetProperty("problem").ValueKind));

        // The log itself names the transaction as well: nobody has to remember it.
        await AppendAsync(log, new EvidenceEntry(Day.AddDays(1), "anchor", null, null, "anchored", JsonSerializer.Serialize(new { txid })));
        Assert.Single((await JsonAsync(0, "evidence", "verify", log, "--flo", Flo)).GetProperty("anchors").EnumerateArray());

        var anew = await WriteAsync("anew", 40, "missing");
        Assert.True((await JsonAsync(0, "evidence", "verify", anew)).GetProperty("valid").GetBoolean());
        Assert.Contains("written anew", (await JsonAsync(1, "evidence", "verify", anew, "--anchor", txid, "--flo", Flo)).GetProperty("problem").GetString(), StringComparison.Ordinal);
        var cut = await WriteAsync("cut", 39, "passed");
        Assert.Contains("the log has 39", (await JsonAsync(1, "evidence", "verify", cut, "--anchor", txid, "--flo", Flo)).GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_anchor_and_days_without_a_root_are_told()
    {
        var log = await WriteAsync("log", 3, "passed");
        string[] key = ["--key-file", _folder.At("a.key"), "--passphrase-file", _folder.At("secret"), "--flo", Flo, "--state", _folder.At("state")];
        await JsonAsync(1, false, ["evidence", "anchor", log, "--day", "1999-12-31", .. key]);
        await JsonAsync(2, false, ["evidence", "anchor", log, "--day", "9999-12-30", .. key]);
        await JsonAsync(2, false, ["evidence", "verify", log, "--anchor", "no id", "--flo", Flo]);
        var unknown = await JsonAsync(1, "evidence", "verify", log, "--anchor", new string('a', 64), "--flo", Flo);
        Assert.Contains("does not know", unknown.GetProperty("problem").GetString(), StringComparison.Ordinal);
        await JsonAsync(1, false, ["evidence", "verify", log, "--anchor", new string('a', 64), "--flo", "http://127.0.0.1:1"]);
    }

    private static Task<JsonElement> JsonAsync(int exit, params string[] arguments) => JsonAsync(exit, true, arguments);

    private static async Task<JsonElement> JsonAsync(int exit, bool document, string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, [.. arguments, "--json"]);
        Assert.True(code == exit, $"etdb {string.Join(' ', arguments)} ended with {code}, not {exit}.\n{output}\n{errors}");
        return document ? JsonSerializer.Deserialize<JsonElement>(output) : default;
    }

    private async Task<string> WriteAsync(string name, int entries, string outcome)
    {
        Directory.CreateDirectory(_folder.At(name));
        var path = Path.Combine(_folder.At(name), SqliteEvidenceLog.FileName);
        await AppendAsync(path, [.. Enumerable.Range(0, entries).Select(i => new EvidenceEntry(Day.AddMinutes(i), "audit", $"d{i}", "n1", outcome, "{}"))]);
        return path;
    }

    private static async Task AppendAsync(string path, params EvidenceEntry[] entries)
    {
        using var log = new SqliteEvidenceLog(path);
        await log.StartAsync(Ct);
        await log.AppendAsync(entries, Ct);
        await log.StopAsync(Ct);
    }

    private void Mine(int blocks) => _chain.Mine(blocks, FloAddress.Parse(_address, Network).ToScript(), default, CancellationToken.None);
}
