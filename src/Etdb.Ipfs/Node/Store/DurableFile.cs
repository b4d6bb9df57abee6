namespace Etdb.Ipfs.Node.Store;

/// <summary>Small files that are replaced as a whole: after a crash the old or the new content is there, never a mixture.</summary>
internal static class DurableFile
{
    /// <summary>Writes beside, synchronises, renames over <paramref name="path"/>, synchronises the folder.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = path + ".tmp";
        using (var handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            RandomAccess.Write(handle, content, 0);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(temporary, path, overwrite: true);
        Posix.SyncFolder(folder);
    }
}
