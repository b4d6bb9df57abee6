using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// Ledger ↔ wanted ↔ seen compared (<c>GET /api/v1/diff</c>) on a world that is whole: time, processor time, and what it adds to the memory. The first is beside the scans of the start; the ledger's
/// log is made up as it is read, which is part of the time.
/// </summary>
internal static class DiffRun
{
    private const int Twice = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(string folder, SyntheticWorld world, int firstPort, ScaleReport report, CancellationToken ct)
    {
        await using var nodes = await SimulatedNodes.StartAsync(world.Datasets, filled: true, firstPort, ct);
        await using var silo = await SiloProcess.StartAsync(folder, world.Datasets, firstPort, register: false, edits: 0, slots: 2, ct);
        using var http = new HttpClient { BaseAddress = silo.Http.BaseAddress, Timeout = Limit };
        for (var round = 1; round <= Twice; round++)
        {
            report.Add($"diff{round}.before.residentMiB", silo.ResidentBytes / 1048576.0);
            var (from, cpu) = (Stopwatch.GetTimestamp(), silo.CpuSeconds);
            var answer = await http.GetFromJsonAsync<JsonElement>("/api/v1/diff", ct);
            report.Add($"diff{round}.seconds", Stopwatch.GetElapsedTime(from).TotalSeconds);
            report.Add($"diff{round}.cpuSeconds", silo.CpuSeconds - cpu);
            report.Add($"diff{round}.peakMiB", silo.PeakBytes / 1048576.0, atMost: 1536);
            report.Set($"diff{round}.answer", answer);
        }
    }
}
