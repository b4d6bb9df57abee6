using System.Diagnostics;

namespace Etdb.Integration.Tests.Ledger;

/// <summary>A publisher socket of libzmq in a process of its own, announcing block ids as flod does.</summary>
internal sealed class ZmqPublisher : IDisposable
{
    private const string Version = "6.8.0";

    // What a node does: announce the id of each block, with a counter.
    private const string Publisher =
        """
        import { createInterface } from 'node:readline';
        import { Publisher } from 'zeromq';
        const socket = new Publisher();
        await socket.bind('tcp://127.0.0.1:*');
        console.log(socket.lastEndpoint);
        let number = 0;
        for await (const line of createInterface({ input: process.stdin })) {
          const count = Buffer.alloc(4);
          count.writeUInt32LE(number++);
          await socket.send(['hashblock', Buffer.from(line, 'hex'), count]);
        }
        """;

    private readonly Process _process;

    private ZmqPublisher(Process process, Uri endpoint) => (_process, Endpoint) = (process, endpoint);

    /// <summary>Where it publishes.</summary>
    public Uri Endpoint { get; }

    /// <summary>Starts one; skips the test where libzmq cannot be installed.</summary>
    public static async Task<ZmqPublisher> StartAsync(CancellationToken ct)
    {
        var home = await InstallAsync(ct);
        var script = Path.Combine(home, $"publisher-{Environment.ProcessId}.mjs");
        await File.WriteAllTextAsync(script, Publisher, ct);
        var process = Process.Start(new ProcessStartInfo("node", [script]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        var endpoint = await process.StandardOutput.ReadLineAsync(ct);
        File.Delete(script);
        return new ZmqPublisher(process, new Uri(endpoint ?? throw new InvalidOperationException("The publisher did not start.")));
    }

    /// <summary>Announces a block; who has not subscribed yet misses it.</summary>
    public Task AnnounceAsync(string hash) => _process.StandardInput.WriteLineAsync(hash);

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    /// <summary>libzmq with its binding for Node, installed once into the user's cache, without running anything of its own.</summary>
    private static async Task<string> InstallAsync(CancellationToken ct)
    {
        var home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "etdb-tests", $"zeromq-{Version}");
        if (!Directory.Exists(Path.Combine(home, "node_modules", "zeromq")))
        {
            try
            {
                Directory.CreateDirectory(home);
                await File.WriteAllTextAsync(Path.Combine(home, "package.json"), "{}", ct);
                string[] arguments = ["install", $"zeromq@{Version}", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", home];
                using var npm = Process.Start(new ProcessStartInfo("npm", arguments)
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    UseShellExecute = false,
                })!;
                var output = npm.StandardOutput.ReadToEndAsync(ct);
                var errors = await npm.StandardError.ReadToEndAsync(ct);
                await Task.WhenAll(output, npm.WaitForExitAsync(ct));
                Assert.SkipWhen(npm.ExitCode != 0, $"zeromq {Version} cannot be installed here: {errors}");
            }
            catch (System.ComponentModel.Win32Exception e)
            {
                Assert.Skip($"There is no npm here: {e.Message}");
            }
        }

        return home;
    }
}
