namespace Etdb.Ipfs.Node.Store;

/// <summary>Small files that are replaced as a whole: after a crash the old or the new content is there, never a mixture.</summary>
internal static class DurableFile
{
    /// <summary>Writes beside, synchronises, renames over <paramref name="path"/>, synchronises the folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="secret">Whether only the owner may read it, from the moment it exists.</param>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool secret = false)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = path + ".tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
        if (secret && !OperatingSystem.IsWindows())
        {
            File.Delete(temporary); // the mode is given to new files only
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using var file = new FileStream(temporary, options);
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            File.Delete(temporary); // half of it would only take the room that is short
            throw;
        }

        File.Move(temporary, path, overwrite: true);
        FolderSync.Sync(folder);
    }
}
