using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Etdb.Integration.Tests.OldClients;

/// <summary>The old programs' own libraries, installed once from npm into the user's cache. Nothing native is compiled: cryptography they bring along runs in JavaScript.</summary>
internal static class ClientPrograms
{
    private static readonly string[] Files = ["package.json", "package-lock.json", ".npmrc", "empty/package.json", "empty/index.js"];
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(3);
    private static readonly SemaphoreSlim Once = new(1, 1);

    private static string Assets([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "node");

    /// <summary>Folder with node_modules; null with the reason when it cannot be had here.</summary>
    public static async Task<(string? Home, string? Problem)> FindAsync(CancellationToken ct)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Assets(), "package-lock.json"), ct)))[..12];
        var home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "etdb-tests", $"old-clients-{digest}");
        var done = Path.Combine(home, ".installed");
        await Once.WaitAsync(ct);
        try
        {
            if (File.Exists(done))
            {
                return (home, null);
            }

            Directory.CreateDirectory(Path.Combine(home, "empty"));
            await using var guard = new FileStream(Path.Combine(home, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            foreach (var name in Files)
            {
                File.Copy(Path.Combine(Assets(), name), Path.Combine(home, name), overwrite: true);
            }

            var (code, _, errors) = await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], home, InstallLimit, ct);
            if (code != 0)
            {
                return (null, $"The old clients cannot be installed here: {(errors.Length <= 500 ? errors : errors[^500..])}");
            }

            await File.WriteAllTextAsync(done, digest, ct);
            return (home, null);
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return (null, $"The old clients cannot be installed here: {e.Message}");
        }
        finally
        {
            Once.Release();
        }
    }

    /// <summary>Runs one of our scripts over them and reads the line of JSON it writes.</summary>
    public static async Task<JsonElement> ReadAsync(string script, string[] arguments, CancellationToken ct)
    {
        var (home, problem) = await FindAsync(ct);
        if (home is null)
        {
            Assert.Skip(problem!);
        }

        File.Copy(Path.Combine(Assets(), script), Path.Combine(home, script), overwrite: true);
        var (code, output, errors) = await RunAsync("node", [script, .. arguments], home, RunLimit, ct);
        Assert.True(code == 0, $"{script}: {errors} {output}");
        return JsonElement.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, string[] arguments, string folder, TimeSpan most, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(most);
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["NODE_BACKEND"] = "js";
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, errors);
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
