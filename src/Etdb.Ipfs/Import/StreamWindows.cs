using System.Buffers;
using System.Runtime.CompilerServices;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>Reads a stream into windows of full chunks: only the last chunk may be shorter. How the stream cuts its answers has no influence.</summary>
internal static class StreamWindows
{
    public static async IAsyncEnumerable<List<ImportUnit>> ReadAsync(
        Stream stream, ImportOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var chunk = options.Profile.ChunkBytes;
        var item = new TreeItem(TreeStep.File, string.Empty, "(stream)", 0, null);
        var most = Math.Min(UnixFsImporter.WindowUnits, Math.Max(1, UnixFsImporter.WindowBytes / 2 / chunk)); // half, because the next is read ahead
        var window = new List<ImportUnit>();
        var offset = 0L;
        var (buffer, length) = await NextAsync(stream, chunk, cancellationToken).ConfigureAwait(false);
        while (buffer is not null)
        {
            var (next, nextLength) = length < chunk ? (null, 0) : await NextAsync(stream, chunk, cancellationToken).ConfigureAwait(false);
            if (next is not null && nextLength == 0)
            {
                ArrayPool<byte>.Shared.Return(next);
                next = null;
            }

            window.Add(new ImportUnit { Item = item, Offset = offset, Length = length, IsLast = next is null, Buffer = buffer });
            offset += length;
            if (window.Count >= most || next is null)
            {
                yield return window;
                window = [];
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // lets the caller go on with the window before, whatever the stream
            }

            (buffer, length) = (next, nextLength);
        }
    }

    private static async ValueTask<(byte[]? Buffer, int Length)> NextAsync(Stream stream, int chunk, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LeafBlock.HeadRoom + chunk + LeafBlock.TailRoom);
        var read = await stream.ReadAtLeastAsync(buffer.AsMemory(LeafBlock.HeadRoom, chunk), chunk, false, cancellationToken).ConfigureAwait(false);
        return (buffer, read);
    }
}
