using System.Runtime.CompilerServices;
using System.Text;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.UnixFs;

/// <summary>One name in a directory. <paramref name="TotalBytes"/> is the writer's claim, not checked.</summary>
public readonly record struct DirectoryEntry(ReadOnlyMemory<byte> NameBytes, Cid Cid, ulong? TotalBytes)
{
    /// <summary>The name as text; bytes that are no UTF-8 show as U+FFFD.</summary>
    public string Name => Encoding.UTF8.GetString(NameBytes.Span);
}

/// <summary>Where a path leads, and every block that had to be read to know it (the root first, the target last).</summary>
public sealed record ResolvedPath(UnixFsNode Node, IReadOnlyList<Cid> Via);

/// <summary>
/// Reads files and directories out of blocks. Every block is hashed before it is believed; lengths that contradict each other, cycles of depth and links to
/// absent blocks end in a <see cref="DagException"/> that names block and problem. No call uses the thread's stack for depth.
/// </summary>
public static class UnixFsReader
{
    /// <summary>Most levels of a file: a balanced file of 174 links and 256 KiB has eight at 2^63 bytes; trickle and append layouts have more.</summary>
    public const int MaxFileDepth = 128;

    /// <summary>Most names of one directory that are listed.</summary>
    public const long MaxEntries = 1L << 26;

