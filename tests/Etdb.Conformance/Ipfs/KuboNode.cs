using System.Diagnostics;
using System.Text.Json.Nodes;
using Etdb.Ipfs.Fetch;

namespace Etdb.Conformance.Ipfs;

/// <summary>
/// Kubo, when an <c>ipfs</c> that is Kubo is on the PATH: an offline daemon with an empty repository on free ports of 127.0.0.1. Otherwise the test is skipped
/// with the reason.
/// </summary>
public sealed class KuboNode : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly Process _process;

    private KuboNode(Process process, string repository, Uri api)
    {
        _process = process;
        Repository = repository;
        Api = api;
    }

    /// <summary>Its repository on disk.</summary>
    public string Repository { get; }

    /// <summary>Base of its RPC.</summary>
    public Uri Api { get; }

    /// <summary>Starts it, or skips the test.</summary>
    public static async Task<KuboNode> StartAsync(string repository, CancellationToken cancellationToken)
    {
        var program = Find();
        var (code, version) = await RunAsync(program, repository, ["version"], cancellationToken);
        Assert.SkipWhen(code != 0 || !version.Contains("ipfs version", StringComparison.Ordinal), $"{program} is not Kubo: {version.Trim()}");
        (code, var said) = await RunAsync(program, repository, ["init", "--profile=test", "--empty-repo"], cancellationToken);
        Assert.True(code == 0, said);
        var config = Path.Combine(repository, "config");
        var json = JsonNode.Parse(await File.ReadAllTextAsync(config, cancellationToken))!;
        json["Addresses"] = new JsonObject { ["API"] = "/ip4/127.0.0.1/tcp/0", ["Gateway"] = "/ip4/127.0.0.1/tcp/0", ["Swarm"] = new JsonArray() };
        json["AutoConf"] = new JsonObject { ["Enabled"] = false };
        await File.WriteAllTextAsync(config, json.ToJsonString(), cancellationToken);
        var process = Process.Start(Info(program, repository, ["daemon", "--offline"]))!;
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        return new KuboNode(process, repository, await ReadyAsync(process, repository, cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string Find()
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (File.Exists(Path.Combine(folder, "ipfs")))
            {
                return Path.Combine(folder, "ipfs");
            }
        }

        Assert.Skip("there is no Kubo (ipfs) on the PATH");
        throw new InvalidOperationException("skipped");
    }

    /// <summary>Kubo writes the address it chose into the file <c>api</c> of its repository.</summary>
    private static async Task<Uri> ReadyAsync(Process process, string repository, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        using var http = HttpPool.Create(TimeSpan.FromSeconds(5));
        var file = Path.Combine(repository, "api");
        while (true)
        {
            Assert.False(process.HasExited, "Kubo ended before it was ready");
            if (File.Exists(file) && (await File.ReadAllTextAsync(file, limit.Token)).Trim().Split('/') is ["", "ip4", var host, "tcp", var port])
            {
                var api = new Uri($"http://{host}:{port}");
                try
                {
                    using var answer = await http.PostAsync(new Uri(api, "/api/v0/version"), null, limit.Token);
                    if (answer.IsSuccessStatusCode)
                    {
                        return api;
                    }
                }
                catch (HttpRequestException)
                {
                    // Not listening yet.
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, string repository, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(Info(program, repository, arguments))!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, output + await errors);
    }

    private static ProcessStartInfo Info(string program, string repository, string[] arguments) => new(program, arguments)
    {
        Environment = { ["IPFS_PATH"] = repository },
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
    };
}
