using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Etdb.Ipfs.Node.Store;

/// <summary>
/// The calls a durable store needs and .NET does not offer: fallocate with PUNCH_HOLE (gives the room of a deleted record back without moving its neighbours)
/// and sync_file_range.
/// </summary>
internal static partial class Posix
{
    private const int KeepSizePunchHole = 0x01 | 0x02;
    private const uint SyncFileRangeWrite = 2;

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

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(SafeFileHandle descriptor, int mode, long offset, long length);
}
