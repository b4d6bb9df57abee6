using System.Diagnostics;
using System.Text.Json;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// The cluster at 10,000, 100,000 or 1,000,000 datasets × 5 replicas × 100 nodes, measured from outside: a silo process on the product's own
/// composition, this process as its hundred nodes (Kubo's RPC over HTTP) and as its readers. What is simulated: docs/internals/scale.md.
/// Arguments: <c>--datasets N</c> (10,000), <c>--stages import,place,restore,run,ask,live,diff</c> (import,restore,run), <c>--data DIR</c>, <c>--seconds N</c> of
/// questions after a warm-up of 15 (30), <c>--edits N</c> a second meanwhile (50), <c>--no-loss</c> (no disk is lost), <c>--readers N</c> of events (200),
/// <c>--port N</c> of the first node (21,000; a world keeps it), <c>--json</c>.
/// In files of SQLite, or in the PostgreSQL database named by the environment variable <c>ETDB_BENCH_POSTGRES</c>.
/// </summary>
public static class ScaleBenchmark
{
    private const int FirstPort = 21_000;

    /// <summary>Seconds between two looks at how far placing has come.</summary>
    private const int CourseStep = 20;

    /// <summary>Runs the stages in order; 0 when every goal that was measured was met.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        var datasets = ScaleArguments.Number(args, "--datasets", 10_000);
        var folder = ScaleArguments.Text(args, "--data", "");
        var temporary = folder.Length == 0 ? Directory.CreateTempSubdirectory("etdb-scale-").FullName : null;
        var port = ScaleArguments.Number(args, "--port", FirstPort);
        var report = new ScaleReport(output, args.Contains("--json"), datasets);
        try
        {
            folder = temporary ?? Directory.CreateDirectory(folder).FullName;
            foreach (var stage in ScaleArguments.Text(args, "--stages", "import,restore,run").Split(','))
            {
                await (stage switch
                {
                    "import" => ImportRun.RunAsync(Reset(Path.Combine(folder, "import")), datasets, port, report, ct),
                    "place" => PlaceAsync(Path.Combine(folder, "place"), datasets, port, report, ct),
                    "restore" => RestoreAsync(Path.Combine(folder, "world"), datasets, port, report, ct),
                    "run" => ScaleRun.RunAsync(
                        Path.Combine(folder, "world"), new SyntheticWorld(datasets), port, ScaleArguments.Number(args, "--seconds", 30), ScaleArguments.Number(args, "--edits", 50),
                        args.Contains("--no-loss"), report, ct),
                    "ask" => ScaleRun.AskAsync(
                        Path.Combine(folder, "world"), new SyntheticWorld(datasets), port, ScaleArguments.Number(args, "--seconds", 30), ScaleArguments.Number(args, "--edits", 50), report, ct),
                    "live" => LiveRun.RunAsync(
                        Path.Combine(folder, "world"), datasets, port, ScaleArguments.Number(args, "--readers", 200), ScaleArguments.Number(args, "--seconds", 30), ScaleArguments.Number(args, "--edits", 50),
                        report, ct),
                    "diff" => DiffRun.RunAsync(Path.Combine(folder, "world"), new SyntheticWorld(datasets), port, report, ct),
                    _ => throw new ArgumentException($"'{stage}' is no stage; use import, place, restore, run, ask, live, diff.", nameof(args)),
                });
            }
        }
        catch (TimeoutException e)
        {
            report.Set("failed", e.Message);
        }
        finally
        {
            if (temporary is not null)
            {
                Directory.Delete(temporary, recursive: true);
            }
        }

        await report.WriteAsync();
        return report.Met ? 0 : 1;
    }

    /// <summary>All of it, nothing restored: records come in, five copies of each are placed, pinned and verified on the simulated nodes.</summary>
    private static async Task PlaceAsync(string folder, int datasets, int port, ScaleReport report, CancellationToken ct)
    {
        Reset(folder);
        await using var nodes = await SimulatedNodes.StartAsync(datasets, filled: false, port, ct);
        await using var silo = await SiloProcess.StartAsync(folder, datasets, port, register: true, edits: 0, slots: 64, ct);
        var from = Stopwatch.GetTimestamp();
        var cpu = silo.CpuSeconds;
        var course = new List<object>();
        await WaitAsync(
            async () =>
            {
                var healthy = (await silo.GetAsync("/api/v1/health", ct)).GetProperty("datasets").GetProperty("healthy").GetInt64();
                if (Stopwatch.GetElapsedTime(from).TotalSeconds >= CourseStep * (course.Count + 1) || healthy >= datasets)
                {
                    course.Add(new { seconds = (int)Stopwatch.GetElapsedTime(from).TotalSeconds, cpu = (int)(silo.CpuSeconds - cpu), pins = nodes.Pins, healthy, mib = silo.ResidentBytes >> 20 });
                }

                return healthy >= datasets;
            },
            Math.Max(240, datasets / 20),
            ct);
        var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        report.Set("place.course", course);
        report.Add("place.replicasPerSecond", datasets * (double)SyntheticWorld.Replicas / seconds);
        report.Add("place.seconds", seconds);
        report.Add("place.cpuSeconds", silo.CpuSeconds - cpu);
        report.Add("place.peakMiB", silo.PeakBytes / 1048576.0);
        report.Add("place.diskMiB", Disk(folder));
    }

    private static async Task RestoreAsync(string folder, int datasets, int port, ScaleReport report, CancellationToken ct)
    {
        Reset(folder);
        await using (var nodes = await SimulatedNodes.StartAsync(1, filled: false, port, ct))
        {
            // Members and nodes register themselves; the rest is restored into that folder.
            await using var silo = await SiloProcess.StartAsync(folder, 0, port, register: true, edits: 0, slots: 2, ct);
        }

        var from = Stopwatch.GetTimestamp();
        await new Restore(new SyntheticWorld(datasets), folder, TimeProvider.System.GetUtcNow()).RunAsync(ct);
        report.Add("restore.seconds", Stopwatch.GetElapsedTime(from).TotalSeconds);
        await using var storage = await ScaleStorage.OpenAsync(folder, ct);
        foreach (var (part, size) in await storage.SizesAsync(ct))
        {
            report.Add($"restore.{part}MiB", size);
        }
    }

    internal static double Disk(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length) / 1048576.0;

    /// <summary>Asks until it is so.</summary>
    /// <exception cref="TimeoutException">It was not, in that many seconds.</exception>
    internal static async Task WaitAsync(Func<Task<bool>> condition, int seconds, CancellationToken ct, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var from = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(from).TotalSeconds > seconds)
            {
                throw new TimeoutException($"Not within {seconds} s: {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, ct);
        }
    }

    private static string Reset(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return Directory.CreateDirectory(folder).FullName;
    }
}
