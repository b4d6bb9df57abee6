using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Etdb.Browser.Tests.Support;

/// <summary>The product itself: a child process of <c>etdb demo</c> on a free port, with a data folder of its own that goes with it.</summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    private const int MostLogLines = 400;
    private const int Interrupt = 2;
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(300);

    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly Queue<string> _log = new();
    private readonly HttpClient _client;

    private DemoProcess(Process process, DirectoryInfo folder, Uri root)
    {
        _process = process;
        _folder = folder;
        Root = root;
        _client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = root };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Root { get; }

    /// <summary>The executable that was built together with this test; null where there is none.</summary>
    public static string? Executable
    {
        get
        {
            var own = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
            var path = Path.GetFullPath(Path.Combine(own, "../../Etdb.Cli/release/etdb"));
            return File.Exists(path) ? path : null;
        }
    }

    /// <summary>True if there is an executable that knows the command.</summary>
    public static async Task<bool> IsThereAsync(CancellationToken ct)
    {
        if (Executable is not { } path)
        {
            return false;
        }

        var start = new ProcessStartInfo(path, ["demo", "--help"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var help = Process.Start(start) ?? throw new InvalidOperationException($"{path} could not be started.");
        await Task.WhenAll(help.StandardOutput.ReadToEndAsync(ct), help.StandardError.ReadToEndAsync(ct), help.WaitForExitAsync(ct));
        return help.ExitCode == 0;
    }

    /// <summary>Starts it and waits until every dataset has its verified copies.</summary>
    public static async Task<DemoProcess> StartAsync(int datasets, CancellationToken ct)
    {
        var port = FreePort();
        var folder = Directory.CreateTempSubdirectory("etdb-browser-");
        string[] arguments =
        [
            "demo", "--port", port.ToString(CultureInfo.InvariantCulture), "--data", Path.Combine(folder.FullName, "demo"),
            "--datasets", datasets.ToString(CultureInfo.InvariantCulture),
        ];
        var start = new ProcessStartInfo(Executable!, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AxeCore.Repository(),
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("etdb demo could not be started.");
        var demo = new DemoProcess(process, folder, new Uri($"http://127.0.0.1:{port}/"));
        try
        {
            await demo.WaitUntilHealthyAsync(datasets, ct);
            return demo;
        }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
    }

    public async Task<JsonNode> ReadAsync(string path, CancellationToken ct)
        => await _client.GetFromJsonAsync<JsonNode>(new Uri("/api/v1" + path, UriKind.Relative), ct) ?? throw new InvalidOperationException($"{path} answered null.");

    /// <summary>Ctrl-C; the exit code.</summary>
    public async Task<int> StopAsync(CancellationToken ct)
    {
        using var kill = Process.Start("kill", [$"-{Interrupt}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync(ct).WaitAsync(StopPatience, TimeProvider.System, ct);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task WaitUntilHealthyAsync(int datasets, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(StartPatience);
        while (!await IsHealthyAsync(datasets, patience.Token))
        {
            Assert.False(_process.HasExited, $"etdb demo ended by itself:\n{Log()}");
            Assert.False(patience.IsCancellationRequested, $"etdb demo was not healthy within {StartPatience.TotalSeconds} s:\n{Log()}");
            await Task.Delay(Poll, TimeProvider.System, ct);
        }
    }

    private async Task<bool> IsHealthyAsync(int datasets, CancellationToken ct)
    {
        try
        {
            var health = await ReadAsync("/health", ct);
            return health["datasets"]!["healthy"]!.GetValue<int>() == datasets;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false; // not listening yet
        }
    }

    private void Keep(string? line)
    {
        lock (_log)
        {
            if (line is not null)
            {
                _log.Enqueue(line);
            }

            if (_log.Count > MostLogLines)
            {
                _log.Dequeue();
            }
        }
    }

    private string Log()
    {
        lock (_log)
        {
            return string.Join('\n', _log);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
