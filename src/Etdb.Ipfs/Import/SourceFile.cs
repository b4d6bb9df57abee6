using Microsoft.Win32.SafeHandles;

namespace Etdb.Ipfs.Import;

/// <summary>
/// A file that is being read by several workers: opened at the first chunk, closed by the one consumer at the last. It remembers length and time of change
/// from before the first read; whatever differs afterwards marks the file as changed.
/// </summary>
internal sealed class SourceFile(string path, long bytes, DateTime? expectedChangedAt) : IDisposable
{
    private readonly Lock _gate = new();

    // Written under the gate by the first worker, read by all.
    private SafeFileHandle? _handle;
    private DateTime _changedAt;

    // Set by any worker, read by the consumer after all workers of the window are done.
    private volatile bool _changed;

    public string Path { get; } = path;

    /// <summary>Length when the tree was listed.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>When the file was last changed, as seen before the first read.</summary>
    public DateTime ChangedAt => _changedAt;

    /// <summary>Fills <paramref name="to"/> from <paramref name="offset"/>; a file that ends early is changed and the rest is zero.</summary>
    public void Read(long offset, Span<byte> to)
    {
        var handle = Open();
        while (!to.IsEmpty)
        {
            var read = RandomAccess.Read(handle, to, offset);
            if (read == 0)
            {
                _changed = true;
                to.Clear();
                return;
            }

            offset += read;
            to = to[read..];
        }
    }

    /// <summary>Looks once more at length and time of change; called when all chunks have been read.</summary>
    public bool EndedUnchanged()
    {
        lock (_gate)
        {
            return !_changed && _handle is not null && RandomAccess.GetLength(_handle) == Bytes && File.GetLastWriteTimeUtc(_handle) == _changedAt;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _handle?.Dispose();
            _handle = null;
        }
    }

    private SafeFileHandle Open()
    {
        lock (_gate)
        {
            if (_handle is not null)
            {
                return _handle;
            }

            try
            {
                _handle = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                _changedAt = File.GetLastWriteTimeUtc(_handle);
                _changed |= RandomAccess.GetLength(_handle) != Bytes || (expectedChangedAt ?? _changedAt) != _changedAt;
                return _handle;
            }
            catch (FileNotFoundException)
            {
                throw new ImportException(ImportProblem.FileChanged, Path, $"'{Path}' disappeared while the import was running.");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ImportException(ImportProblem.Unreadable, Path, $"'{Path}' cannot be read: {e.Message}", e);
            }
        }
    }
}
