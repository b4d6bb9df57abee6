using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Microsoft.Win32.SafeHandles;

namespace Etdb.Ipfs.Car;

/// <summary>
/// A CAR on disk as a store of blocks to read from. The index inside (version 2) is used when there is one, else the file is read through once. May be
/// asked by several threads.
/// </summary>
public sealed class CarFile : IBlockReader, IDisposable
{
    private const int MaxIndexBytes = 1 << 30;
    private const int HeadBytes = Varint.MaxBytes + Cid.MaxBytes;

    private readonly SafeFileHandle _handle;
    private readonly CarIndex _index;
    private readonly long _dataOffset;

    private CarFile(SafeFileHandle handle, CarHeader header, CarIndex index, long dataOffset)
    {
        _handle = handle;
        _index = index;
        _dataOffset = dataOffset;
        Header = header;
    }

    /// <summary>Version and roots.</summary>
    public CarHeader Header { get; }

    /// <summary>Different blocks in the file.</summary>
    public int Count => _index.Count;

    /// <summary>Opens a file and reads or makes its index.</summary>
    /// <exception cref="FormatException">It is no CAR.</exception>
    public static async Task<CarFile> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous);
        await using (stream.ConfigureAwait(false))
        {
            var reader = await CarReader.OpenAsync(stream, false, cancellationToken).ConfigureAwait(false);
            var index = reader.IndexOffset is { } offset
                ? await LoadIndexAsync(stream, offset, cancellationToken).ConfigureAwait(false)
                : await MakeIndexAsync(reader, cancellationToken).ConfigureAwait(false);
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
            return new CarFile(handle, reader.Header, index, reader.DataOffset);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Block?> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        if (!_index.TryFind(cid.Hash, out var offset))
        {
            return null;
        }

        var head = new byte[HeadBytes];
        var got = await RandomAccess.ReadAsync(_handle, head, _dataOffset + offset, cancellationToken).ConfigureAwait(false);
        if (!Varint.TryRead(head.AsSpan(0, got), out var length, out var prefix)
            || !Cid.TryRead(head.AsSpan(prefix, Math.Min((int)Math.Min(length, int.MaxValue), got - prefix)), out var found, out var cidBytes, out _)
            || found.Hash != cid.Hash
            || length - (ulong)cidBytes > BlockLimits.MaxReadBytes)
        {
            // A wrong index: the block may be elsewhere, but not where it is said to be.
            return null;
        }

        var data = new byte[(int)length - cidBytes];
        var at = _dataOffset + offset + prefix + cidBytes;
        for (var filled = 0; filled < data.Length;)
        {
            var read = await RandomAccess.ReadAsync(_handle, data.AsMemory(filled), at + filled, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }

            filled += read;
        }

        return new Block(cid, data);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static async Task<CarIndex> LoadIndexAsync(FileStream stream, long offset, CancellationToken cancellationToken)
    {
        var length = stream.Length - offset;
        if (length is <= 0 or > MaxIndexBytes)
        {
            throw new FormatException($"The CAR's index has {length} bytes; 1 to {MaxIndexBytes} are possible.");
        }

        var bytes = new byte[length];
        stream.Position = offset;
        await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return CarIndex.Parse(bytes);
    }

    private static async Task<CarIndex> MakeIndexAsync(CarReader reader, CancellationToken cancellationToken)
    {
        var index = new CarIndex();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } section)
        {
            index.Add(section.Block.Cid.Hash, section.Offset);
        }

        return index;
    }
}
