using System.Diagnostics;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// Many live readers of <c>/api/v1/events</c> while records are edited: how many events each gets, how far the slowest is behind the quickest, and what they
/// cost the silo beside the same time without them.
/// </summary>
internal static class LiveRun
{
    public static async Task RunAsync(string folder, int datasets, int port, int readers, int seconds, int edits, ScaleReport report, CancellationToken ct)
    {
        var span = TimeSpan.FromSeconds(seconds);
        await using var nodes = await SimulatedNodes.StartAsync(datasets, filled: true, port, ct);
        await using var silo = await SiloProcess.StartAsync(folder, datasets, port, register: false, edits, slots: 2, ct);
        await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, ct); // The start itself is over.
        var cpu = silo.CpuSeconds;
        await Task.Delay(span, TimeProvider.System, ct);
        report.Add("live.cpuShareWithout", (silo.CpuSeconds - cpu) / seconds);
        var before = silo.ResidentBytes;
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = readers }) { BaseAddress = silo.Http.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };
        using var connected = new CountdownEvent(readers);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var counts = Enumerable.Range(0, readers).Select(_ => ReadAsync(http, connected, over.Token)).ToList();
        await ScaleBenchmark.WaitAsync(() => Task.FromResult(connected.IsSet), 60, ct);
        cpu = silo.CpuSeconds;
        var from = Stopwatch.GetTimestamp();
        await Task.Delay(span, TimeProvider.System, ct);
        report.Add("live.cpuShareWith", (silo.CpuSeconds - cpu) / Stopwatch.GetElapsedTime(from).TotalSeconds);
        report.Add("live.residentMoreMiB", (silo.ResidentBytes - before) / 1048576.0);
        await over.CancelAsync();
        var got = (await Task.WhenAll(counts)).Order().ToList();
        report.Add("live.readers", readers);
        report.Add("live.eventsPerSecondEach", got[readers / 2] / (double)seconds);
        report.Add("live.fewestEvents", got[0]);
        report.Add("live.mostEvents", got[^1]);
    }

    /// <summary>Counts the events of one connection until it is over.</summary>
    private static async Task<long> ReadAsync(HttpClient http, CountdownEvent connected, CancellationToken over)
    {
        long events = 0;
        try
        {
            await using var stream = await http.GetStreamAsync("/api/v1/events", over);
            using var lines = new StreamReader(stream);
            connected.Signal();
            while (await lines.ReadLineAsync(over) is { } line)
            {
                events += line.StartsWith("event:", StringComparison.Ordinal) ? 1 : 0;
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }

        return events;
    }
}
