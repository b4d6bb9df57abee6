using System.Diagnostics;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// From the ledger's log through grains into the catalogue, no node registered: the rate of taking in records and what each costs, tenth by tenth, so that one run shows how the cost grows.
/// Then a start on what came of it.
/// </summary>
internal static class ImportRun
{
    private const int Steps = 10;
    private const int SecondsAtMost = 7_200;

    public static async Task RunAsync(string folder, int datasets, int firstPort, ScaleReport report, CancellationToken ct)
    {
        await using (var silo = await SiloProcess.StartAsync(folder, datasets, firstPort, register: false, edits: 0, slots: 2, ct))
        {
            await TakeInAsync(silo, datasets, report, ct);
            report.Add("import.peakMiB", silo.PeakBytes / 1048576.0);
            report.Add("import.gcHeapMiB", await silo.MetricAsync("dotnet_gc_last_collection_heap_size_bytes", ct) / 1048576);
        }

        report.Add("import.diskMiB", ScaleBenchmark.Disk(folder));
        await using var again = await SiloProcess.StartAsync(folder, datasets, firstPort, register: false, edits: 0, slots: 2, ct);
        report.Add("import.restart.readySeconds", again.ReadySeconds, atMost: 20);
        report.Add("import.restart.residentMiB", again.ResidentBytes / 1048576.0, atMost: 1536);
        report.Add("import.restart.datasets", await TotalAsync(again, ct));
    }

    private static async Task TakeInAsync(SiloProcess silo, int datasets, ScaleReport report, CancellationToken ct)
    {
        var from = Stopwatch.GetTimestamp();
        var (begun, last) = (silo.CpuSeconds, (Total: 0L, Seconds: 0.0, Cpu: silo.CpuSeconds));
        var course = new List<object>();
        for (var step = 1; step <= Steps; step++)
        {
            var wanted = (long)datasets * step / Steps;
            if (last.Total >= wanted)
            {
                continue; // The catalogue shows them by the thousand.
            }

            await ScaleBenchmark.WaitAsync(async () => await TotalAsync(silo, ct) >= wanted, SecondsAtMost, ct);
            var now = (Total: await TotalAsync(silo, ct), Seconds: Stopwatch.GetElapsedTime(from).TotalSeconds, Cpu: silo.CpuSeconds);
            var records = now.Total - last.Total;
            course.Add(new
            {
                records = now.Total, perSecond = Math.Round(records / (now.Seconds - last.Seconds)), cpuMs = Math.Round(1000 * (now.Cpu - last.Cpu) / records, 3), mib = silo.ResidentBytes >> 20,
            });
            last = now;
        }

        report.Set("import.course", course);
        report.Add("import.recordsPerSecond", datasets / last.Seconds);
        report.Add("import.seconds", last.Seconds);
        report.Add("import.cpuSeconds", last.Cpu - begun);
    }

    private static async Task<long> TotalAsync(SiloProcess silo, CancellationToken ct) =>
        (await silo.GetAsync("/api/v1/health", ct)).GetProperty("datasets").GetProperty("total").GetInt64();
}
