using System.Diagnostics;

namespace Etdb.Testing.Postgres;

/// <summary>Debian's PostgreSQL 15 (or newer) on this machine; installed once when root and missing.</summary>
internal sealed record PostgresInstallation(string Bin, string? RunAs)
{
    private const string Root = "/usr/lib/postgresql";
    private const string Package = "postgresql-15";
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);

    /// <summary>The installation, or why there is none.</summary>
    public static async Task<(PostgresInstallation? Found, string? Missing)> FindAsync()
    {
        var root = Environment.UserName == "root";
        if (Newest() is null && root)
        {
            await InstallAsync();
        }

        return Newest() is { } bin
            ? (new PostgresInstallation(bin, root ? "postgres" : null), null)
            : (null, $"PostgreSQL 15 is not installed and could not be: as root, 'apt-get install {Package}' is tried once. Type: sudo apt-get install {Package}");
    }

    /// <summary>Command and arguments, as the unprivileged user.</summary>
    public (string File, string[] Arguments) Command(string tool, params string[] arguments)
    {
        var path = Path.Combine(Bin, tool);
        return RunAs is null ? (path, arguments) : ("runuser", ["-u", RunAs, "--", path, .. arguments]);
    }

    private static string? Newest()
    {
        if (!Directory.Exists(Root))
        {
            return null;
        }

        return Directory.GetDirectories(Root)
            .Select(d => (Major: int.TryParse(Path.GetFileName(d), out var n) ? n : 0, Bin: Path.Combine(d, "bin")))
            .Where(v => v.Major >= 15 && File.Exists(Path.Combine(v.Bin, "initdb")))
            .OrderByDescending(v => v.Major).Select(v => v.Bin).FirstOrDefault();
    }

    private static async Task InstallAsync()
    {
        // Two test runs may want it at once; apt's own lock lets the second wait.
        const string Install = $"apt-get -o DPkg::Lock::Timeout=240 install -y --no-install-recommends {Package}";
        await Shell.TryRunAsync(InstallLimit, "sh", "-c", $"export DEBIAN_FRONTEND=noninteractive; {Install} || (apt-get update && {Install})");
    }
}

/// <summary>Runs a command to its end.</summary>
internal static class Shell
{
    /// <summary>Exit code and both outputs; code -1 when it could not be started or did not end in time.</summary>
    public static async Task<(int Code, string Output)> TryRunAsync(TimeSpan limit, string file, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = "/" },
        };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }

        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(timeout.Token), process.StandardError.ReadToEndAsync(timeout.Token));
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"not done within {limit}");
        }
    }
}
