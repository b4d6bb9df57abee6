using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Etdb.Ipfs.Node.Store;

/// <summary>
/// The calls a durable store needs and .NET does not offer: fsync of a folder (so that a new or renamed file survives a power
/// cut), fallocate with PUNCH_HOLE (gives the room of a deleted record back without moving its neighbours) and sync_file_range.
/// </summary>
internal static partial class Posix
{
    private const int ReadOnly = 0;
    private const int KeepSizePunchHole = 0x01 | 0x02;
    private const uint SyncFileRangeWrite = 2;

    /// <summary>Makes the entries of <paramref name="folder"/> durable. Does nothing on systems without such a call.</summary>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open the folder {folder} to synchronise it: errno {Marshal.GetLastPInvokeError()}");
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw new IOException($"cannot synchronise the folder {folder}: errno {Marshal.GetLastPInvokeError()}");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Gives the room of a byte range back to the file system. False where that is not supported.</summary>
    public static bool TryPunchHole(SafeFileHandle file, long offset, long length) =>
        OperatingSystem.IsLinux() && length > 0 && Fallocate(file, KeepSizePunchHole, offset, length) == 0;

    /// <summary>
    /// Makes the kernel begin to write a byte range to the disk and does not wait for it, so that the fsync to come finds little left to do. A hint: it makes
    /// nothing durable and its failure means nothing.
    /// </summary>
    public static void BeginWriteBack(SafeFileHandle file, long offset, long length)
    {
        if (OperatingSystem.IsLinux() && length > 0)
        {
            _ = SyncFileRange(file, offset, length, SyncFileRangeWrite);
        }
    }

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle descriptor, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(SafeFileHandle descriptor, int mode, long offset, long length);
}
