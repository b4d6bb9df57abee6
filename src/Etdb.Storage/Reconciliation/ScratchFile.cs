using Microsoft.Win32.SafeHandles;

namespace Etdb.Storage.Reconciliation;

/// <summary>
/// Records put aside in many parts, each read back once in the order it was written; for amounts that do not fit into memory. The file has no name once it is open, so that nothing of it is
/// left whatever becomes of the process. In memory: one buffer for each part that has records.
/// <para>Adding is not for more than one thread at a time.</para>
/// </summary>
internal sealed class ScratchFile : IDisposable
{
    /// <summary>What is gathered of a part before it is written.</summary>
    private const int BufferBytes = 8 << 10;

    /// <summary>How often it is looked whether the disk has room.</summary>
    private const long LookEvery = 64L << 20;

    private readonly SafeFileHandle _file;
    private readonly DriveInfo _drive;
    private readonly Part[] _parts;
    private readonly long _most;
    private readonly long _reserve;
    private long _lookAt = LookEvery;

    /// <param name="path">Made anew; its folder must be there.</param>
    /// <param name="parts">How many.</param>
    /// <param name="most">Bytes it may have.</param>
    /// <param name="reserve">Bytes that are left to others on its disk, to within 64 MiB.</param>
    public ScratchFile(string path, int parts, long most, long reserve)
    {
        (_most, _reserve) = (most, reserve);
        _parts = new Part[parts];
        for (var i = 0; i < parts; i++)
        {
            _parts[i] = new Part();
        }

        _drive = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Delete);
        File.Delete(path);
    }

    /// <summary>Bytes in the file; what is still gathered in memory is not counted.</summary>
    public long Length { get; private set; }

    /// <summary>Puts a record at the end of a part.</summary>
    /// <exception cref="IOException">It would have more bytes than it may, or the disk has no room.</exception>
    public void Add(int part, ReadOnlySpan<byte> record)
    {
        var into = _parts[part];
        if (into.Filled + record.Length > BufferBytes)
        {
            Write(into, into.Buffer.AsSpan(0, into.Filled));
            into.Filled = 0;
        }

        if (record.Length > BufferBytes)
        {
            Write(into, record);
            return;
        }

        if (into.Buffer.Length == 0)
        {
            into.Buffer = new byte[BufferBytes];
        }

        record.CopyTo(into.Buffer.AsSpan(into.Filled));
        into.Filled += record.Length;
    }

    /// <summary>All of a part, records one after the other; the part is empty then.</summary>
    public byte[] Take(int part)
    {
        var from = _parts[part];
        var all = new byte[from.Blocks.Sum(b => b.Length) + from.Filled];
        var at = 0;
        foreach (var (offset, length) in from.Blocks)
        {
            for (var read = 0; read < length;)
            {
                var got = RandomAccess.Read(_file, all.AsSpan(at + read, length - read), offset + read);
                read += got > 0 ? got : throw new EndOfStreamException("The file of the comparison is shorter than it was written.");
            }

            at += length;
        }

        from.Buffer.AsSpan(0, from.Filled).CopyTo(all.AsSpan(at));
        _parts[part] = new Part();
        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(Part part, ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
        {
            return;
        }

        if (Length + block.Length > _most)
        {
            throw new IOException($"A comparison may put {_most >> 20} MiB aside; there is more to compare.");
        }

        if (Length + block.Length >= _lookAt)
        {
            _lookAt += LookEvery;
            var free = _drive.AvailableFreeSpace;
            if (free < _reserve)
            {
                throw new IOException($"The disk of the data folder has {free >> 20} MiB left, and {_reserve >> 20} MiB are left to the silo.");
            }
        }

        RandomAccess.Write(_file, block, Length);
        part.Blocks.Add((Length, block.Length));
        Length += block.Length;
    }

    private sealed class Part
    {
        public List<(long Offset, int Length)> Blocks { get; } = [];

        public byte[] Buffer { get; set; } = [];

        public int Filled { get; set; }
    }
}
