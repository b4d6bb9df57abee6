using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Etdb.Conformance.Ipfs;

/// <summary>
/// A real js-ipfs node as a child process on 127.0.0.1, installed from npm into a cache once. Where it cannot be installed the test is skipped.
/// </summary>
public sealed class JsIpfsNode : IAsyncDisposable
{
    private static readonly SemaphoreSlim Installing = new(1, 1);
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly Process _process;

    private JsIpfsNode(Process process, string repository, Uri api)
    {
        _process = process;
        Repository = repository;
        Api = api;
    }

    /// <summary>Its repository on disk.</summary>
    public string Repository { get; }

    /// <summary>Base of its RPC.</summary>
    public Uri Api { get; }

    /// <summary>Starts a node with an empty repository.</summary>
    public static async Task<JsIpfsNode> StartAsync(string repository, CancellationToken cancellationToken)
    {
        var install = await InstallAsync(cancellationToken);
        var ports = FreePorts(3);
        var process = Start("node", install, ["daemon.mjs", repository, $"{ports[0]}", $"{ports[1]}", $"{ports[2]}"]);
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains("\"ready\":true", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return new JsIpfsNode(process, repository, new Uri($"http://127.0.0.1:{ports[0]}"));
            }
        }

        await process.WaitForExitAsync(limit.Token);
        throw new InvalidOperationException($"js-ipfs ended with {process.ExitCode} before it was ready");
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

    private static async Task<string> InstallAsync(CancellationToken cancellationToken)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "Ipfs", "js-ipfs");
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"), cancellationToken)))[..12];
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "etdb-tests", $"js-ipfs-{hash}");
        await Installing.WaitAsync(cancellationToken);
        try
        {
            var done = Path.Combine(folder, ".installed");
            if (!File.Exists(done))
            {
                Directory.CreateDirectory(folder);
                foreach (var name in new[] { "package.json", "package-lock.json", ".npmrc" })
                {
                    File.Copy(Path.Combine(source, name), Path.Combine(folder, name), overwrite: true);
                }

                if (await RunAsync("npm", folder, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], cancellationToken) is { } problem)
                {
                    Assert.Skip($"js-ipfs cannot be installed here: {problem}");
                }

                await File.WriteAllTextAsync(done, string.Empty, cancellationToken);
            }

            File.Copy(Path.Combine(source, "daemon.mjs"), Path.Combine(folder, "daemon.mjs"), overwrite: true);
            return folder;
        }
        finally
        {
            Installing.Release();
        }
    }

    /// <summary>Null when it worked, else why not.</summary>
    private static async Task<string?> RunAsync(string program, string folder, string[] arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(InstallLimit);
        try
        {
            using var process = Start(program, folder, arguments);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? null : $"{program} ended with {process.ExitCode}: {await errors}";
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return error.Message;
        }
    }

    private static Process Start(string program, string folder, string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        return Process.Start(info)!;
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        var ports = Array.ConvertAll(listeners, static listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
