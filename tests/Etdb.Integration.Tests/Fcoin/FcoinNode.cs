using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Integration.Tests.Fcoin;

/// <summary>One fcoin node on regtest, in memory, on free loopback ports, alone.</summary>
internal sealed class FcoinNode : IAsyncDisposable
{
    private const int Starts = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _folder;

    private FcoinNode(Process process, string folder, FloRpcOptions options)
    {
        _process = process;
        _folder = folder;
        Options = options;
        Client = FloRpcClient.Create(options, TimeProvider.System);
    }

    public FloRpcOptions Options { get; }

    public FloRpcClient Client { get; }

    /// <summary>Starts one and waits until it answers; with <paramref name="apiKey"/> it answers only who has it.
    /// Ports that were free may be taken by another test before it listens; it ends then, and is started on others.</summary>
    public static async Task<FcoinNode> StartAsync(string home, CancellationToken cancellationToken, string? apiKey = null)
    {
        for (var start = 1; ; start++)
        {
            var node = StartOnce(home, apiKey);
            try
            {
                await node.WaitAsync(cancellationToken);
                return node;
            }
            catch (FloNodeException) when (start < Starts && node._process.HasExited)
            {
                await node.DisposeAsync();
            }
        }
    }

    private static FcoinNode StartOnce(string home, string? apiKey)
    {
        var folder = Directory.CreateTempSubdirectory("etdb-fcoin").FullName;
        var (http, peer) = FreePorts();
        string[] arguments =
        [
            Path.Combine(home, "node_modules", "fcoin", "bin", "node"),
            "--network", "regtest", "--prefix", folder, "--memory", "true",
            "--http-host", "127.0.0.1", "--http-port", $"{http}", .. apiKey is null ? ["--no-auth", "true"] : (string[])["--api-key", apiKey],
            "--host", "127.0.0.1", "--port", $"{peer}", "--public-host", "127.0.0.1", "--max-outbound", "1", "--seeds", $"127.0.0.1:{peer}",
            "--listen", "true", "--upnp", "false", "--workers", "false",
            "--wallet-http-host", "127.0.0.1", "--wallet-http-port", $"{http + 1}", "--wallet-no-auth", "true",
            "--index-tx", "true", "--index-address", "true",
        ];
        var start = new ProcessStartInfo("node", arguments) { WorkingDirectory = home, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["FCOIN_HOME"] = home;
        start.Environment["NODE_OPTIONS"] = $"--require {Path.Combine(FcoinInstallation.Assets(), "preload.cjs")}";
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var endpoint = new Uri($"http://127.0.0.1:{http}/");
        return new FcoinNode(process, folder, new FloRpcOptions { Endpoint = endpoint, User = apiKey is null ? null : "x", Password = apiKey is null ? null : new RpcPassword(apiKey) });
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await Client.GetBlockCountAsync(cancellationToken);
                return;
            }
            catch (FloNodeException e) when (e.IsTransient && clock.Elapsed < StartLimit && !_process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>Two neighbouring ports for HTTP and wallet, one for peers.</summary>
    private static (int Http, int Peer) FreePorts()
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            using var first = Listen(0);
            var port = ((IPEndPoint)first.LocalEndpoint).Port;
            try
            {
                using var second = Listen(port + 1);
                using var peer = Listen(0);
                return (port, ((IPEndPoint)peer.LocalEndpoint).Port);
            }
            catch (SocketException)
            {
                // The neighbour is taken; try another pair.
            }
        }

        throw new InvalidOperationException("No two neighbouring ports are free.");
    }

    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return listener;
    }
}
