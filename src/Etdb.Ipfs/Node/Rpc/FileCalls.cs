using System.Formats.Tar;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Gateway;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary><c>cat, get, ls, files/stat</c>: content as files and folders.</summary>
internal static class FileCalls
{
    private const int MaxTreeDepth = 256;

    public static IEnumerable<KeyValuePair<string, RpcHandler>> All =>
    [
        new("cat", CatAsync),
        new("get", GetAsync),
        new("ls", ListAsync),
        new("files/stat", StatAsync),
    ];

    private static async Task CatAsync(RpcCall call)
    {
        var blocks = call.Blocks();
        var offset = Math.Max(0, call.Number("offset", 0));
        var left = call.Number("length", -1);
        foreach (var text in call.Arguments.DefaultIfEmpty(string.Empty))
        {
            var cid = await call.ResolveAsync(text.Length > 0 ? text : call.Argument(0), blocks).ConfigureAwait(false);
            var node = await UnixFsNode.LoadAsync(blocks, cid, call.Token).ConfigureAwait(false);
            if (!node.IsFile)
            {
                throw new DagException(DagProblem.NotAFile, cid, $"this dag node is a {node.Data.Type}: {cid} has no bytes to show");
            }

            var length = (long)node.FileBytes;
            call.BeginBytes("text/plain");
            if (offset < length)
            {
                var written = await UnixFsReader.CopyAsync(blocks, cid, call.Http.Response.Body, offset, left < 0 ? null : left, call.Token).ConfigureAwait(false);
                left = left < 0 ? left : left - written;
            }

            offset = Math.Max(0, offset - length);
        }
    }

    /// <summary>A tar of the file or folder, named by the last part of its path.</summary>
    private static async Task GetAsync(RpcCall call)
    {
        if (call.Flag("compress", false))
        {
            throw RpcException.BadArgument("option compress is not supported by this node");
        }

        var blocks = call.Blocks();
        var text = call.Argument(0);
        var root = await call.ResolveAsync(text, blocks).ConfigureAwait(false);
        var name = text.TrimEnd('/').Split('/')[^1];
        var first = await UnixFsNode.LoadAsync(blocks, root, call.Token).ConfigureAwait(false);
        call.BeginBytes("application/x-tar");
        var tar = new TarWriter(call.Http.Response.Body, TarEntryFormat.Pax, leaveOpen: true);
        await using (tar.ConfigureAwait(false))
        {
            var stack = new Stack<(string Path, UnixFsNode Node)>();
            stack.Push((name, first));
            while (stack.TryPop(out var next))
            {
                await WriteEntryAsync(call, tar, blocks, next.Path, next.Node).ConfigureAwait(false);
                if (!next.Node.IsDirectory)
                {
                    continue;
                }

                await foreach (var entry in UnixFsReader.ListAsync(blocks, next.Node.Cid, call.Token).ConfigureAwait(false))
                {
                    var path = $"{next.Path}/{SafeName(entry)}";
                    if (path.Count(static c => c == '/') > MaxTreeDepth)
                    {
                        throw new DagException(DagProblem.TooDeep, entry.Cid, $"the tree below {root} is deeper than {MaxTreeDepth} folders");
                    }

                    stack.Push((path, await UnixFsNode.LoadAsync(blocks, entry.Cid, call.Token).ConfigureAwait(false)));
                }
            }
        }
    }

    private static string SafeName(DirectoryEntry entry) =>
        entry.Name is "" or "." or ".." || entry.Name.Contains('/', StringComparison.Ordinal) || entry.Name.Contains('\0', StringComparison.Ordinal)
            ? throw new DagException(DagProblem.Malformed, entry.Cid, $"the name '{entry.Name}' cannot be in a tar")
            : entry.Name;

