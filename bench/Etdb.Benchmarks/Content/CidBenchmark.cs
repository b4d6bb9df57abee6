using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Benchmarks.Content;

/// <summary>
/// The CID of one large file against everybody else who must hash the same bytes, in turn and from the page cache: <c>openssl dgst -sha256</c>, Debian's
/// <c>ipfs_cid</c> when installed, and js-ipfs (ipfs-core 0.18.1, <c>add</c> with <c>onlyHash</c>, which is what <c>--only-hash</c> calls; its start is not
/// counted) where the tests have installed it, or in the folder given. With <c>--js-importer FOLDER</c> its bare importer too, without a node. Ratios are of the best of the rounds; CPU time is compared too, because
/// other work on the machine disturbs it less. Arguments: <c>--mib N --rounds N --js FOLDER --js-importer FOLDER --json</c>.
/// </summary>
public static class CidBenchmark
{
    private const int MemoryLimitMib = 256;
    private const double LeastOfOpenSsl = 0.8;
    private const double LeastOfJsIpfs = 5;
    private const double BytesPerMib = 1 << 20;

    /// <summary>Runs; 0 when every aim was met, 1 when not.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        var mib = (int)Argument(args, "--mib", 1024);
        var rounds = (int)Argument(args, "--rounds", 3);
        var js = Text(args, "--js") ?? JsIpfs();
        var jsImporter = Text(args, "--js-importer");
        var path = Path.Combine(Path.GetTempPath(), $"etdb-bench-{Environment.ProcessId}.bin");
        try
        {
            Fill(path, mib);
            var runs = new List<Run>();
            for (var round = 0; round < rounds; round++)
            {
                await AddAsync(runs, "openssl", OutsideAsync("openssl", ["dgst", "-sha256", path], null, ct));
                await AddAsync(runs, "etdb, one thread", ImportAsync(path, 1, ct));
                await AddAsync(runs, "etdb, all threads", ImportAsync(path, 0, ct));
                await AddAsync(runs, "ipfs-cid (Debian)", OutsideAsync("ipfs_cid", [path], null, ct));
            }

            if (js is not null)
            {
                File.Copy(Path.Combine(AppContext.BaseDirectory, "Content", "only-hash.mjs"), Path.Combine(js, "only-hash.mjs"), overwrite: true);
                await AddAsync(runs, "js-ipfs", JsIpfsAsync(js, path, ct));
            }

            if (jsImporter is not null)
            {
                var job = JsonSerializer.Serialize(new[] { new { path, engine = "js-ipfs" } });
                await AddAsync(runs, "js-ipfs's importer", OutsideAsync("node", [Path.Combine(jsImporter, "import.mjs")], job, ct));
            }

            return Report(args, output, mib, runs);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task AddAsync(List<Run> runs, string name, Task<Run?> run)
    {
        if (await run is { } done)
        {
            runs.Add(done with { Name = name });
        }
    }

    private static int Report(string[] args, TextWriter output, int mib, List<Run> runs)
    {
        var best = runs.GroupBy(run => run.Name).ToDictionary(g => g.Key, g => (Wall: g.Min(run => run.Seconds), Cpu: g.Min(run => run.CpuSeconds), Cid: g.First().Cid));
        var (openssl, one, all) = (best["openssl"], best["etdb, one thread"], best["etdb, all threads"]);
        double? js = best.TryGetValue("js-ipfs", out var other) ? other.Wall / all.Wall : null;
        double? debian = best.TryGetValue("ipfs-cid (Debian)", out var rust) ? rust.Wall / all.Wall : null;
        var peakMib = Process.GetCurrentProcess().PeakWorkingSet64 / BytesPerMib;
        var same = best.Values.Where(run => run.Cid is not null).Select(run => run.Cid).Distinct().Count() == 1;
        var met = openssl.Cpu / one.Cpu >= LeastOfOpenSsl && peakMib < MemoryLimitMib && js is null or >= LeastOfJsIpfs && debian is null or > 1 && same;
        var figures = new
        {
            mib,
            processors = Environment.ProcessorCount,
            mibPerSecond = best.ToDictionary(run => run.Key, run => Math.Round(mib / run.Value.Wall)),
            cpuSeconds = best.ToDictionary(run => run.Key, run => Math.Round(run.Value.Cpu, 2)),
            ofOpenSslPerCoreByCpu = Math.Round(openssl.Cpu / one.Cpu, 2),
            ofOpenSslOneThread = Math.Round(openssl.Wall / one.Wall, 2),
            allThreadsOverOne = Math.Round(one.Wall / all.Wall, 2),
            timesJsIpfs = js is null ? (double?)null : Math.Round(js.Value, 1),
            timesDebianIpfsCid = debian is null ? (double?)null : Math.Round(debian.Value, 1),
            peakMib = Math.Round(peakMib),
            sameCid = same,
            met,
        };
        if (args.Contains("--json"))
        {
            output.WriteLine(JsonSerializer.Serialize(figures));
            return met ? 0 : 1;
        }

        foreach (var (name, run) in best)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-20} {mib / run.Wall,7:F0} MiB/s  {run.Cpu,6:F2} s of CPU"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"of openssl, per core  {figures.ofOpenSslPerCoreByCpu:F2} (aim {LeastOfOpenSsl})"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all threads over one  {figures.allThreadsOverOne:F2} on {figures.processors} processors"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"times js-ipfs         {js:F1} (aim {LeastOfJsIpfs})"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"times Debian ipfs-cid {debian:F1}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory           {peakMib:F0} MiB (limit {MemoryLimitMib})"));
        output.WriteLine(met ? "met" : "NOT met");
        return met ? 0 : 1;
    }

    private static async Task<Run?> ImportAsync(string path, int workers, CancellationToken ct)
    {
        using var self = Process.GetCurrentProcess();
        var cpu = self.TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        var options = new ImportOptions { Profile = ImportProfile.V0Of2015, Workers = workers };
        var result = await new UnixFsImporter(options, null).ImportPathAsync(path, ct);
        self.Refresh();
        return new Run(string.Empty, Stopwatch.GetElapsedTime(start).TotalSeconds, (self.TotalProcessorTime - cpu).TotalSeconds, result.Cid.ToString());
    }

    /// <summary>Runs a program under the shell's <c>time</c>, which alone tells the CPU time of a process that has ended; null when it is not there.</summary>
    private static async Task<Run?> OutsideAsync(string program, string[] arguments, string? input, CancellationToken ct)
    {
        const string Timed = "TIMEFORMAT='%R %U %S'; time \"$0\" \"$@\"";
        var info = new ProcessStartInfo("bash", ["-c", Timed, program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(info)!;
        await process.StandardInput.WriteAsync((input ?? string.Empty).AsMemory(), ct);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(ct);
        var answer = await process.StandardOutput.ReadToEndAsync(ct);
        var times = (await errors).TrimEnd().Split('\n')[^1].Split(' ');
        await process.WaitForExitAsync(ct);
        return process.ExitCode == 0 ? new Run(string.Empty, Seconds(times[0]), Seconds(times[1]) + Seconds(times[2]), CidIn(answer)) : null;
    }

    /// <summary>It tells its own times, without those of its start.</summary>
    private static async Task<Run?> JsIpfsAsync(string folder, string path, CancellationToken ct)
    {
        var info = new ProcessStartInfo("node", [Path.Combine(folder, "only-hash.mjs"), path]) { UseShellExecute = false, RedirectStandardOutput = true };
        using var process = Process.Start(info)!;
        var answer = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        if (process.ExitCode != 0)
        {
            return null;
        }

        using var json = JsonDocument.Parse(answer);
        return new Run(string.Empty, json.RootElement.GetProperty("seconds").GetDouble(), json.RootElement.GetProperty("cpu").GetDouble(), CidIn(answer));
    }

    /// <summary>Where the conformance tests have put js-ipfs; null when they have not.</summary>
    private static string? JsIpfs()
    {
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "etdb-tests");
        return Directory.Exists(cache) ? Directory.GetDirectories(cache, "js-ipfs-*").FirstOrDefault(static folder => File.Exists(Path.Combine(folder, ".installed"))) : null;
    }

    private static double Seconds(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string? CidIn(string answer)
    {
        var at = answer.IndexOf("\"Qm", StringComparison.Ordinal);
        return at < 0 ? null : answer.Substring(at + 1, 46);
    }

    private static void Fill(string path, int mib)
    {
        var random = new Random(42);
        var chunk = new byte[1 << 20];
        using var file = File.Create(path);
        for (var i = 0; i < mib; i++)
        {
            random.NextBytes(chunk);
            file.Write(chunk);
        }
    }

    private static long Argument(string[] args, string name, long otherwise) =>
        Text(args, name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string? Text(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }

    private sealed record Run(string Name, double Seconds, double CpuSeconds, string? Cid);
}
