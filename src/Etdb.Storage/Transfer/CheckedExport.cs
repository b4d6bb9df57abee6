namespace Etdb.Storage.Transfer;

/// <summary>A file that <see cref="StorageImport.CheckAsync"/> found whole. It is taken for the same as long as its length and the time of its last change are.</summary>
public sealed class CheckedExport
{
    private readonly (long Length, DateTime WrittenAt) _stamp;

    internal CheckedExport(string path, (long Length, DateTime WrittenAt) stamp, ExportContents contents) => (Path, _stamp, Contents) = (path, stamp, contents);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Rows by table.</summary>
    public IReadOnlyDictionary<string, long> Counts => Contents.Counts;

    internal ExportContents Contents { get; }

    internal static (long Length, DateTime WrittenAt) StampOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.Length, file.LastWriteTimeUtc) : throw new FileNotFoundException($"There is no file '{path}'.", path);
    }

    /// <exception cref="FormatException">It was changed since.</exception>
    internal void RequireSame()
    {
        if (StampOf(Path) != _stamp)
        {
            throw new FormatException($"'{Path}' was changed after it was checked; nothing was imported. Begin again when nobody writes it any more.");
        }
    }
}
