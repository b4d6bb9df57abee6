using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>
/// Steps through a folder in one fixed order (names by their UTF-8 bytes), so that two imports of the same tree make the same blocks in the same order.
/// The stack is explicit; links are never followed.
/// </summary>
internal sealed class TreeScanner(ImportOptions options)
{
    private const char Replacement = '\uFFFD';

    /// <summary>The steps for a folder or a single file.</summary>
    public IEnumerable<TreeItem> Scan(string path)
    {
        var info = Inspect(path);
        var root = ToItem(info, string.Empty);
        yield return root;
        if (root.Step != TreeStep.Open)
        {
            yield break;
        }

        var stack = new Stack<(TreeItem Folder, IEnumerator<TreeItem> Names)>();
        stack.Push((root, Names(root)));
        while (stack.TryPeek(out var top))
        {
            if (!top.Names.MoveNext())
            {
                stack.Pop();
                yield return top.Folder with { Step = TreeStep.Close };
                continue;
            }

            var item = top.Names.Current;
            yield return item;
            if (item.Step != TreeStep.Open)
            {
                continue;
            }

            if (stack.Count >= options.MaxDepth)
            {
                throw new ImportException(ImportProblem.TooDeep, item.FullPath, $"'{item.FullPath}' lies deeper than {options.MaxDepth} folders.");
            }

            stack.Push((item, Names(item)));
        }
    }

    private static FileSystemInfo Inspect(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        FileSystemInfo info = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
        return info.Exists || info.LinkTarget is not null
            ? info
            : throw new ImportException(ImportProblem.NotFound, path, $"'{path}' does not exist.");
    }

    private IEnumerator<TreeItem> Names(TreeItem folder)
    {
        var infos = new List<FileSystemInfo>();
        try
        {
            foreach (var info in new DirectoryInfo(folder.FullPath).EnumerateFileSystemInfos("*", EnumerateAll))
            {
                if (!options.IncludeHidden && info.Name.StartsWith('.'))
                {
                    continue;
                }

                if (infos.Count >= options.MaxNames)
                {
                    throw new ImportException(
                        ImportProblem.TooWide, folder.FullPath, $"Folder '{folder.FullPath}' has more than {options.MaxNames} names; divide it into subfolders.");
                }

                infos.Add(info);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImportException(ImportProblem.Unreadable, folder.FullPath, $"Folder '{folder.FullPath}' cannot be listed: {e.Message}", e);
        }

        // UTF-16 order differs from UTF-8 order above U+FFFF only, but there it does.
        infos.Sort(static (a, b) => System.Text.Encoding.UTF8.GetBytes(a.Name).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b.Name)));
        return infos.Select(info => ToItem(info, info.Name)).GetEnumerator();
    }

    private static EnumerationOptions EnumerateAll { get; } = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
        RecurseSubdirectories = false,
        ReturnSpecialDirectories = false,
        MatchType = MatchType.Simple,
    };

    private TreeItem ToItem(FileSystemInfo info, string name)
    {
        if (name.Contains(Replacement, StringComparison.Ordinal) || HasLoneSurrogate(name))
        {
            throw new ImportException(
                ImportProblem.BadName, info.FullName, $"'{info.FullName}' has a name that is not UTF-8; rename it, because readers elsewhere could not open it.");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(name) > DirectoryBuilder.MaxNameBytes)
        {
            throw new ImportException(ImportProblem.BadName, info.FullName, $"'{info.FullName}' has a name of more than {DirectoryBuilder.MaxNameBytes} bytes.");
        }

        if (info.LinkTarget is { } target)
        {
            return options.Symlinks == SymlinkRule.Record
                ? new TreeItem(TreeStep.Link, name, info.FullName, 0, target)
                : throw new ImportException(
                    ImportProblem.Symlink, info.FullName, $"'{info.FullName}' is a symbolic link; ask for links to be recorded, or put the file itself there.");
        }

        if (info.Attributes.HasFlag(FileAttributes.Directory))
        {
            return new TreeItem(TreeStep.Open, name, info.FullName, 0, null);
        }

        return !FileKind.IsRegular(info.FullName)
            ? throw new ImportException(ImportProblem.SpecialFile, info.FullName, $"'{info.FullName}' is a device, pipe or socket and cannot be imported.")
            : new TreeItem(TreeStep.File, name, info.FullName, ((FileInfo)info).Length, null);
    }

    private static bool HasLoneSurrogate(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsHighSurrogate(name[i]) && i + 1 < name.Length && char.IsLowSurrogate(name[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(name[i]))
            {
                return true;
            }
        }

        return false;
    }
}
