using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node.Store;
using Microsoft.Win32.SafeHandles;

namespace Etdb.Ipfs.Node.Pins;

/// <summary>
/// The pins of a node: an index in memory (60 to 120 bytes a pin) behind a log on disk. A change is acknowledged after fsync; after a crash
/// every acknowledged change is there. The log is rewritten as a whole when more than half of it is outdated.
/// </summary>
public sealed class PinStore : IDisposable
{
    /// <summary>Longest name of a pin, in bytes of UTF-8; as Kubo has it.</summary>
    public const int MaxNameBytes = 255;

    private const string FileName = "pins.log";
    private const int HeadSize = 46; // operation, kind, version, name length (1 each), zero (2), codec (8), key (32)
    private const int ChecksumSize = 4;
    private const int SlackRecords = 4096;
    private const int PieceSize = 512; // pins read under one hold of the gate
    private const byte OperationAdd = 1;
    private const byte OperationRemove = 2;

    private readonly Lock _gate = new();
    private readonly PinTable _pins = new(); // under the gate
    private readonly string _path;
    private SafeFileHandle? _file;
    private long _end;
    private long _records;
    private long _compactFrom; // after a compaction that failed: how many records there must be before the next

    private PinStore(string folder) => _path = Path.Combine(folder, FileName);

