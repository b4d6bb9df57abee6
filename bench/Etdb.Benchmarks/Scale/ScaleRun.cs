using System.Diagnostics;
using System.Net.Http.Json;

namespace Etdb.Benchmarks.Scale;

/// <summary>The life of a silo on a world that is whole: cold start, scans of all nodes, questions under a write load, loss of a node.</summary>
internal static class ScaleRun
{
    private const int Lost = 17;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(string folder, SyntheticWorld world, int firstPort, int seconds, int edits, bool keepAll, ScaleReport report, CancellationToken ct)
    {
        await using var nodes = await SimulatedNodes.StartAsync(world.Datasets, filled: true, firstPort, ct);
        await using var silo = await SiloProcess.StartAsync(folder, world.Datasets, firstPort, register: false, edits, slots: 2, ct);
        report.Add("start.readySeconds", silo.ReadySeconds, atMost: 20);
        await ScanAsync(nodes, silo, report, ct);
        report.Add("steady.residentMiB", silo.ResidentBytes / 1048576.0, atMost: 1536);
        await AskAsync(silo, world, seconds, report, ct);
        if (!keepAll)
        {
            await LoseAsync(nodes, silo, world, report, ct);
        }

        report.Add("peakMiB", silo.PeakBytes / 1048576.0, atMost: 1536);
        report.Add("diskMiB", ScaleBenchmark.Disk(folder));
    }

    /// <summary>Only the start and the questions, while records are edited; the nodes do not answer, and too short a time for that to have a consequence.</summary>
    public static async Task AskAsync(string folder, SyntheticWorld world, int firstPort, int seconds, int edits, ScaleReport report, CancellationToken ct)
    {
        await using var silo = await SiloProcess.StartAsync(folder, world.Datasets, firstPort, register: false, edits, slots: 2, ct);
        report.Add("start.readySeconds", silo.ReadySeconds, atMost: 20);
        await AskAsync(silo, world, seconds, report, ct);
        report.Add("steady.residentMiB", silo.ResidentBytes / 1048576.0, atMost: 1536);
    }

    private static async Task AskAsync(SiloProcess silo, SyntheticWorld world, int seconds, ScaleReport report, CancellationToken ct)
    {
        var questions = new QueryRun(silo.Http, world);
        var (cpu, core, disk) = (silo.CpuSeconds, silo.CoreWaitSeconds, silo.DiskReadMiB);
        await questions.RunAsync(WarmUp, TimeSpan.FromSeconds(seconds), readers: 2, ct);
        report.Add("queries.waitedForCoreSeconds", silo.CoreWaitSeconds - core);
        report.Add("queries.readFromDiskMiB", silo.DiskReadMiB - disk);
        report.Add("queries.searchP99Ms", questions.WorstSearchP99, atMost: 50);
        report.Add("queries.cpuShare", (silo.CpuSeconds - cpu) / (seconds + WarmUp.TotalSeconds));
        report.Set("queries", questions.Figures);
        using var pauses = await silo.Http.PostAsync("/bench/pauses", null, ct);
        report.Set("queries.pauses", await pauses.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>(ct));
    }

    /// <summary>
    /// Every node lists its pins and every shelf compares them. The start of a silo begins that by itself, spread over a minute; once that is over all are
    /// asked at once, and that is what is measured.
    /// </summary>
    private static async Task ScanAsync(SimulatedNodes nodes, SiloProcess silo, ScaleReport report, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        const int All = SyntheticWorld.Nodes + SyntheticWorld.Labs;
        await ScaleBenchmark.WaitAsync(async () => await silo.MetricAsync("etdb_scans_total", ct) >= All, 600, ct);
        report.Add("start.scannedSeconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
        var before = await silo.MetricAsync("etdb_scans_total", ct);
        var from = Stopwatch.GetTimestamp();
        var cpu = silo.CpuSeconds;
        using (var asked = await silo.Http.PostAsync("/bench/look", null, ct))
        {
            asked.EnsureSuccessStatusCode();
        }

        await ScaleBenchmark.WaitAsync(async () => await silo.MetricAsync("etdb_scans_total", ct) >= before + All, 600, ct);
        report.Add("scan.seconds", Stopwatch.GetElapsedTime(from).TotalSeconds, atMost: 60);
        report.Add("scan.cpuSeconds", silo.CpuSeconds - cpu);
        report.Add("scan.pins", await silo.MetricAsync("etdb_scans_pins_total", ct) / 2);
        report.Add("scan.differences", await silo.MetricAsync("etdb_scans_differences_total", ct));
        report.Add("scan.peakMiB", silo.PeakBytes / 1048576.0);
    }

    /// <summary>A disk is replaced by an empty one. Pins are held back until all is planned, so that planning is what is measured.</summary>
    private static async Task LoseAsync(SimulatedNodes nodes, SiloProcess silo, SyntheticWorld world, ScaleReport report, CancellationToken ct)
    {
        var lost = nodes.CountOf(Lost);
        nodes.Hold = true;
        var from = Stopwatch.GetTimestamp();
        var cpu = silo.CpuSeconds;
        nodes.Wipe(Lost);
        await ScaleBenchmark.WaitAsync(
            async () => (await silo.GetAsync("/api/v1/incidents", ct)).GetProperty("items").EnumerateArray().Any(i => i.GetProperty("kind").GetString() == "disk-loss"), 180, ct);
        report.Add("loss.detectedSeconds", Stopwatch.GetElapsedTime(from).TotalSeconds);
        await ScaleBenchmark.WaitAsync(() => Task.FromResult(nodes.Held > 0), 120, ct);
        report.Add("loss.firstRepairSeconds", Stopwatch.GetElapsedTime(from).TotalSeconds);
        await ScaleBenchmark.WaitAsync(async () => world.Datasets - (await silo.GetAsync("/api/v1/health", ct)).GetProperty("datasets").GetProperty("healthy").GetInt64() >= lost, 1_200, ct);
        report.Add("loss.lastPlanSeconds", Stopwatch.GetElapsedTime(from).TotalSeconds);
        report.Add("loss.datasets", lost);
        report.Add("loss.cpuSeconds", silo.CpuSeconds - cpu);
        nodes.Hold = false;
        var before = nodes.Pins;
        var repairing = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, ct);
        report.Add("loss.repairsPerSecond", (nodes.Pins - before) / Stopwatch.GetElapsedTime(repairing).TotalSeconds);
    }
}
