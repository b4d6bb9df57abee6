using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>
/// One line of a manifest: where in the tree (names separated by '/'), and either the file on disk or content that has been imported already.
/// </summary>
public sealed record ManifestEntry(string Path, string? SourceFile, DagPart? Part)
{
    /// <summary>A file on disk.</summary>
    public static ManifestEntry OfFile(string path, string sourceFile) => new(path, sourceFile, null);

    /// <summary>Content with a CID.</summary>
    public static ManifestEntry OfPart(string path, DagPart part) => new(path, null, part);
}

/// <summary>
/// Builds a directory tree out of a list of paths instead of a folder on disk: files may lie anywhere, and content that has a CID needs no reading. The
/// same entries give the same root in whatever order they come.
/// </summary>
public static class ImportManifest
{
    /// <summary>Most entries of one manifest.</summary>
    public const int MaxEntries = 1 << 22;

    /// <summary>Imports the tree.</summary>
    /// <exception cref="ImportException">A path that cannot be (empty, "..", twice, both file and folder), or a file that cannot be read.</exception>
    public static Task<ImportResult> ImportAsync(
        IReadOnlyCollection<ManifestEntry> entries, ImportOptions options, IBlockWriter? writer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(options);
        if (entries.Count > MaxEntries)
        {
            throw new ImportException(ImportProblem.TooWide, string.Empty, $"A manifest of {entries.Count} entries is longer than {MaxEntries}.");
        }

        var sorted = entries.Select(entry => (Entry: entry, Names: Split(entry.Path, options))).ToArray();
        Array.Sort(sorted, static (a, b) => Compare(a.Names, b.Names));
        return new UnixFsImporter(options, writer).ImportItemsAsync(Steps(sorted), cancellationToken);
    }

    private static IEnumerable<TreeItem> Steps((ManifestEntry Entry, string[] Names)[] sorted)
    {
        var open = new List<string>();
        yield return Folder(TreeStep.Open, open);
        foreach (var (entry, names) in sorted)
        {
            var shared = 0;
            while (shared < open.Count && shared < names.Length - 1 && open[shared] == names[shared])
            {
                shared++;
            }

            while (open.Count > shared)
            {
                yield return Folder(TreeStep.Close, open);
                open.RemoveAt(open.Count - 1);
            }

            for (; shared < names.Length - 1; shared++)
            {
                open.Add(names[shared]);
                yield return Folder(TreeStep.Open, open);
            }

            yield return Leaf(entry, names[^1]);
        }

        while (true)
        {
            yield return Folder(TreeStep.Close, open);
            if (open.Count == 0)
            {
                yield break;
            }

            open.RemoveAt(open.Count - 1);
        }
    }

    private static TreeItem Folder(TreeStep step, List<string> open) =>
        new(step, open.Count == 0 ? string.Empty : open[^1], "/" + string.Join('/', open), 0, null);

    private static TreeItem Leaf(ManifestEntry entry, string name)
    {
        if (entry.Part is { } part)
        {
            return new TreeItem(TreeStep.Part, name, entry.Path, 0, null) { Part = part };
        }

        var file = entry.SourceFile is { } path ? new FileInfo(path) : null;
        return file is { Exists: true, LinkTarget: null } && FileKind.IsRegular(file.FullName)
            ? new TreeItem(TreeStep.File, name, file.FullName, file.Length, null)
            : throw new ImportException(ImportProblem.NotFound, entry.Path, $"The manifest's '{entry.Path}' is to be '{entry.SourceFile}', which is no regular file.");
    }

    private static string[] Split(string path, ImportOptions options)
    {
        var names = path.Split('/');
        if (names.Length > options.MaxDepth || names.Any(static name => name is "" or "." or ".." || name.Contains('\0', StringComparison.Ordinal)))
        {
            throw new ImportException(ImportProblem.BadName, path, $"'{path}' cannot be a path in a tree: names separated by '/', none of them empty, '.' or '..'.");
        }

        return names;
    }

    private static int Compare(string[] a, string[] b)
    {
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            if (string.CompareOrdinal(a[i], b[i]) is not 0 and var order)
            {
                return order;
            }
        }

        return a.Length - b.Length;
    }
}
