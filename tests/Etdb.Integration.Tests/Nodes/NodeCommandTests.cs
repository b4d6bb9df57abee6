using System.Text.Json;
using Etdb.Ipfs.Cids;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Nodes;

/// <summary><c>etdb node init|run|status|gc|verify</c> as an operator types them.</summary>
public sealed class NodeCommandTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-nodecmd-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_folder, "node");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_node_is_made_run_asked_cleaned_stopped_and_verified()
    {
        await NodeProcess.InitAsync(Data);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Data, "identity.pem")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Data, "node.json")));
        }

        await using var node = await NodeProcess.RunAsync(Data);
        var kept = await node.AddAsync(Bytes(300_000, 1), "cid-version=1&raw-leaves=true", Token);
        await node.AddAsync(Bytes(300_000, 2), "cid-version=1&raw-leaves=true&pin=false", Token);
        var api = node.Endpoint.Api.ToString();

        var (code, json) = await JsonAsync("node", "status", "--node", api, "--json");
        Assert.Equal(0, code);
        Assert.True(json.GetProperty("reachable").GetBoolean());
        Assert.Equal(1, json.GetProperty("pins").GetInt64());
        Assert.Equal(node.RepositoryId, json.GetProperty("repositoryId").GetString());

        (code, json) = await JsonAsync("node", "gc", "--node", api, "--json");
        Assert.Equal(0, code);
        Assert.True(json.GetProperty("removed").GetInt64() >= 3); // two leaves and their root
        (code, json) = await JsonAsync("node", "gc", "--node", api, "--json");
        Assert.Equal(0, json.GetProperty("removed").GetInt64());

        (code, json) = await JsonAsync("ipfs", "verify", "--node", api, kept.ToString(), "--json");
        Assert.Equal(0, code);
        Assert.True(json.GetProperty("complete").GetBoolean());
        Assert.Equal(3, json.GetProperty("blocks").GetInt64());

        var (busy, _, errors) = await EtdbProcess.RunAsync(Limit, "node", "verify", "--data", Data);
        Assert.Equal(2, busy);
        Assert.Contains("in use by another process", errors, StringComparison.Ordinal);

        Assert.Equal(0, await node.StopAsync());
        (code, json) = await JsonAsync("node", "verify", "--data", Data, "--json");
        Assert.Equal(0, code);
        Assert.True(json.GetProperty("clean").GetBoolean());
        Assert.Equal(3, json.GetProperty("blocks").GetInt64());

        var (down, status, _) = await EtdbProcess.RunAsync(Limit, "node", "status", "--node", api);
        Assert.Equal(1, down);
        Assert.Contains("does not answer", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_names_a_bad_block_and_the_honest_check_too()
    {
        await NodeProcess.InitAsync(Data);
        Cid root;
        await using (var node = await NodeProcess.RunAsync(Data))
        {
            root = await node.AddAsync(Bytes(600_000, 1), "cid-version=1&raw-leaves=true", Token);
            Assert.Equal(0, await node.StopAsync());
        }

        var segment = Directory.GetFiles(Path.Combine(Data, "store", "blocks"), "*.blk").Single();
        using (var file = File.OpenHandle(segment, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.Write(file, [1, 2, 3, 4], 5000); // in the first leaf
        }

        await using (var node = await NodeProcess.RunAsync(Data))
        {
            var (asked, report) = await JsonAsync("ipfs", "verify", "--node", node.Endpoint.Api.ToString(), root.ToString(), "--json");
            Assert.Equal(1, asked);
            Assert.False(report.GetProperty("complete").GetBoolean());
            Assert.Single(report.GetProperty("corrupt").EnumerateArray());
            Assert.Equal(0, await node.StopAsync());
        }

        var (code, json) = await JsonAsync("node", "verify", "--data", Data, "--json");
        Assert.Equal(1, code);
        Assert.Single(json.GetProperty("corrupt").EnumerateArray());
    }

    [Fact]
    public async Task A_store_whose_disk_is_not_mounted_is_refused_until_that_is_said_to_be_meant()
    {
        await NodeProcess.InitAsync(Data);
        await using (var node = await NodeProcess.RunAsync(Data))
        {
            Assert.Equal(0, await node.StopAsync());
        }

        Directory.Delete(Path.Combine(Data, "store"), recursive: true);
        Directory.CreateDirectory(Path.Combine(Data, "store"));
        var (code, _, errors) = await EtdbProcess.RunAsync(Limit, "node", "run", "--data", Data);
        Assert.Equal(2, code);
        Assert.Contains("is the disk mounted?", errors, StringComparison.Ordinal);
        await using var anew = await NodeProcess.RunAsync(Data, "--accept-store");
        Assert.Equal(0, await anew.StopAsync());
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_in_one_line_with_the_right_exit_code()
    {
        var cid = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
        Directory.CreateDirectory(Data);
        foreach (var (expected, part, arguments) in new (int, string, string[])[]
        {
            (2, "make the node first", ["node", "run", "--data", Data]),
            (2, "make the node first", ["node", "verify", "--data", Data]),
            (2, "expected ADDRESS:PORT", ["node", "init", "--data", Data, "--api", "5001"]),
            (2, "is not a size", ["node", "init", "--data", Data, "--capacity", "-1"]),
            (2, "add at least one secret", ["node", "init", "--data", Data, "--api", "0.0.0.0:5001"]),
            (2, "no gateway address", ["node", "init", "--data", Data, "--peer", "ftp://x"]),
            (2, "expected the address", ["node", "status", "--node", "nonsense"]),
            (2, "expected the address", ["ipfs", "verify", "--node", "nonsense", cid]),
            (2, "not a CID", ["ipfs", "verify", "--node", "http://127.0.0.1:9", "not-a-cid"]),
            (1, "unknown", ["ipfs", "verify", "--node", "http://127.0.0.1:9", cid]),
        })
        {
            var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
            var said = string.Join(' ', arguments) + ": " + output + errors;
            Assert.True(code == expected, said);
            Assert.Contains(part, output + errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", said, StringComparison.Ordinal); // no stack trace
        }

        File.WriteAllText(Path.Combine(Data, "node.json"), "{\"api\":\"127.0.0.1:1\",\"typo\":1}");
        var (wrong, _, complaint) = await EtdbProcess.RunAsync(Limit, "node", "run", "--data", Data);
        Assert.Equal(2, wrong);
        Assert.Contains("typo", complaint, StringComparison.Ordinal);
    }

    private static async Task<(int Code, JsonElement Json)> JsonAsync(params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
        Assert.True(output.TrimStart().StartsWith('{'), $"{string.Join(' ', arguments)} ended with {code}: {output}{errors}");
        using var json = JsonDocument.Parse(output);
        return (code, json.RootElement.Clone());
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