    /// <summary>
    /// The bytes from <paramref name="offset"/> on, at most <paramref name="length"/> (null: to the end), leaf by leaf. Subtrees outside the range are not
    /// read.
    /// </summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        IBlockReader reader, Cid cid, long offset, long? length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length.GetValueOrDefault(), nameof(length));
        var root = await UnixFsNode.LoadAsync(reader, cid, cancellationToken).ConfigureAwait(false);
        RequireFile(root);
        var end = length is { } most && most < (long)root.FileBytes - offset ? offset + most : (long)root.FileBytes;
        var stack = new Stack<FilePart>();
        stack.Push(new FilePart(cid, 0, root.FileBytes, 0, root));
        while (stack.TryPop(out var part))
        {
            var node = part.Node ?? await UnixFsNode.LoadAsync(reader, part.Cid, cancellationToken).ConfigureAwait(false);
            Check(node, part);
            Push(stack, node, part, offset, end);
            var from = Math.Max(offset - part.Start, 0);
            var to = Math.Min(end - part.Start, node.Content.Length);
            if (from < to)
            {
                yield return node.Content[(int)from..(int)to];
            }
        }
    }

    /// <summary>Copies a file, or a range of it, and returns the bytes written.</summary>
    public static async Task<long> CopyAsync(IBlockReader reader, Cid cid, Stream to, long offset, long? length, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(to);
        var written = 0L;
        await foreach (var bytes in ReadAsync(reader, cid, offset, length, cancellationToken).ConfigureAwait(false))
        {
            await to.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            written += bytes.Length;
        }

        return written;
    }

    /// <summary>The names of a directory, plain or sharded, in the order of its links.</summary>
    public static async IAsyncEnumerable<DirectoryEntry> ListAsync(
        IBlockReader reader, Cid cid, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var count = 0L;
        var stack = new Stack<(Cid Cid, int Depth)>();
        stack.Push((cid, 0));
        while (stack.TryPop(out var next))
        {
            var node = await UnixFsNode.LoadAsync(reader, next.Cid, cancellationToken).ConfigureAwait(false);
            var shard = OpenDirectory(node, next.Depth);
            for (var i = node.Links.Count - 1; shard is not null && i >= 0; i--)
            {
                if (shard.NameOf(node.Links[i]) is null)
                {
                    stack.Push((node.Links[i].Cid, next.Depth + 1));
                }
            }

            foreach (var link in node.Links)
            {
                var name = shard is null ? link.NameBytes ?? default : shard.NameOf(link);
                if (name is not { } known)
                {
                    continue;
                }

                if (++count > MaxEntries)
                {
                    throw new DagException(DagProblem.TooWide, cid, $"Directory {cid} has more than {MaxEntries} names.");
                }

                yield return new DirectoryEntry(known, link.Cid, link.TotalBytes);
            }
        }
    }

    /// <summary>Follows <paramref name="path"/> (names separated by '/', empty ones ignored) from a root.</summary>
    /// <exception cref="DagException">NotFound, NotADirectory, or a block that is missing or wrong.</exception>
    public static async Task<ResolvedPath> ResolveAsync(IBlockReader reader, Cid root, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        var via = new List<Cid> { root };
        var node = await UnixFsNode.LoadAsync(reader, root, cancellationToken).ConfigureAwait(false);
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!node.IsDirectory)
            {
                throw new DagException(DagProblem.NotADirectory, node.Cid, $"{node.Cid} is no directory, so it has no '{name}'.");
            }

            var bytes = Encoding.UTF8.GetBytes(name);
            var found = node.Data.Type == UnixFsType.Directory
                ? FindPlain(node, bytes)
                : await FindShardedAsync(reader, node, bytes, via, cancellationToken).ConfigureAwait(false);
            if (found is not { } target)
            {
                throw new DagException(DagProblem.NotFound, node.Cid, $"Directory {node.Cid} has no '{name}'.");
            }

            via.Add(target);
            node = await UnixFsNode.LoadAsync(reader, target, cancellationToken).ConfigureAwait(false);
        }

        return new ResolvedPath(node, via);
    }

    private static Cid? FindPlain(UnixFsNode node, byte[] name)
    {
        foreach (var link in node.Links)
        {
            if (link.NameSpan.SequenceEqual(name))
            {
                return link.Cid;
            }
        }

        return null;
    }

    private static async ValueTask<Cid?> FindShardedAsync(
        IBlockReader reader, UnixFsNode node, byte[] name, List<Cid> via, CancellationToken cancellationToken)
    {
        var hash = HamtHash.Of(name);
        for (var depth = 0; ; depth++)
        {
            var shard = OpenDirectory(node, depth);
            if (shard?.Find(hash, depth) is not { } link)
            {
                return null;
            }

            if (shard.NameOf(link) is { } found)
            {
                return found.Span.SequenceEqual(name) ? link.Cid : null;
            }

            via.Add(link.Cid);
            node = await UnixFsNode.LoadAsync(reader, link.Cid, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The shard, or null for a plain directory; below the top there are shards only.</summary>
    private static HamtShard? OpenDirectory(UnixFsNode node, int depth)
    {
        switch (node.Data.Type)
        {
            case UnixFsType.Directory when depth == 0:
                return null;
            case UnixFsType.HamtShard:
                var shard = HamtShard.Read(node);
                return depth < HamtHash.MaxDepth(shard.Fanout)
                    ? shard
                    : throw new DagException(DagProblem.TooDeep, node.Cid, $"Directory shard {node.Cid} lies deeper than its hash has digits.");
            default:
                throw new DagException(DagProblem.NotADirectory, node.Cid, $"{node.Cid} is no directory.");
        }
    }

    private static void RequireFile(UnixFsNode node)
    {
        if (!node.IsFile)
        {
            throw new DagException(DagProblem.NotAFile, node.Cid, $"{node.Cid} is a {node.Data.Type} and no file.");
        }
    }

    private static void Check(UnixFsNode node, FilePart part)
    {
        RequireFile(node);
        if (node.FileBytes != part.Bytes)
        {
            throw new DagException(DagProblem.WrongLength, node.Cid, $"File node {node.Cid} has {node.FileBytes} bytes, its parent says {part.Bytes}.");
        }

        if (part.Depth > MaxFileDepth)
        {
            throw new DagException(DagProblem.TooDeep, node.Cid, $"File node {node.Cid} lies deeper than {MaxFileDepth} levels.");
        }
    }

    /// <summary>Queues the children that overlap the range; empty ones carry nothing and could be there without end.</summary>
    private static void Push(Stack<FilePart> stack, UnixFsNode node, FilePart part, long offset, long end)
    {
        var start = part.Start + (long)node.FileBytes;
        for (var i = node.Links.Count - 1; i >= 0; i--)
        {
            var bytes = node.Data.BlockBytes[i];
            start -= (long)bytes;
            if (bytes > 0 && start < end && start + (long)bytes > offset)
            {
                stack.Push(new FilePart(node.Links[i].Cid, start, bytes, part.Depth + 1, null));
            }
        }
    }

    private readonly record struct FilePart(Cid Cid, long Start, ulong Bytes, int Depth, UnixFsNode? Node);
}
