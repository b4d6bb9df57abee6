using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.UnixFs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Etdb.Benchmarks.Node;

/// <summary>
/// A pin that brings a file from another embedded node on loopback (hashed on both sides, on disk, synchronised) against a plain HTTP download of the same
/// file, synchronised. Goal: at least 60 %. Arguments: <c>--mib N</c> (256), <c>--rounds N</c> (3), <c>--json</c>.
/// </summary>
public static class NodeFetchBenchmark
{
    private const double Goal = 0.6;

    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        var (mib, rounds) = (NodeBench.Number(args, "--mib", 256), NodeBench.Number(args, "--rounds", 3));
        var folder = Directory.CreateTempSubdirectory("etdb-bench-").FullName;
        try
        {
            var source = NodeBench.RandomFile(folder, (long)mib << 20);
            await using var web = await ServeAsync(source, ct);
            var plainUri = new Uri(web.Urls.Single());
            using var http = HttpPool.Create(TimeSpan.FromSeconds(5));
            await using var holder = await NodeBench.StartAsync(Path.Combine(folder, "holder"), ct);
            var small = (await holder.AddPathAsync(source, new ImportOptions { Profile = ImportProfile.V0Of2015 }, pin: true, ct)).Cid;
            var large = (await holder.AddPathAsync(source, new ImportOptions { Profile = ImportProfile.V1Of2025 }, pin: true, ct)).Cid;
            List<double> plain = [], fetchedSmall = [], fetchedLarge = [];
            for (var round = 0; round < rounds; round++)
            {
                plain.Add(await NodeBench.SecondsAsync(() => DownloadAsync(http, plainUri, Path.Combine(folder, "copy.bin"), ct)));
                foreach (var (cid, times) in new[] { (small, fetchedSmall), (large, fetchedLarge) })
                {
                    await using var receiver = await NodeBench.StartAsync(Path.Combine(folder, $"receiver-{round}-{(times == fetchedSmall ? "small" : "large")}"), ct);
                    times.Add(await NodeBench.SecondsAsync(async () =>
                    {
                        var result = await receiver.PinAsync(cid, PinKind.Recursive, null, [holder.GatewayUri], null, ct);
                        if (result.Outcome != FetchOutcome.Complete)
                        {
                            throw new InvalidOperationException($"the pin ended as {result.Outcome}: {result.Detail}");
                        }
                    }));
                    receiver.Faults.WipeStore();
                }
            }

            double Rate(List<double> times) => mib / NodeBench.Median(times);
            var ratio = Rate(fetchedSmall) / Rate(plain);
            return NodeBench.Report(
                output,
                args,
                $"node-fetch, {mib} MiB, median of {rounds}",
                [
                    ("plain HTTP download + fsync", Rate(plain), "MiB/s"),
                    ("verified pin, 256 KiB blocks", Rate(fetchedSmall), "MiB/s"),
                    ("verified pin, 1 MiB blocks", Rate(fetchedLarge), "MiB/s"),
                    ("pin / download, 256 KiB", ratio, "(goal 0.60)"),
                    ("pin / download, 1 MiB", Rate(fetchedLarge) / Rate(plain), string.Empty),
                ],
                ratio >= Goal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<WebApplication> ServeAsync(string path, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        var web = builder.Build();
        web.Run(context =>
        {
            context.Response.ContentLength = new FileInfo(path).Length;
            return context.Response.SendFileAsync(path, context.RequestAborted);
        });
        await web.StartAsync(ct);
        return web;
    }

    private static async Task DownloadAsync(HttpClient http, Uri from, string to, CancellationToken ct)
    {
        await using var body = await http.GetStreamAsync(from, ct);
        await NodeBench.CopyDurablyAsync(body, to, ct);
        File.Delete(to);
    }
}
