using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Etdb.Domain.Common;

namespace Etdb.Benchmarks.Scale;

/// <summary>Asks the API what people ask, one question after the other for each of a few readers, and keeps how long each took.</summary>
internal sealed class QueryRun(HttpClient http, SyntheticWorld world)
{
    private readonly Dictionary<string, List<double>> _times = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _slowest = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ulong _draws;

    /// <summary>Milliseconds by question: count, median, 99th of a hundred, worst, and which that was.</summary>
    public IReadOnlyDictionary<string, object> Figures => _times.OrderBy(t => t.Key, StringComparer.Ordinal).ToDictionary(t => t.Key, t => Figure(t.Value, _slowest[t.Key]), StringComparer.Ordinal);

    public double WorstSearchP99 => _times.Where(t => t.Key.StartsWith("search", StringComparison.Ordinal)).Select(t => Percentile([.. t.Value.Order()], 0.99)).DefaultIfEmpty().Max();

    /// <summary>Asks for that long after a warm-up, in which a new process is still busy with compiling.</summary>
    public async Task RunAsync(TimeSpan warmUp, TimeSpan span, int readers, CancellationToken ct)
    {
        var deep = await WalkAsync(Math.Min(10_000, world.Datasets / 50), ct);
        await AskAllAsync(deep, warmUp, readers, ct);
        _times.Clear();
        (await http.PostAsync("/bench/pauses", null, ct)).Dispose(); // Those of before are not meant.
        await AskAllAsync(deep, span, readers, ct);
    }

    private Task AskAllAsync(string? deep, TimeSpan span, int readers, CancellationToken ct)
    {
        var from = Stopwatch.GetTimestamp();
        return Task.WhenAll(Enumerable.Range(0, readers).Select(async _ =>
        {
            await Task.Yield();
            while (Stopwatch.GetElapsedTime(from) < span)
            {
                foreach (var (name, path) in Questions(deep))
                {
                    await AskAsync(name, path, ct);
                }
            }
        }));
    }

    private IEnumerable<(string Name, string Path)> Questions(string? deep)
    {
        var draw = Hashing.Mix(Interlocked.Increment(ref _draws) + 5_000_000);
        yield return ("search: a word", $"/api/v1/datasets?q={SyntheticWorld.Word(draw)}");
        yield return ("search: a species", "/api/v1/datasets?q=Vibrio+cholerae");
        yield return ("search: two words, newest", $"/api/v1/datasets?q={SyntheticWorld.Word(draw + 1)}+coli&sort=updated");
        yield return ("page 1", "/api/v1/datasets");
        yield return ("page 1, by risk", "/api/v1/datasets?sort=risk");
        yield return ("page 1, of a state", "/api/v1/datasets?state=degraded");
        yield return ("page 1, of a node", $"/api/v1/datasets?node={SyntheticWorld.NodeName((int)(draw % SyntheticWorld.Nodes))}");
        yield return ("page 1, of a publisher", $"/api/v1/datasets?publisher={SyntheticWorld.Publisher((int)(draw % 20)).Value}");
        if (deep is not null)
        {
            yield return ("page 10,000", $"/api/v1/datasets?cursor={Uri.EscapeDataString(deep)}");
        }

        yield return ("one dataset", $"/api/v1/datasets/{SyntheticWorld.Id((int)(draw % (ulong)world.Datasets)).Value}");
        yield return ("one dataset, why", $"/api/v1/datasets/{SyntheticWorld.Id((int)(draw % (ulong)world.Datasets)).Value}/why");
        yield return ("one-page view", "/api/v1/health");
        yield return ("nodes", "/api/v1/nodes");
        yield return ("facets: all", "/api/v1/facets");
        yield return ("facets: a word", $"/api/v1/facets?q={SyntheticWorld.Word(draw)}");
        yield return ("facets: a publisher", $"/api/v1/facets?publisher={SyntheticWorld.Publisher((int)(draw % 20)).Value}");
    }

    /// <summary>Goes to the page of that number the way a reader does, cursor by cursor; null when the list is shorter.</summary>
    private async Task<string?> WalkAsync(int page, CancellationToken ct)
    {
        string? cursor = null;
        for (var at = 0; at < page * 50; at += 500)
        {
            var answer = JsonDocument.Parse(await http.GetStringAsync($"/api/v1/datasets?limit=500{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}", ct)).RootElement;
            if (!answer.TryGetProperty("next", out var next) || next.GetString() is not { } found)
            {
                return cursor;
            }

            cursor = found;
        }

        return cursor;
    }

    private async Task AskAsync(string name, string path, CancellationToken ct)
    {
        var from = Stopwatch.GetTimestamp();
        using var answer = await http.GetAsync(path, ct);
        await answer.Content.ReadAsByteArrayAsync(ct);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path}: {(int)answer.StatusCode}");
        }

        var took = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        lock (_gate)
        {
            if (!_times.TryGetValue(name, out var times))
            {
                _times.Add(name, times = []);
            }

            if (times.Count == 0 || took > times.Max())
            {
                _slowest[name] = path;
            }

            times.Add(took);
        }
    }

    private static object Figure(List<double> times, string slowest)
    {
        var sorted = times.Order().ToList();
        return new { count = sorted.Count, p50Ms = Percentile(sorted, 0.5), p99Ms = Percentile(sorted, 0.99), maxMs = Math.Round(sorted[^1], 1), slowest };
    }

    private static double Percentile(List<double> sorted, double share) => Math.Round(sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))], 1);
}
