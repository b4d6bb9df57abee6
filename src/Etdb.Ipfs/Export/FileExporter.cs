using System.Buffers;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;
using Microsoft.Win32.SafeHandles;

namespace Etdb.Ipfs.Export;

/// <summary>
/// Writes one file from its DAG. Bytes that are on disk already, finished or half, are hashed against the leaves they should be; only what does not fit is
/// read from the blocks. The file gets its name when it is whole and on disk.
/// </summary>
internal sealed class FileExporter(IBlockReader reader)
{
    /// <summary>Ends the name of a file that is being written.</summary>
    public const string PartSuffix = ".etdb-part";

    /// <summary>Bytes that were on disk and right.</summary>
    public long BytesReused { get; private set; }

    /// <summary>Makes <paramref name="path"/> the file of <paramref name="node"/>.</summary>
    public async Task WriteAsync(UnixFsNode node, string path, CancellationToken cancellationToken)
    {
        var bytes = (long)node.FileBytes;
        if (File.Exists(path) && new FileInfo(path).Length == bytes && await IsRightAsync(node, path, cancellationToken).ConfigureAwait(false))
        {
            BytesReused += bytes;
            return;
        }

        var part = path + PartSuffix;
        if (new FileInfo(part).LinkTarget is not null)
        {
            File.Delete(part);
        }

        using (var handle = File.OpenHandle(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            var held = RandomAccess.GetLength(handle);
            await foreach (var stretch in CompareAsync(node, handle, cancellationToken).ConfigureAwait(false))
            {
                await WriteStretchAsync(handle, held, stretch, cancellationToken).ConfigureAwait(false);
            }

            RandomAccess.SetLength(handle, bytes);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(part, path, true);
    }

    private async Task<bool> IsRightAsync(UnixFsNode node, string path, CancellationToken cancellationToken)
    {
        using var handle = File.OpenHandle(path);
        await foreach (var stretch in CompareAsync(node, handle, cancellationToken).ConfigureAwait(false))
        {
            if (!stretch.IsOnDisk)
            {
                return false;
            }
        }

        return true;
    }

    private async Task WriteStretchAsync(SafeFileHandle handle, long held, Stretch stretch, CancellationToken cancellationToken)
    {
        if (stretch.IsOnDisk)
        {
            BytesReused += stretch.Bytes;
            return;
        }

        // Zeros past the end become a hole when the length is set.
        if (stretch.Offset >= held && !stretch.Content.Span.ContainsAnyExcept((byte)0))
        {
            return;
        }

        await RandomAccess.WriteAsync(handle, stretch.Content, stretch.Offset, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The file's stretches in order, each with what is on disk compared. A link small enough for a leaf is first tried as one: if the bytes on disk,
    /// wrapped as importers wrap them, have its hash, the block itself is not needed.
    /// </summary>
    private async IAsyncEnumerable<Stretch> CompareAsync(
        UnixFsNode root, SafeFileHandle handle, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var held = RandomAccess.GetLength(handle);
        var stack = new Stack<FilePart>();
        stack.Push(new FilePart(root, root.Cid, 0, root.FileBytes, 0));
        while (stack.TryPop(out var part))
        {
            if (part.Node is null && part.Bytes <= ImportProfile.MaxChunkBytes && part.Offset + (long)part.Bytes <= held && IsOnDisk(handle, part))
            {
                yield return new Stretch(part.Offset, (long)part.Bytes, default, true);
                continue;
            }

            var node = part.Node ?? await UnixFsNode.LoadAsync(reader, part.Cid, cancellationToken).ConfigureAwait(false);
            Check(node, part.Bytes, part.Depth);
            Push(stack, node, part);
            if (!node.Content.IsEmpty)
            {
                var isOnDisk = part.Offset + node.Content.Length <= held && HasBytes(handle, part.Offset, node.Content.Span);
                yield return new Stretch(part.Offset, node.Content.Length, node.Content, isOnDisk);
            }
        }
    }

    private static void Push(Stack<FilePart> stack, UnixFsNode node, FilePart part)
    {
        var offset = part.Offset + (long)node.FileBytes;
        for (var i = node.Links.Count - 1; i >= 0; i--)
        {
            var bytes = node.Data.BlockBytes[i];
            offset -= (long)bytes;
            if (bytes > 0)
            {
                stack.Push(new FilePart(null, node.Links[i].Cid, offset, bytes, part.Depth + 1));
            }
        }
    }

    private static bool IsOnDisk(SafeFileHandle handle, FilePart part)
    {
        var bytes = (int)part.Bytes;
        var buffer = ArrayPool<byte>.Shared.Rent(LeafBlock.HeadRoom + bytes + LeafBlock.TailRoom);
        try
        {
            var content = buffer.AsSpan(LeafBlock.HeadRoom, bytes);
            if (!TryRead(handle, part.Offset, content))
            {
                return false;
            }

            return part.Cid.Codec == Multicodec.Raw
                ? part.Cid.Check(content) == HashCheck.Match
                : LeafBlock.Make(buffer, bytes, ImportProfile.V0Of2015).Cid.Hash == part.Cid.Hash;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool HasBytes(SafeFileHandle handle, long offset, ReadOnlySpan<byte> wanted)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(wanted.Length);
        try
        {
            return TryRead(handle, offset, buffer.AsSpan(0, wanted.Length)) && wanted.SequenceEqual(buffer.AsSpan(0, wanted.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool TryRead(SafeFileHandle handle, long offset, Span<byte> to)
    {
        while (!to.IsEmpty)
        {
            var read = RandomAccess.Read(handle, to, offset);
            if (read == 0)
            {
                return false;
            }

            offset += read;
            to = to[read..];
        }

        return true;
    }

    private static void Check(UnixFsNode node, ulong bytes, int depth)
    {
        if (!node.IsFile || node.FileBytes != bytes)
        {
            throw new DagException(DagProblem.WrongLength, node.Cid, $"File node {node.Cid} is a {node.Data.Type} of {node.FileBytes} bytes, its parent says a file of {bytes}.");
        }

        if (depth > UnixFsReader.MaxFileDepth)
        {
            throw new DagException(DagProblem.TooDeep, node.Cid, $"File node {node.Cid} lies deeper than {UnixFsReader.MaxFileDepth} levels.");
        }
    }

    private readonly record struct FilePart(UnixFsNode? Node, Cid Cid, long Offset, ulong Bytes, int Depth);

    /// <summary>A stretch of the file; <paramref name="Content"/> is empty when the disk has it already.</summary>
    private readonly record struct Stretch(long Offset, long Bytes, ReadOnlyMemory<byte> Content, bool IsOnDisk);
}
