using System.Runtime.InteropServices;

namespace Etdb.Shared;

/// <summary>fsync of a folder, which .NET does not offer: without it a new file may be gone and a renamed one the old one again after a power cut.</summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>Makes the entries of <paramref name="folder"/> durable. Does nothing on systems without such a call.</summary>
    public static void Sync(string folder)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        var descriptor = Open(folder, ReadOnly);
        var isDone = descriptor >= 0 && Fsync(descriptor) == 0;
        var problem = Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
        {
            _ = Close(descriptor);
        }

        if (!isDone)
        {
            throw new IOException($"the folder {folder} cannot be synchronised: errno {problem}");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
