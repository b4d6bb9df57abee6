using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>One <c>etdb serve</c> process with a configuration file and a data folder of its own; can be killed, stopped and started again.</summary>
internal sealed partial class SiloProcess(string name, string config) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromSeconds(5) }) { Timeout = TimeSpan.FromSeconds(30) };
    private EtdbProcess? _process;

    public string Name { get; } = name;

    /// <summary>Base address of its API.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:1/");

    /// <summary>What it logged in this run.</summary>
    public string Log => _process?.Errors ?? "";

    /// <summary>What it logged while it was stopped in order.</summary>
    public string LastWords { get; private set; } = "";

    public bool Running => _process is not null;

    /// <summary>Starts the process; returns when it listens.</summary>
    public async Task StartAsync()
    {
        _process = EtdbProcess.Start("serve", "--config", config);
        var line = await _process.WaitForLineAsync(l => l.Contains("etdb serve: http", StringComparison.Ordinal), Limit, $"silo {Name} to listen");
        Address = new Uri(AddressPattern().Match(line).Groups[1].Value + "/");
    }

    /// <summary>Waits until /health/ready says yes (null), or a reason that contains <paramref name="problem"/>.</summary>
    public async Task WaitReadyAsync(CancellationToken ct, string? problem = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        var said = "";
        try
        {
            while (true)
            {
                // A silo that had to wait first stands at another free port.
                Address = new Uri(AddressPattern().Matches(Log)[^1].Groups[1].Value + "/");
                try
                {
                    using var response = await _http.GetAsync(new Uri(Address, "health/ready"), limit.Token);
                    said = $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(limit.Token)}";
                    if (problem is null ? response.IsSuccessStatusCode : !response.IsSuccessStatusCode && said.Contains(problem, StringComparison.OrdinalIgnoreCase))
                    {
                        return;
                    }
                }
                catch (HttpRequestException e)
                {
                    said = e.Message;
                }

                await Task.Delay(200, limit.Token);
            }
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"Silo {Name} did not become {problem ?? "ready"} within {Limit}; it last said: {said}\n{Tail(Log)}", e);
        }
    }

    public async Task<JsonElement> GetAsync(string path, CancellationToken ct) => await _http.GetFromJsonAsync<JsonElement>(new Uri(Address, path), ct);

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>The process stands still, as a machine does that is suspended or starved; its connections stay open.</summary>
    public void Freeze() => Signal("-STOP");

    /// <summary>It goes on.</summary>
    public void Thaw() => Signal("-CONT");

    /// <summary>Waits until its log has that text.</summary>
    public Task WaitForLogAsync(string text) => _process!.WaitForLineAsync(l => l.Contains(text, StringComparison.Ordinal), Limit, $"silo {Name} to log '{text}'");

    /// <summary>Ctrl-C; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        var before = Log.Length;
        _process!.Interrupt();
        var code = await _process.WaitAsync(Limit);
        LastWords = Log[before..];
        Assert.True(code == 0, $"Silo {Name} ended with {code}:\n{Tail(Log)}");
        await _process.DisposeAsync();
        _process = null;
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _http.Dispose();
    }

    private void Signal(string signal)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [signal, _process!.Id.ToString()]);
        kill.WaitForExit();
    }

    public static string Tail(string text) => text.Length <= 6000 ? text : "…" + text[^6000..];

    [GeneratedRegex(@"etdb serve: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex AddressPattern();
}
