using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace Etdb.Ledger.DevChain;

/// <summary>What an entry of the log is about.</summary>
internal enum LogKind : byte
{
    /// <summary>A block was taken: its bytes.</summary>
    Block = 1,

    /// <summary>A transaction entered the mempool: Unix milliseconds (8 bytes) and its bytes.</summary>
    Transaction = 2,

    /// <summary>A block was invalidated: its id.</summary>
    Invalidate = 3,

    /// <summary>An invalidation was taken back: the block's id.</summary>
    Reconsider = 4,

    /// <summary>A transaction expired: its id.</summary>
    Expire = 5,
}

/// <summary>
/// The chain's only durable state: an append-only file of what was accepted, in order. Replaying it gives the state back, so there is nothing to keep
/// consistent with it. An entry is <c>length, crc32c, kind, bytes</c>; an incomplete last entry is the trace of a crash before anyone was told, and is cut
/// off. A bad entry before the end is damage and stops the start. Appends are serialised by the chain's lock; <see cref="Flush"/> is not and groups
/// concurrent callers into one fsync.
/// </summary>
internal sealed class BlockLog : IDisposable
{
    private const int HeaderBytes = 4 + 4 + 1;
    private const int MaxEntryBytes = 32 << 20;
    private static ReadOnlySpan<byte> Magic => "ETDBDEV1"u8;

    private readonly SafeFileHandle? _file;
    private readonly List<byte[]> _memory = [];
    private readonly Lock _flushing = new();
    private long _end;
    private long _flushed;

    private BlockLog(SafeFileHandle? file) => _file = file;

    /// <summary>Opens or creates the log; null path for one in memory.</summary>
    public static BlockLog Open(string? path)
    {
        if (path is null)
        {
            return new BlockLog(null);
        }

        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var log = new BlockLog(file);
        if (RandomAccess.GetLength(file) < Magic.Length)
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Magic, 0);
            RandomAccess.FlushToDisk(file);
        }

        Span<byte> magic = stackalloc byte[Magic.Length];
        RandomAccess.Read(file, magic, 0);
        if (!magic.SequenceEqual(Magic))
        {
            file.Dispose();
            throw new InvalidDataException($"{path} is no log of a development chain.");
        }

        log._end = Magic.Length;
        return log;
    }

    /// <summary>Reads everything once, from the start; afterwards the log can be appended to.</summary>
    public IEnumerable<(long Position, LogKind Kind, byte[] Bytes)> Replay()
    {
        if (_file is null)
        {
            yield break;
        }

        var length = RandomAccess.GetLength(_file);
        while (_end < length)
        {
            var entry = TryRead(_end, length, out var whole);
            if (entry is null)
            {
                if (whole && !IsZeroFrom(_end, length))
                {
                    throw new InvalidDataException($"The development chain's log is damaged at byte {_end} of {length}; restore it from a copy or delete it to start anew.");
                }

                RandomAccess.SetLength(_file, _end);
                break;
            }

            var position = _end;
            _end += HeaderBytes + entry.Length;
            yield return (position, KindAt(position), entry);
        }

        _flushed = _end;
    }

    /// <summary>Writes an entry; it survives a killed process at once and a power cut after <see cref="Flush"/>.</summary>
    public long Append(LogKind kind, ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxEntryBytes, nameof(bytes));
        if (_file is null)
        {
            _memory.Add(bytes.ToArray());
            return _memory.Count - 1;
        }

        var entry = new byte[HeaderBytes + bytes.Length];
        BinaryPrimitives.WriteInt32LittleEndian(entry, bytes.Length);
        entry[8] = (byte)kind;
        bytes.CopyTo(entry.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), Checksum(entry.AsSpan(8)));
        var position = _end;
        RandomAccess.Write(_file, entry, position);
        Volatile.Write(ref _end, position + entry.Length);
        return position;
    }

    /// <summary>Returns when everything appended so far is on the disk.</summary>
    public void Flush()
    {
        if (_file is null)
        {
            return;
        }

        var wanted = Volatile.Read(ref _end);
        lock (_flushing)
        {
            if (_flushed >= wanted)
            {
                return;
            }

            var end = Volatile.Read(ref _end);
            RandomAccess.FlushToDisk(_file);
            _flushed = end;
        }
    }

    /// <summary>The bytes of the entry at a position that <see cref="Append"/> or <see cref="Replay"/> gave.</summary>
    public byte[] Read(long position)
    {
        if (_file is null)
        {
            return _memory[(int)position];
        }

        return TryRead(position, Volatile.Read(ref _end), out _) ?? throw new InvalidDataException($"The development chain's log is damaged at byte {position}.");
    }

    public void Dispose() => _file?.Dispose();

    private byte[]? TryRead(long position, long length, out bool whole)
    {
        whole = false;
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (length - position < HeaderBytes || RandomAccess.Read(_file!, header, position) != HeaderBytes)
        {
            return null;
        }

        var size = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (size is < 0 or > MaxEntryBytes)
        {
            whole = true;
            return null;
        }

        if (length - position - HeaderBytes < size)
        {
            return null;
        }

        var entry = new byte[1 + size];
        var read = RandomAccess.Read(_file!, entry, position + 8);
        whole = position + HeaderBytes + size < length;
        return read == entry.Length && Checksum(entry) == BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) ? entry[1..] : null;
    }

    /// <summary>A file system may have lengthened the file before the bytes of a last append reached it.</summary>
    private bool IsZeroFrom(long position, long length)
    {
        var rest = new byte[Math.Min(length - position, MaxEntryBytes)];
        return length - position <= MaxEntryBytes && RandomAccess.Read(_file!, rest, position) == rest.Length && !rest.AsSpan().ContainsAnyExcept((byte)0);
    }

    private LogKind KindAt(long position)
    {
        Span<byte> kind = stackalloc byte[1];
        RandomAccess.Read(_file!, kind, position + 8);
        return (LogKind)kind[0];
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
