using System.Diagnostics;
using System.Text.Json;

namespace Etdb.Conformance.Content;

/// <summary>
/// The importers of the JavaScript implementation, run by Node: the one js-ipfs 0.18.1 uses and the current one with the profiles of IPIP-499. Installed once
/// from npm into <c>~/.cache/etdb-tests</c>; tests are skipped with the reason when that cannot be done.
/// </summary>
internal static class JsImporter
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(2);
    private static readonly SemaphoreSlim Installing = new(1);

    private static string? _problem;
    private static bool _isReady;

    /// <summary>One file or folder to import; absent fields are js-ipfs's defaults.</summary>
    public sealed record Job(string Path, string Engine, string? Profile = null, int CidVersion = 0, bool RawLeaves = false, int Chunk = 262144, int MaxLinks = 174);

    /// <summary>The CIDs of the jobs, or a skipped test.</summary>
    public static async Task<IReadOnlyList<string>> CidsAsync(IReadOnlyList<Job> jobs)
    {
        var folder = await InstallAsync();
        var input = JsonSerializer.Serialize(jobs, JsonSerializerOptions.Web);
        var (code, output, errors) = await RunAsync("node", [Path.Combine(folder, "import.mjs")], folder, input, RunLimit);
        Assert.True(code == 0, $"node import.mjs ended with {code}: {errors}");
        using var document = JsonDocument.Parse(output);
        return [.. document.RootElement.EnumerateArray().Select(result => result.GetProperty("cid").GetString()!)];
    }

    private static async Task<string> InstallAsync()
    {
        var from = Path.Combine(AppContext.BaseDirectory, "Content", "js-importer");
        var version = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(from, "package-lock.json"))))[..12];
        var to = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "etdb-tests", "js-importer-" + version);
        await Installing.WaitAsync();
        try
        {
            if (!_isReady && _problem is null)
            {
                _problem = await TryInstallAsync(from, to);
                _isReady = _problem is null;
            }
        }
        finally
        {
            Installing.Release();
        }

        Assert.SkipWhen(_problem is not null, _problem ?? string.Empty);
        return to;
    }

    private static async Task<string?> TryInstallAsync(string from, string to)
    {
        try
        {
            var isInstalled = File.Exists(Path.Combine(to, "installed"));
            Directory.CreateDirectory(to);
            foreach (var file in Directory.GetFiles(from))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)), true);
            }

            if (isInstalled)
            {
                return null;
            }

            var (code, _, errors) = await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], to, null, InstallLimit);
            if (code != 0)
            {
                return $"npm could not install the JavaScript importers (exit {code}): {errors.Split('\n')[0]}";
            }

            await File.WriteAllTextAsync(Path.Combine(to, "installed"), string.Empty);
            return null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException or OperationCanceledException)
        {
            return "The JavaScript importers cannot be installed: " + e.Message;
        }
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, string[] arguments, string folder, string? input, TimeSpan limit)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var stop = new CancellationTokenSource(limit);
        using var process = Process.Start(info)!;
        try
        {
            await process.StandardInput.WriteAsync((input ?? string.Empty).AsMemory(), stop.Token);
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(stop.Token);
            var output = await process.StandardOutput.ReadToEndAsync(stop.Token);
            await process.WaitForExitAsync(stop.Token);
            return (process.ExitCode, output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(true);
            }
        }
    }
}
