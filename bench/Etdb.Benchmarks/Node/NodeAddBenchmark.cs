using Etdb.Ipfs.Import;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.Node.Store;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Benchmarks.Node;

/// <summary>
/// Adding a file to the embedded node (chunked, hashed, on disk, synchronised, pinned) against copying and synchronising the same bytes. Goal: at least
/// half as fast. Beside it the layout that was not chosen: one file a block. Arguments: <c>--mib N</c> (256), <c>--rounds N</c> (3), <c>--json</c>.
/// </summary>
public static class NodeAddBenchmark
{
    private const double Goal = 0.5;

    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        var (mib, rounds) = (NodeBench.Number(args, "--mib", 256), NodeBench.Number(args, "--rounds", 3));
        var folder = Directory.CreateTempSubdirectory("etdb-bench-").FullName;
        try
        {
            var source = NodeBench.RandomFile(folder, (long)mib << 20);
            var times = new Dictionary<string, List<double>>(StringComparer.Ordinal);
            for (var round = 0; round < rounds; round++)
            {
                await TimeAsync(times, "copy", () => CopyAsync(source, Path.Combine(folder, "copy.bin"), ct));
                foreach (var (name, profile) in new[] { ("v0", ImportProfile.V0Of2015), ("v1", ImportProfile.V1Of2025) })
                {
                    await using var node = await NodeBench.StartAsync(Path.Combine(folder, $"{name}-{round}"), ct);
                    await TimeAsync(times, name, () => node.AddPathAsync(source, new ImportOptions { Profile = profile }, pin: true, ct));
                    node.Faults.WipeStore();
                }

                await using var rpc = await NodeBench.StartAsync(Path.Combine(folder, $"rpc-{round}"), ct);
                await TimeAsync(times, "rpc", () => AddByRpcAsync(rpc, source, ct));
                rpc.Faults.WipeStore();
                await TimeAsync(times, "files", () => FilePerBlockAsync(source, Path.Combine(folder, $"files-{round}"), ct));
            }

            double Rate(string name) => mib / NodeBench.Median(times[name]);
            var ratio = Rate("v0") / Rate("copy");
            return NodeBench.Report(
                output,
                args,
                $"node-add, {mib} MiB, median of {rounds}",
                [
                    ("copy + fsync", Rate("copy"), "MiB/s"),
                    ("add, 256 KiB blocks, in process", Rate("v0"), "MiB/s"),
                    ("add, 1 MiB raw blocks, in process", Rate("v1"), "MiB/s"),
                    ("add, 256 KiB blocks, by RPC", Rate("rpc"), "MiB/s"),
                    ("one synchronised file a block, 256 KiB", Rate("files"), "MiB/s"),
                    ("add / copy", ratio, "(goal 0.50)"),
                    ("add by RPC / copy", Rate("rpc") / Rate("copy"), string.Empty),
                    ("one file a block / copy", Rate("files") / Rate("copy"), string.Empty),
                ],
                ratio >= Goal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task TimeAsync(Dictionary<string, List<double>> times, string name, Func<Task> action)
    {
        times.TryAdd(name, []);
        times[name].Add(await NodeBench.SecondsAsync(action));
    }

    private static async Task CopyAsync(string from, string to, CancellationToken ct)
    {
        await using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        await NodeBench.CopyDurablyAsync(source, to, ct);
        File.Delete(to);
    }

    private static async Task AddByRpcAsync(EmbeddedNode node, string path, CancellationToken ct)
    {
        using var http = Etdb.Ipfs.Fetch.HttpPool.Create(TimeSpan.FromSeconds(5));
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        using var form = new MultipartFormDataContent { { new StreamContent(file, 1 << 20), "file", "random.bin" } };
        using var answer = await http.PostAsync(new Uri(node.ApiUri, "/api/v0/add?progress=false"), form, ct);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsStringAsync(ct);
    }

    /// <summary>The common layout: sharded folders, each block written beside, synchronised, renamed, its folder synchronised.</summary>
    private static async Task FilePerBlockAsync(string from, string folder, CancellationToken ct)
    {
        await using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        var buffer = new byte[256 << 10];
        while (await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct) is var read and > 0)
        {
            var name = BlockKey.Of(buffer.AsSpan(0, read)).ToString();
            var shard = Path.Combine(folder, name[^3..^1]);
            Directory.CreateDirectory(shard);
            DurableFile.Replace(Path.Combine(shard, name), buffer.AsSpan(0, read));
        }

        Directory.Delete(folder, recursive: true);
    }
}
