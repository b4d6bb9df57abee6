using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Etdb.Benchmarks.Scale;

/// <summary>The measured silo as a process of its own: started, asked over HTTP, its memory read from the kernel.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _sampling;
    private readonly CancellationTokenSource _stop = new();
    private readonly StreamWriter _log;

    private SiloProcess(Process process, StreamWriter log)
    {
        (_process, _log) = (process, log);
        _process.ErrorDataReceived += (_, e) =>
        {
            lock (_log)
            {
                _log.WriteLine(e.Data);
            }
        };
        _process.BeginErrorReadLine();
        _sampling = SampleAsync();
    }

    public required HttpClient Http { get; init; }

    /// <summary>Seconds from the start of the process until <c>/health/ready</c> said yes.</summary>
    public double ReadySeconds { get; private set; }

    /// <summary>Highest resident set seen, bytes.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Resident set now, bytes.</summary>
    public long ResidentBytes => Memory("VmRSS:");

    /// <summary>Processor seconds used so far.</summary>
    public double CpuSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Seconds for which its threads, all together, were ready to run and had no core; of a thread that ended, but for its last half second.</summary>
    public double CoreWaitSeconds { get; private set; }

    /// <summary>MiB that came from the disk because the page cache did not have them.</summary>
    public double DiskReadMiB =>
        First($"/proc/{_process.Id}/io", line => line.StartsWith("read_bytes:", StringComparison.Ordinal) ? long.Parse(line.AsSpan(11), CultureInfo.InvariantCulture) : 0) / 1048576.0;

    public static async Task<SiloProcess> StartAsync(string data, int datasets, int nodes, bool register, int edits, int slots, CancellationToken ct)
    {
        var from = Stopwatch.GetTimestamp();
        List<string> arguments =
        [
            "scale-silo", "--data", data, "--datasets", datasets.ToString(CultureInfo.InvariantCulture), "--nodes", nodes.ToString(CultureInfo.InvariantCulture),
            "--edits", edits.ToString(CultureInfo.InvariantCulture), "--slots", slots.ToString(CultureInfo.InvariantCulture), .. register ? ["--register"] : Array.Empty<string>(),
        ];
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.TryAdd("DOTNET_GCGen0MaxBudget", "1000000"); // As './etdb serve' does.
        var process = Process.Start(start)!;
        var log = new StreamWriter(Path.Combine(data, "silo.log"), append: true);
        var first = await process.StandardOutput.ReadLineAsync(ct) ?? throw new InvalidOperationException($"The silo did not start; see {data}/silo.log.");
        var silo = new SiloProcess(process, log) { Http = new HttpClient { BaseAddress = new Uri(first.Split(' ')[1]), Timeout = TimeSpan.FromSeconds(100) } };
        while (!await silo.IsReadyAsync(ct))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
        }

        silo.ReadySeconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        return silo;
    }

    public async Task<JsonElement> GetAsync(string path, CancellationToken ct) => await Http.GetFromJsonAsync<JsonElement>(path, ct);

    /// <summary>Sum of the series of a counter in <c>/metrics</c>.</summary>
    public async Task<double> MetricAsync(string name, CancellationToken ct)
    {
        var text = await Http.GetStringAsync("/metrics", ct);
        return text.Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal) && (l[name.Length] is ' ' or '{'))
            .Sum(l => double.Parse(l.AsSpan(l.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sampling;
        if (!_process.HasExited)
        {
            using var term = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await _process.WaitForExitAsync();
        }

        Http.Dispose();
        _process.Dispose();
        await _log.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await Http.GetAsync("/health/ready", ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task SampleAsync()
    {
        var waited = new Dictionary<string, long>(StringComparer.Ordinal);
        while (!_stop.IsCancellationRequested)
        {
            AddWaits(waited);
            PeakBytes = Math.Max(PeakBytes, Memory("VmHWM:"));
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Adds what each thread waited since the last look; the kernel forgets threads that end, so they cannot be summed up at the end.</summary>
    private void AddWaits(Dictionary<string, long> waited)
    {
        var tasks = $"/proc/{_process.Id}/task";
        foreach (var thread in Directory.Exists(tasks) ? Directory.GetDirectories(tasks) : [])
        {
            var now = First($"{thread}/schedstat", line => long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
            CoreWaitSeconds += Math.Max(0, now - waited.GetValueOrDefault(thread)) / 1e9;
            waited[thread] = now;
        }
    }

    /// <summary>The first line of a file of the kernel's that says something; 0 when none does, or its thread is gone.</summary>
    private static long First(string path, Func<string, long> read)
    {
        try
        {
            return File.ReadLines(path).Select(read).FirstOrDefault(v => v != 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private long Memory(string field)
    {
        var path = $"/proc/{_process.Id}/status";
        var line = File.Exists(path) ? File.ReadLines(path).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal)) : null;
        return line is null ? 0 : long.Parse(line.AsSpan(field.Length).Trim()[..^3], CultureInfo.InvariantCulture) * 1024;
    }
}
