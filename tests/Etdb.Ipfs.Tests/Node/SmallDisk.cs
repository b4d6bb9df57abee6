using System.Diagnostics;

namespace Etdb.Ipfs.Tests.Node;

/// <summary>A file system of a few MiB, mounted for one test; where that is not allowed the test is skipped.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly string _ballast;

    private SmallDisk(string folder)
    {
        Folder = folder;
        _ballast = Path.Combine(folder, "ballast");
    }

    public string Folder { get; }

    public static SmallDisk Mount(int mebibytes)
    {
        var folder = Directory.CreateTempSubdirectory("etdb-small-").FullName;
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "none", folder) != 0)
        {
            Directory.Delete(folder);
            Assert.Skip("a small tmpfs cannot be mounted here (it takes root on Linux)");
        }

        return new SmallDisk(folder);
    }

    /// <summary>Somebody else takes every byte that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(_ballast, FileMode.Append, FileAccess.Write, FileShare.None, 0);
        for (var piece = new byte[1 << 16]; piece.Length > 0; piece = piece[..(piece.Length / 2)])
        {
            try
            {
                while (true)
                {
                    file.Write(piece);
                }
            }
            catch (IOException)
            {
                continue; // then smaller pieces
            }
        }
    }

    /// <summary>And gives it back.</summary>
    public void Release() => File.Delete(_ballast);

    public void Dispose()
    {
        Run("umount", "-l", Folder);
        Directory.Delete(Folder, recursive: true);
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
