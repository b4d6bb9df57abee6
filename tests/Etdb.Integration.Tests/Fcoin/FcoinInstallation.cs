using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Etdb.Integration.Tests.Fcoin;

/// <summary>
/// fcoin 1.2.3, a real FLO node in JavaScript, installed once from npm into the user's cache. Its native parts are compiled there, which takes about two minutes
/// the first time. <c>preload.cjs</c> repairs its miner and keeps it on loopback; its own files are left alone.
/// </summary>
internal static class FcoinInstallation
{
    private const string Version = "1.2.3";
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(8);
    private static readonly SemaphoreSlim Once = new(1, 1);

    /// <summary>Files of ours beside the sources: package.json, its lock, the preload.</summary>
    public static string Assets([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "node");

    /// <summary>Folder with node_modules; null with the reason when it cannot be had here.</summary>
    public static async Task<(string? Home, string? Problem)> FindAsync(CancellationToken cancellationToken)
    {
        var home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "etdb-tests", $"fcoin-{Version}");
        var done = Path.Combine(home, ".installed");
        await Once.WaitAsync(cancellationToken);
        try
        {
            if (File.Exists(done))
            {
                return (home, null);
            }

            Directory.CreateDirectory(home);
            await using var guard = new FileStream(Path.Combine(home, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            foreach (var name in new[] { "package.json", "package-lock.json", ".npmrc" })
            {
                File.Copy(Path.Combine(Assets(), name), Path.Combine(home, name), overwrite: true);
            }

            var problem = await RunAsync("npm", ["ci", "--no-audit", "--no-fund"], home, cancellationToken);
            if (problem is null)
            {
                await File.WriteAllTextAsync(done, Version, cancellationToken);
            }

            return problem is null ? (home, null) : (null, $"fcoin {Version} cannot be installed here: {problem}");
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return (null, $"fcoin {Version} cannot be installed here: {e.Message}");
        }
        finally
        {
            Once.Release();
        }
    }

    private static async Task<string?> RunAsync(string program, string[] arguments, string folder, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(InstallLimit);
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = await process.StandardError.ReadToEndAsync(limit.Token);
            await output;
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? null : error.Length <= 500 ? error : error[^500..];
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
