using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;

namespace Etdb.Benchmarks.Oip;

/// <summary>
/// Indexes an ETDB-sized history from a local JSON-RPC into SQLite and compares with merely fetching and JSON-parsing the same blocks, with
/// transactions decoded (as an indexer that trusts its node would) and as hex (what the follower asks for). Aim: at most twice the former.
/// Arguments: <c>--records N --comments N --blocks N --json</c>.
/// </summary>
public static class IndexBenchmark
{
    private const double Aim = 2.0;
    private const int BatchBlocks = 100;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>Runs; 0 when the aim was met, 1 when not.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        var records = Argument(args, "--records", 11_293);
        var comments = Argument(args, "--comments", 25_000);
        var blocks = Argument(args, "--blocks", 12_000);
        var rounds = Argument(args, "--rounds", 5);
        if (args.Contains("--serve"))
        {
            return await ServeAsync(GeneratedHistory.Make(records, comments, blocks), output, ct);
        }

        using var server = StartServer(args);
        var address = new Uri(await server.StandardOutput.ReadLineAsync(ct) ?? throw new InvalidOperationException("The block server did not start."));
        using var client = FloRpcClient.Create(new FloRpcOptions { Endpoint = address }, TimeProvider.System);
        var tip = await client.GetBlockHashAsync(blocks, ct) ?? throw new InvalidOperationException("The server has fewer blocks.");

        // Once through everything, so that all of it is compiled, then the figures.
        await FetchAsync(client, blocks, 2, ct);
        await IndexAsync(client, tip, blocks, ct);
        await Task.Delay(WarmUp, TimeProvider.System, ct);
        var (fetchJson, fetchHex, seconds) = (double.MaxValue, double.MaxValue, double.MaxValue);
        var (fetchJsonCpu, indexCpu, indexed, bytes) = (0.0, 0.0, 0, 0L);
        var allocated = GC.GetTotalAllocatedBytes();
        var (young, collections, paused) = (GC.CollectionCount(0), GC.CollectionCount(2), GC.GetTotalPauseDuration());
        for (var round = 0; round < rounds; round++)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            fetchJson = Math.Min(fetchJson, await FetchAsync(client, blocks, 2, ct));
            fetchJsonCpu = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
            fetchHex = Math.Min(fetchHex, await FetchAsync(client, blocks, false, ct));
            cpu = Environment.CpuUsage.TotalTime;
            allocated = GC.GetTotalAllocatedBytes();
            (young, collections, paused) = (GC.CollectionCount(0), GC.CollectionCount(2), GC.GetTotalPauseDuration());
            (var took, indexed, bytes) = await IndexAsync(client, tip, blocks, ct);
            seconds = Math.Min(seconds, took);
            indexCpu = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        }

        server.StandardInput.Close();
        await server.WaitForExitAsync(ct);
        var figures = new
        {
            records, comments, blocks, rounds, recordsIndexed = indexed, databaseBytes = bytes,
            fetchJsonSeconds = Math.Round(fetchJson, 2), fetchHexSeconds = Math.Round(fetchHex, 2), indexSeconds = Math.Round(seconds, 2),
            allocatedMegabytes = (GC.GetTotalAllocatedBytes() - allocated) >> 20, collections = GC.CollectionCount(0) - young, fullCollections = GC.CollectionCount(2) - collections,
            pausedSeconds = Math.Round((GC.GetTotalPauseDuration() - paused).TotalSeconds, 2),
            fetchJsonCpuSeconds = Math.Round(fetchJsonCpu, 2), indexCpuSeconds = Math.Round(indexCpu, 2),
            ratioToJson = Math.Round(seconds / fetchJson, 2), ratioToHex = Math.Round(seconds / fetchHex, 2), aim = Aim, met = seconds / fetchJson <= Aim && indexed == records,
        };
        if (args.Contains("--json"))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(figures));
        }
        else
        {
            await output.WriteLineAsync(
                $"{indexed} records, {comments} comments, {blocks} blocks: fetch and parse {figures.fetchJsonSeconds} s (hex {figures.fetchHexSeconds} s), "
                + $"index into SQLite {figures.indexSeconds} s = {figures.ratioToJson} times (hex {figures.ratioToHex}); aim {Aim}");
        }

        return figures.met ? 0 : 1;
    }

    /// <summary>The node, in a process of its own as a node is: what it allocates is no business of the client's collector.</summary>
    private static Process StartServer(string[] args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in args.Where(a => a != "--json").Prepend("index").Append("--serve"))
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    /// <summary>Serves until the process that started it is gone.</summary>
    private static async Task<int> ServeAsync(GeneratedHistory history, TextWriter output, CancellationToken ct)
    {
        await using var server = await BlockServer.StartAsync(history, ct);
        await output.WriteLineAsync(server.Address.ToString());
        await output.FlushAsync(ct);
        await Console.In.ReadToEndAsync(ct);
        return 0;
    }

    private static int Argument(string[] args, string name, int otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
    }

    private static async Task<double> FetchAsync(FloRpcClient client, int blocks, JsonNode verbosity, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        for (var first = 0; first <= blocks; first += BatchBlocks)
        {
            var hashes = await client.GetBlockHashesAsync(first, Math.Min(BatchBlocks, blocks + 1 - first), ct);
            var calls = hashes.Select(h => new RpcCall("getblock", new JsonArray(h!.Value.ToString(), verbosity.DeepClone()))).ToList();
            var answers = await client.ReadBatchAsync(calls, ct);
            if (!answers.All(a => a.Succeeded))
            {
                throw new InvalidOperationException("The server refused a block it has.");
            }
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<(double Seconds, int Records, long Bytes)> IndexAsync(FloRpcClient client, Hash256 tip, int blocks, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("etdb-bench-").FullName;
        try
        {
            var path = Path.Combine(folder, "ledger.db");
            using var index = LedgerIndex.Open(path, FloNetwork.Regtest);
            var known = new Dictionary<int, Hash256> { [blocks] = tip };
            var options = new FollowerOptions { StepBudget = TimeSpan.FromHours(1), FurtherCheckpoints = known.ToFrozenDictionary() };
            var follower = new LedgerFollower(new RpcChainSource(client), index, options, TimeProvider.System);
            var started = Stopwatch.GetTimestamp();
            if (!await follower.CatchUpAsync(ct))
            {
                throw new InvalidOperationException($"The follower did not reach the tip: {follower.Problem}");
            }

            return (Stopwatch.GetElapsedTime(started).TotalSeconds, index.Read(i => i.RecordCount), Directory.GetFiles(folder).Sum(f => new FileInfo(f).Length));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
