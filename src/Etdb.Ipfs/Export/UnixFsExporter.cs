using System.Text;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Export;

/// <summary>
/// Writes a UnixFS tree to plain files. Names are checked before anything is made, nothing is written through a symbolic link, every file appears whole or
/// not at all, and a second run keeps what the first one finished after proving it by its hashes.
/// </summary>
public sealed class UnixFsExporter(IBlockReader reader, ExportOptions options)
{
    private readonly List<(string Path, string Target)> _links = [];
    private readonly FileExporter _files = new(reader);
    private long _entries;
    private long _fileCount;
    private long _folders;
    private long _bytes;
    private long _skipped;

    /// <summary>
    /// Exports into <paramref name="folder"/>: the names of a directory, or a single file under <paramref name="fileName"/> (its CID when null).
    /// </summary>
    /// <exception cref="ExportException">Something in the tree or on disk forbids it.</exception>
    /// <exception cref="DagException">A block is missing or wrong.</exception>
    public async Task<ExportResult> ExportAsync(Cid root, string folder, string? fileName, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var node = await UnixFsNode.LoadAsync(reader, root, cancellationToken).ConfigureAwait(false);
        Directory.CreateDirectory(target);
        if (node.IsDirectory)
        {
            await WalkAsync(root, target, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            var name = SafeName.Check(Encoding.UTF8.GetBytes(fileName ?? root.ToString()), string.Empty, options.AllowReservedNames);
            await PlaceAsync(node, Path.Combine(target, name), name, cancellationToken).ConfigureAwait(false);
        }

        MakeLinks(target);
        return new ExportResult(root, _fileCount, _folders, _bytes, _files.BytesReused, _skipped);
    }

    private async Task WalkAsync(Cid root, string target, CancellationToken cancellationToken)
    {
        var stack = new Stack<(Cid Cid, string Path, string Shown, int Depth)>();
        stack.Push((root, target, string.Empty, 0));
        while (stack.TryPop(out var folder))
        {
            var names = await NamesAsync(folder.Cid, folder.Shown, cancellationToken).ConfigureAwait(false);
            foreach (var (name, cid) in names)
            {
                var path = Path.Combine(folder.Path, name);
                var shown = folder.Shown + "/" + name;
                var node = await UnixFsNode.LoadAsync(reader, cid, cancellationToken).ConfigureAwait(false);
                if (!node.IsDirectory)
                {
                    await PlaceAsync(node, path, shown, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (folder.Depth + 1 >= options.MaxDepth)
                {
                    throw new ExportException(ExportProblem.TooMuch, shown, $"'{shown}' lies deeper than {options.MaxDepth} folders.");
                }

                MakeFolder(path, shown);
                stack.Push((cid, path, shown, folder.Depth + 1));
            }
        }
    }

    private async Task<List<(string Name, Cid Cid)>> NamesAsync(Cid folder, string shown, CancellationToken cancellationToken)
    {
        var names = new List<(string Name, Cid Cid)>();
        var seen = new HashSet<string>(options.AllowReservedNames ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        await foreach (var entry in UnixFsReader.ListAsync(reader, folder, cancellationToken).ConfigureAwait(false))
        {
            if (++_entries > options.MaxEntries)
            {
                throw new ExportException(ExportProblem.TooMuch, shown, $"The tree has more than {options.MaxEntries} files and folders.");
            }

            var name = SafeName.Check(entry.NameBytes, shown, options.AllowReservedNames);
            if (!seen.Add(name))
            {
                throw new ExportException(
                    ExportProblem.DuplicateName, shown + "/" + name, $"'{name}' is more than once in '/{shown.TrimStart('/')}', or differs from another name in case only.");
            }

            names.Add((name, entry.Cid));
        }

        return names;
    }

    private async Task PlaceAsync(UnixFsNode node, string path, string shown, CancellationToken cancellationToken)
    {
        switch (node.Data.Type)
        {
            case UnixFsType.File or UnixFsType.Raw:
                break;
            case UnixFsType.Symlink:
                PlaceLink(node, path, shown);
                return;
            default:
                throw new ExportException(ExportProblem.UnknownNode, shown, $"'{shown}' is a {node.Data.Type} node and no file, folder or link.");
        }

        _bytes += (long)Math.Min(node.FileBytes, long.MaxValue / 2);
        if (_bytes > options.MaxBytes || _bytes < 0)
        {
            throw new ExportException(ExportProblem.TooMuch, shown, $"With '{shown}' the tree has more than {options.MaxBytes} bytes.");
        }

        if (Directory.Exists(path) || new FileInfo(path).LinkTarget is not null)
        {
            throw new ExportException(ExportProblem.InTheWay, shown, $"'{path}' is a folder or link; the file cannot be put there.");
        }

        await _files.WriteAsync(node, path, cancellationToken).ConfigureAwait(false);
        _fileCount++;
        options.Progress?.Report(new ExportProgress(_bytes, _fileCount, shown));
    }

    private void MakeFolder(string path, string shown)
    {
        if (new DirectoryInfo(path).LinkTarget is not null || File.Exists(path))
        {
            throw new ExportException(ExportProblem.InTheWay, shown, $"'{path}' is a file or link; the folder cannot be made there.");
        }

        Directory.CreateDirectory(path);
        _folders++;
    }

    private void PlaceLink(UnixFsNode node, string path, string shown)
    {
        switch (options.Links)
        {
            case ExportLinks.Skip:
                _skipped++;
                return;
            case ExportLinks.Create:
                _links.Add((path, Encoding.UTF8.GetString(node.Content.Span)));
                return;
            default:
                throw new ExportException(ExportProblem.Symlink, shown, $"'{shown}' is a symbolic link; ask for links to be skipped or made.");
        }
    }

    /// <summary>Links come last, so that no file was written through one.</summary>
    private void MakeLinks(string target)
    {
        foreach (var (path, to) in _links)
        {
            var full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, to));
            if (to.Length == 0 || to.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(to) || !full.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new ExportException(ExportProblem.Symlink, path, $"The link '{path}' leads to '{to}', out of the folder.");
            }

            if (new FileInfo(path).LinkTarget == to)
            {
                continue;
            }

            if (Path.Exists(path))
            {
                throw new ExportException(ExportProblem.InTheWay, path, $"'{path}' exists; the link cannot be made there.");
            }

            File.CreateSymbolicLink(path, to);
        }
    }
}
