using System.Security.Cryptography;

namespace Etdb.Storage.Transfer;

/// <summary>Files that are on the disk, under their names, when a method returns; large ones with progress.</summary>
internal static class DurableFiles
{
    private const int Chunk = 1 << 20;

    /// <summary>Copies a file.</summary>
    public static async Task CopyAsync(string from, string to, IProgress<TransferProgress>? progress, CancellationToken ct)
    {
        var source = OpenForReading(from);
        await using (source.ConfigureAwait(false))
        {
            var target = new FileStream(to, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            await using (target.ConfigureAwait(false))
            {
                await ForEachChunkAsync(source, $"copying {Path.GetFileName(from)}", chunk => target.WriteAsync(chunk, ct), progress, ct).ConfigureAwait(false);
                target.Flush(flushToDisk: true);
            }
        }
    }

    /// <summary>Writes a small file beside, then under its name.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        Rename(path + ".new", path);
    }

    /// <summary>Gives a synchronised file another name in its folder, over one that has it.</summary>
    public static void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        FolderSync.Sync(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Waits until what another program wrote into a file is on the disk.</summary>
    public static void Sync(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    /// <summary>SHA-256 of a file, in hex.</summary>
    public static async Task<string> HashAsync(string path, string step, IProgress<TransferProgress>? progress, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var stream = OpenForReading(path);
        await using (stream.ConfigureAwait(false))
        {
            await ForEachChunkAsync(
                stream,
                $"{step} {Path.GetFileName(path)}",
                chunk =>
                {
                    hash.AppendData(chunk.Span);
                    return ValueTask.CompletedTask;
                },
                progress,
                ct).ConfigureAwait(false);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static FileStream OpenForReading(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan | FileOptions.Asynchronous);

    private static async Task ForEachChunkAsync(Stream source, string step, Func<ReadOnlyMemory<byte>, ValueTask> use, IProgress<TransferProgress>? progress, CancellationToken ct)
    {
        var buffer = new byte[Chunk];
        var (done, total) = (0L, source.Length);
        int read;
        while ((read = await source.ReadAsync(buffer, ct).ConfigureAwait(false)) > 0)
        {
            await use(buffer.AsMemory(0, read)).ConfigureAwait(false);
            progress?.Report(new TransferProgress(step, done += read, total));
        }
    }
}
