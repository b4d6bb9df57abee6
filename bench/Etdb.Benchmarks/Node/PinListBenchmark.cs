using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Node.Pins;

namespace Etdb.Benchmarks.Node;

/// <summary>
/// A streamed <c>pin/ls</c> of a million pins over HTTP against writing the same bytes to a file and synchronising it. Goal: at most three times as long.
/// Arguments: <c>--pins N</c> (1,000,000), <c>--rounds N</c> (3), <c>--json</c>.
/// </summary>
public static class PinListBenchmark
{
    private const double Goal = 3;

    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        var (pins, rounds) = (NodeBench.Number(args, "--pins", 1_000_000), NodeBench.Number(args, "--rounds", 3));
        var folder = Directory.CreateTempSubdirectory("etdb-bench-").FullName;
        try
        {
            await using var node = await NodeBench.StartAsync(Path.Combine(folder, "node"), ct);
            var adding = await NodeBench.SecondsAsync(() => AddAsync(node.Repository.Pins, pins));
            using var http = HttpPool.Create(TimeSpan.FromSeconds(5));
            var listing = Path.Combine(folder, "listing");
            List<double> listed = [], written = [];
            var bytes = 0L;
            for (var round = 0; round < rounds; round++)
            {
                listed.Add(await NodeBench.SecondsAsync(async () => bytes = await ListAsync(http, node.ApiUri, null, ct)));
                await ListAsync(http, node.ApiUri, listing, ct);
                var content = await File.ReadAllBytesAsync(listing, ct);
                written.Add(await NodeBench.SecondsAsync(async () =>
                {
                    using var memory = new MemoryStream(content);
                    await NodeBench.CopyDurablyAsync(memory, listing + ".copy", ct);
                }));
            }

            var lines = File.ReadLines(listing).LongCount();
            var ratio = NodeBench.Median(listed) / NodeBench.Median(written);
            return NodeBench.Report(
                output,
                args,
                $"pin-list, {pins} pins, median of {rounds}",
                [
                    ("pins recorded, in batches of 10,000", pins / adding, "a second"),
                    ("lines in the listing", lines, string.Empty),
                    ("bytes of the listing", bytes, string.Empty),
                    ("listing", NodeBench.Median(listed), "s"),
                    ("writing the same bytes + fsync", NodeBench.Median(written), "s"),
                    ("listing / writing", ratio, "(goal 3.00 at most)"),
                ],
                ratio <= Goal && lines == pins);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task AddAsync(PinStore store, int pins)
    {
        const int batch = 10_000;
        for (var first = 0; first < pins; first += batch)
        {
            store.Add([.. Enumerable.Range(first, Math.Min(batch, pins - first)).Select(static i => new Pin(Cid.Of(BitConverter.GetBytes(i), Multicodec.DagPb, 1), PinKind.Recursive, null))]);
        }

        return Task.CompletedTask;
    }

    private static async Task<long> ListAsync(HttpClient http, Uri api, string? to, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(api, "/api/v0/pin/ls?type=recursive&stream=true"));
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        if (to is not null)
        {
            await using var file = new FileStream(to, FileMode.Create, FileAccess.Write);
            await body.CopyToAsync(file, ct);
            return file.Length;
        }

        var (buffer, total) = (new byte[1 << 20], 0L);
        while (await body.ReadAsync(buffer, ct) is var read and > 0)
        {
            total += read;
        }

        return total;
    }
}
