using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Etdb.Ipfs.Import;

/// <summary>
/// Tells regular files from devices, pipes and sockets, which .NET does not, and whose opening could wait for ever. On Linux by <c>statx</c>, whose layout
/// is the same on every processor; elsewhere every file is taken for regular. Source: statx(2).
/// </summary>
internal static partial class FileKind
{
    private const int CurrentFolder = -100;
    private const int DoNotFollow = 0x100;
    private const uint TypeOnly = 1;
    private const int StatxBytes = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xf000;
    private const int Regular = 0x8000;

    /// <summary>False when the path is surely no regular file.</summary>
    public static bool IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        Span<byte> stat = stackalloc byte[StatxBytes];
        stat.Clear();
        try
        {
            return Statx(CurrentFolder, path, DoNotFollow, TypeOnly, ref MemoryMarshal.GetReference(stat)) != 0
                || (BinaryPrimitives.ReadUInt16LittleEndian(stat[ModeOffset..]) & TypeMask) == Regular;
        }
        catch (EntryPointNotFoundException)
        {
            return true;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte stat);
}