    private static async Task WriteEntryAsync(RpcCall call, TarWriter tar, IBlockReader blocks, string path, UnixFsNode node)
    {
        var stream = node.IsFile ? new UnixFsStream(blocks, node.Cid, (long)node.FileBytes) : null;
        var entry = node.Data.Type switch
        {
            UnixFsType.Symlink => new PaxTarEntry(TarEntryType.SymbolicLink, path) { LinkName = System.Text.Encoding.UTF8.GetString(node.Content.Span) },
            _ when node.IsDirectory => new PaxTarEntry(TarEntryType.Directory, path),
            _ when stream is not null => new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = stream },
            _ => throw new DagException(DagProblem.NotAFile, node.Cid, $"{node.Cid} is a {node.Data.Type}, which no tar can hold"),
        };
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        await tar.WriteEntryAsync(entry, call.Token).ConfigureAwait(false);
    }

    private static async Task ListAsync(RpcCall call)
    {
        var blocks = call.Blocks();
        var resolve = call.Flag("resolve-type", true) || call.Flag("size", true);
        var stream = call.Flag("stream", false);
        var objects = new List<object>();
        foreach (var text in call.Arguments)
        {
            var cid = await call.ResolveAsync(text, blocks).ConfigureAwait(false);
            var node = await UnixFsNode.LoadAsync(blocks, cid, call.Token).ConfigureAwait(false);
            var links = new List<object>();
            if (node.IsDirectory)
            {
                await foreach (var entry in UnixFsReader.ListAsync(blocks, cid, call.Token).ConfigureAwait(false))
                {
                    var link = await LinkAsync(call, blocks, entry, resolve).ConfigureAwait(false);
                    if (stream)
                    {
                        await call.WriteLineAsync(new { Objects = new[] { new { Hash = text, Links = new[] { link } } } }).ConfigureAwait(false);
                    }
                    else
                    {
                        links.Add(link);
                    }
                }
            }

            objects.Add(new { Hash = text, Links = links });
        }

        if (!stream)
        {
            await call.WriteAsync(new { Objects = objects }).ConfigureAwait(false);
        }
    }

    private static async Task<object> LinkAsync(RpcCall call, IBlockReader blocks, DirectoryEntry entry, bool resolve)
    {
        var (type, size, target) = (0, 0UL, string.Empty);
        if (resolve)
        {
            var node = await UnixFsNode.LoadAsync(blocks, entry.Cid, call.Token).ConfigureAwait(false);
            // Numbers of unixfs.proto as Kubo gives them; a raw leaf is told as a file.
            (type, size) = node.IsDirectory ? (1, 0UL) : node.Data.Type == UnixFsType.Symlink ? (4, 0UL) : (2, node.FileBytes);
            target = type == 4 ? System.Text.Encoding.UTF8.GetString(node.Content.Span) : string.Empty;
        }

        return new { entry.Name, Hash = entry.Cid.ToString(), Size = size, Type = type, Target = target };
    }

    /// <summary>Content by its <c>/ipfs/</c> path only: this node has no mutable files.</summary>
    private static async Task StatAsync(RpcCall call)
    {
        var text = call.Argument(0);
        if (!text.StartsWith("/ipfs/", StringComparison.Ordinal))
        {
            throw new RpcException("file does not exist");
        }

        var withLocal = call.Flag("with-local", false);
        var blocks = withLocal ? call.Node.Local : call.Blocks();
        var cid = await call.ResolveAsync(text, blocks).ConfigureAwait(false);
        var node = await UnixFsNode.LoadAsync(blocks, cid, call.Token).ConfigureAwait(false);
        var (local, complete) = withLocal ? await LocalSizeAsync(call, cid).ConfigureAwait(false) : (0, false);
        var own = cid.Codec == Multicodec.Raw ? node.FileBytes : (ulong)new DagPbNode(node.Links, node.Data.Encode()).EncodedLength();
        await call.WriteAsync(new
        {
            Hash = cid.ToString(),
            Size = node.IsDirectory ? 0 : node.FileBytes,
            CumulativeSize = node.Links.Aggregate(own, static (sum, link) => sum + (link.TotalBytes ?? 0)),
            Blocks = node.Links.Count,
            Type = node.IsDirectory ? "directory" : "file",
            WithLocality = withLocal,
            Local = complete,
            SizeLocal = local,
        }).ConfigureAwait(false);
    }

    private static async Task<(long Bytes, bool Complete)> LocalSizeAsync(RpcCall call, Cid root)
    {
        var (bytes, complete) = (0L, true);
        await foreach (var step in DagWalker.WalkAsync(call.Node.Local, root, call.Node.Options.Limits, call.Token).ConfigureAwait(false))
        {
            bytes += step.Data.Length;
            complete &= step.Problem is null;
        }

        return (bytes, complete);
    }
}