    /// <summary>Number of pins.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _pins.Count;
            }
        }
    }

    /// <summary>Opens the log in <paramref name="folder"/>; a record torn by a crash at its end is dropped.</summary>
    public static PinStore Open(string folder)
    {
        var store = new PinStore(folder);
        store.Load();
        return store;
    }

    /// <summary>The pin of exactly this CID (either version), or null.</summary>
    public Pin? Find(Cid cid)
    {
        lock (_gate)
        {
            return PinKey.TryFrom(cid, out var key) && _pins.TryGet(key, out var found) ? new Pin(key.ToCid(found.Version), found.Kind, found.Name) : null;
        }
    }

    /// <summary>
    /// All pins, in no order, read piece by piece: one that stands from the first to the last piece is named once; one that comes or goes meanwhile may be.
    /// </summary>
    public IEnumerable<Pin> Snapshot(PinKind? kind) => Entries(kind).Select(static entry => new Pin(entry.Key.ToCid(entry.Version), entry.Kind, entry.Name));

    /// <summary>As <see cref="Snapshot"/>, without making CIDs.</summary>
    internal IEnumerable<(PinKey Key, PinKind Kind, byte Version, string? Name)> Entries(PinKind? kind)
    {
        var piece = new (PinKey Key, PinValue Value)[PieceSize];
        var place = 0;
        while (true)
        {
            int count;
            lock (_gate)
            {
                count = _pins.Read(ref place, piece);
            }

            for (var i = 0; i < count; i++)
            {
                var (key, pin) = piece[i];
                if (kind is null || pin.Kind == kind)
                {
                    yield return (key, pin.Kind, pin.Version, pin.Name);
                }
            }

            if (count < piece.Length)
            {
                yield break;
            }
        }
    }

    /// <summary>Records pins; all are durable when it returns. A pin that is there already takes the new kind and name.</summary>
    /// <exception cref="ArgumentException">For a CID that is not named by sha2-256, or a name that is too long.</exception>
    public void Add(IReadOnlyCollection<Pin> pins)
    {
        ArgumentNullException.ThrowIfNull(pins);
        var records = new List<(PinKey Key, byte Version, Pin Pin)>(pins.Count);
        foreach (var pin in pins)
        {
            if (!PinKey.TryFrom(pin.Cid, out var key) || Encoding.UTF8.GetByteCount(pin.Name ?? string.Empty) > MaxNameBytes)
            {
                throw new ArgumentException($"{pin.Cid} cannot be pinned under the name '{pin.Name}'", nameof(pins));
            }

            records.Add((key, (byte)pin.Cid.Version, pin));
        }

        lock (_gate)
        {
            Append(records.ConvertAll(static r => Encode(OperationAdd, r.Pin.Kind, r.Version, r.Key, r.Pin.Name)));
            foreach (var (key, version, pin) in records)
            {
                _pins.Set(key, new PinValue(pin.Kind, version, pin.Name));
            }

            CompactIfWorthwhile();
        }
    }

    /// <summary>Removes a pin; false when there was none. Durable when it returns.</summary>
    public bool Remove(Cid cid)
    {
        lock (_gate)
        {
            if (!PinKey.TryFrom(cid, out var key) || !_pins.TryGet(key, out var old))
            {
                return false;
            }

            Append([Encode(OperationRemove, old.Kind, old.Version, key, null)]);
            _pins.Remove(key);
            CompactIfWorthwhile();
            return true;
        }
    }

    /// <summary>Forgets everything and begins a new log: the disk below was emptied.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _pins.Clear();
            CloseFile();
            _end = 0;
            _records = 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            CloseFile();
        }
    }

    private void CloseFile()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Load()
    {
        if (!File.Exists(_path))
        {
            return;
        }

        var bytes = File.ReadAllBytes(_path);
        var at = 0;
        while (TryDecode(bytes.AsSpan(at), out var length, out var operation, out var key, out var value))
        {
            at += length;
            _records++;
            if (operation == OperationAdd)
            {
                _pins.Set(key, value);
            }
            else
            {
                _pins.Remove(key);
            }
        }

        _end = at;
    }

    private void Append(List<byte[]> records)
    {
        if (_file is null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            _file = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.SetLength(_file, _end); // what lies behind is torn
            FolderSync.Sync(Path.GetDirectoryName(_path)!);
        }

        var bytes = new byte[records.Sum(static record => (long)record.Length)];
        var at = 0;
        foreach (var record in records)
        {
            record.CopyTo(bytes.AsSpan(at));
            at += record.Length;
        }

        try
        {
            RandomAccess.Write(_file, bytes, _end);
            RandomAccess.FlushToDisk(_file);
        }
        catch (IOException error)
        {
            TakeBack();
            throw new BlockStoreException($"the change of pins was not recorded: cannot write to {_path}: {error.Message}", error);
        }

        if (!File.Exists(_path))
        {
            CloseFile();
            throw new BlockStoreException($"{_path} was deleted while it was being written");
        }

        _end += bytes.Length;
        _records += records.Count;
    }

    /// <summary>What was written and not acknowledged must not come back: behind it later records would be written, and behind those it would be read.</summary>
    private void TakeBack()
    {
        try
        {
            RandomAccess.SetLength(_file!, _end);
        }
        catch (IOException)
        {
            // The next change cuts it off before it writes.
        }

        CloseFile();
    }

    private void CompactIfWorthwhile()
    {
        if (_records < Math.Max((2L * _pins.Count) + SlackRecords, _compactFrom))
        {
            return;
        }

        using var whole = new MemoryStream();
        var piece = new (PinKey Key, PinValue Value)[PieceSize];
        var place = 0;
        while (_pins.Read(ref place, piece) is var count and > 0)
        {
            foreach (var (key, pin) in piece.AsSpan(0, count))
            {
                whole.Write(Encode(OperationAdd, pin.Kind, pin.Version, key, pin.Name));
            }
        }

        try
        {
            DurableFile.Replace(_path, whole.GetBuffer().AsSpan(0, (int)whole.Length));
        }
        catch (IOException)
        {
            _compactFrom = _records + SlackRecords; // the change itself is recorded; only the log stays long for now
            return;
        }

        CloseFile();
        _end = whole.Length;
        _records = _pins.Count;
        _compactFrom = 0;
    }

    private static byte[] Encode(byte operation, PinKind kind, byte version, in PinKey key, string? name)
    {
        var nameBytes = Encoding.UTF8.GetBytes(name ?? string.Empty);
        var record = new byte[HeadSize + nameBytes.Length + ChecksumSize];
        record[0] = operation;
        record[1] = (byte)kind;
        record[2] = version;
        record[3] = (byte)nameBytes.Length;
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(6), key.Codec);
        key.Block.CopyTo(record.AsSpan(14));
        nameBytes.CopyTo(record, HeadSize);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(HeadSize + nameBytes.Length), Checksum(record.AsSpan(0, HeadSize + nameBytes.Length)));
        return record;
    }

    private static bool TryDecode(
        ReadOnlySpan<byte> from, out int length, out byte operation, out PinKey key, out PinValue value)
    {
        (length, operation, key, value) = (0, 0, default, default);
        if (from.Length < HeadSize + ChecksumSize || from.Length < HeadSize + from[3] + ChecksumSize)
        {
            return false;
        }

        length = HeadSize + from[3] + ChecksumSize;
        operation = from[0];
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[(length - ChecksumSize)..]) != Checksum(from[..(length - ChecksumSize)])
            || operation is not OperationAdd and not OperationRemove)
        {
            return false;
        }

        key = new PinKey(new BlockKey(from.Slice(14, BlockKey.Size)), BinaryPrimitives.ReadUInt64LittleEndian(from[6..]));
        value = new PinValue((PinKind)from[1], from[2], from[3] == 0 ? null : Encoding.UTF8.GetString(from.Slice(HeadSize, from[3])));
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
