using System.Text;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary>The files of one <c>add</c> call, named by their paths, made into directories when all have come.</summary>
internal sealed class AddedTree(ImportProfile profile, bool wrap)
{
    private const int MaxDepth = 256;

    private readonly Dictionary<string, DagPart> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);

    /// <summary>The files by their paths, in the order they came.</summary>
    public IEnumerable<(string Path, DagPart Part)> Files => _files.Select(static file => (file.Key, file.Value));

    public void AddFolder(string path) => _folders.Add(Clean(path));

    /// <summary>Files a part; the name it was filed under.</summary>
    public string AddFile(string path, DagPart part)
    {
        var clean = Clean(path);
        if (clean.Length == 0)
        {
            clean = wrap ? part.Cid.ToString() : string.Empty;
        }

        return _files.TryAdd(clean, part) ? clean : throw RpcException.BadArgument($"the name '{clean}' was given twice");
    }

    /// <summary>Writes the directories, deepest first, and returns every one with its path; the last is the root of the call when there is one.</summary>
    public IReadOnlyList<(string Path, DagPart Part)> Finish(Action<Block> emit)
    {
        var children = new Dictionary<string, List<DirectoryChild>>(StringComparer.Ordinal);
        foreach (var folder in _folders.SelectMany(SelfAndParents).Concat(_files.Keys.SelectMany(static path => SelfAndParents(Parent(path)))).Distinct(StringComparer.Ordinal))
        {
            children.TryAdd(folder, []);
        }

        foreach (var (path, part) in _files.Where(static file => file.Key.Length > 0))
        {
            children[Parent(path)].Add(new DirectoryChild(Encoding.UTF8.GetBytes(NameOf(path)), part));
        }

        var made = new List<(string, DagPart)>();
        foreach (var folder in children.Keys.OrderByDescending(static path => path.Length == 0 ? -1 : path.Count(static c => c == '/')).ToList())
        {
            if (folder.Length == 0 && !wrap)
            {
                continue;
            }

            var part = DirectoryBuilder.Build(children[folder], profile, emit);
            made.Add((folder, part));
            if (folder.Length > 0)
            {
                children[Parent(folder)].Add(new DirectoryChild(Encoding.UTF8.GetBytes(NameOf(folder)), part));
            }
        }

        return made;
    }

    /// <summary>The roots that stand alone: what is pinned.</summary>
    public IReadOnlyList<DagPart> Roots(IReadOnlyList<(string Path, DagPart Part)> folders) => wrap
        ? [folders[^1].Part]
        : [.. folders.Where(static folder => !folder.Path.Contains('/', StringComparison.Ordinal)).Select(static folder => folder.Part),
           .. _files.Where(static file => !file.Key.Contains('/', StringComparison.Ordinal)).Select(static file => file.Value)];

    private static string Clean(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length <= MaxDepth && !parts.Any(static part => part is "." or "..")
            ? string.Join('/', parts)
            : throw RpcException.BadArgument($"'{path}' is no path inside an upload");
    }

    private static string Parent(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : string.Empty;

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static IEnumerable<string> SelfAndParents(string folder)
    {
        for (var at = folder; ; at = Parent(at))
        {
            yield return at;
            if (at.Length == 0)
            {
                yield break;
            }
        }
    }
}
