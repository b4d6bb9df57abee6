using System.Diagnostics;

namespace Etdb.Testing;

/// <summary>A file system of a given size of the test's own (Linux <c>tmpfs</c>, so only root can make one): a disk that really gets full.</summary>
public sealed class SmallDisk : IDisposable
{
    private const string FillerName = "filler";
    private readonly TemporaryFolder _folder = new();

    private SmallDisk()
    {
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => _folder.Path;

    /// <summary>Makes a disk of so many bytes; null where this user or container may not mount, with the reason for a skipped test.</summary>
    public static SmallDisk? TryMount(long bytes, out string reason)
    {
        var disk = new SmallDisk();
        reason = Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "etdb-test", disk.Path);
        if (reason.Length == 0)
        {
            return disk;
        }

        disk._folder.Dispose();
        reason = $"a small disk cannot be mounted here ({reason})";
        return null;
    }

    /// <summary>Makes it larger or smaller.</summary>
    public void Resize(long bytes)
    {
        if (Run("mount", "-o", $"remount,size={bytes}", Path) is { Length: > 0 } problem)
        {
            throw new IOException(problem);
        }
    }

    /// <summary>Takes the space of all but <paramref name="leave"/> bytes.</summary>
    public void Fill(long leave)
    {
        var take = new DriveInfo(Path).AvailableFreeSpace - leave;
        if (take > 0 && Run("fallocate", "-l", $"{take}", System.IO.Path.Combine(Path, FillerName)) is { Length: > 0 } problem)
        {
            throw new IOException(problem);
        }
    }

    /// <summary>Gives back what <see cref="Fill"/> took.</summary>
    public void Free() => File.Delete(System.IO.Path.Combine(Path, FillerName));

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", "-l", Path);
        _folder.Dispose();
    }

    private static string Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            var errors = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : errors.Length > 0 ? errors : $"{command} ended with {process.ExitCode}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"{command}: {e.Message}";
        }
    }
}
