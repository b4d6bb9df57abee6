using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.UnixFs;

/// <summary>What a UnixFS node is; the numbers are those on the wire.</summary>
public enum UnixFsType
{
    Raw = 0,
    Directory = 1,
    File = 2,
    Metadata = 3,
    Symlink = 4,
    HamtShard = 5,
}

/// <summary>Modification time (UnixFS 1.5): seconds since 1970 and, where known, nanoseconds (0..999,999,999).</summary>
public readonly record struct UnixFsTime(long Seconds, uint? Nanoseconds);

/// <summary>
/// The data field of a UnixFS dag-pb node. <see cref="Encode"/> writes fields in number order, as Kubo and js-ipfs do. An absent field stays absent.
/// Source: specs.ipfs.tech/unixfs.
/// </summary>
public sealed record UnixFsData(UnixFsType Type)
{
    /// <summary>Widest HAMT that is read: the specification's limit.</summary>
    public const int MaxFanout = 1024;

    private const ulong MaxMode = 0xffff_ffff;

    /// <summary>The node's own bytes: file content, symlink target, HAMT bit field.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>Bytes of the file below this node.</summary>
    public ulong? FileBytes { get; init; }

    /// <summary>Bytes of the file below each link, in the links' order.</summary>
    public IReadOnlyList<ulong> BlockBytes { get; init; } = [];

    /// <summary>Hash function of a HAMT shard.</summary>
    public ulong? HashType { get; init; }

    /// <summary>Slots of a HAMT shard.</summary>
    public ulong? Fanout { get; init; }

    /// <summary>POSIX mode, where recorded.</summary>
    public uint? Mode { get; init; }

    /// <summary>Modification time, where recorded.</summary>
    public UnixFsTime? Time { get; init; }

    /// <summary>A plain directory's data.</summary>
    public static UnixFsData Directory { get; } = new(UnixFsType.Directory);

    /// <summary>Reads the data field of a node; unknown fields are skipped, as the specification asks.</summary>
    /// <exception cref="FormatException">It is no UnixFS data.</exception>
    public static UnixFsData Decode(ReadOnlyMemory<byte> bytes)
    {
        var type = -1;
        var result = new UnixFsData(UnixFsType.Raw);
        List<ulong>? blocks = null;
        var reader = new ProtobufReader(bytes.Span);
        while (!reader.AtEnd)
        {
            switch (reader.ReadTag())
            {
                case (1, ProtobufReader.WireVarint):
                    var number = reader.ReadVarint();
                    type = number <= (ulong)UnixFsType.HamtShard ? (int)number : throw new FormatException($"UnixFS has no type {number}.");
                    break;
                case (2, ProtobufReader.WireBytes):
                    result = result with { Data = bytes[reader.ReadBytes()] };
                    break;
                case (3, ProtobufReader.WireVarint):
                    result = result with { FileBytes = reader.ReadVarint() };
                    break;
                case (4, ProtobufReader.WireVarint):
                    Add(ref blocks, reader.ReadVarint());
                    break;
                case (4, ProtobufReader.WireBytes):
                    ReadPacked(bytes.Span[reader.ReadBytes()], ref blocks);
                    break;
                case (5, ProtobufReader.WireVarint):
                    result = result with { HashType = reader.ReadVarint() };
                    break;
                case (6, ProtobufReader.WireVarint):
                    result = result with { Fanout = reader.ReadVarint() };
                    break;
                case (7, ProtobufReader.WireVarint):
                    var mode = reader.ReadVarint();
                    result = result with { Mode = mode <= MaxMode ? (uint)mode : throw new FormatException($"UnixFS mode {mode} has more than 32 bits.") };
                    break;
                case (8, ProtobufReader.WireBytes):
                    result = result with { Time = DecodeTime(bytes.Span[reader.ReadBytes()]) };
                    break;
                case ( >= 1 and <= 8 and var field, var wire):
                    throw new FormatException($"UnixFS field {field} is not of wire type {wire}.");
                case (_, var wire):
                    reader.Skip(wire);
                    break;
            }
        }

        return type < 0
            ? throw new FormatException("UnixFS data without a type.")
            : result with { Type = (UnixFsType)type, BlockBytes = (IReadOnlyList<ulong>?)blocks ?? [] };
    }

    /// <summary>The bytes for a node's data field.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[EncodedLength()];
        var at = WriteNumber(bytes, 0, 0x08, (ulong)Type);
        if (Data is { } data)
        {
            bytes[at++] = 0x12;
            at += Varint.Write(bytes.AsSpan(at), (ulong)data.Length);
            data.Span.CopyTo(bytes.AsSpan(at));
            at += data.Length;
        }

        at = WriteNumber(bytes, at, 0x18, FileBytes);
        foreach (var block in BlockBytes)
        {
            at = WriteNumber(bytes, at, 0x20, block);
        }

        at = WriteNumber(bytes, at, 0x28, HashType);
        at = WriteNumber(bytes, at, 0x30, Fanout);
        at = WriteNumber(bytes, at, 0x38, Mode);
        if (Time is { } time)
        {
            bytes[at++] = 0x42;
            at += Varint.Write(bytes.AsSpan(at), (ulong)TimeLength(time));
            at = WriteNumber(bytes, at, 0x08, (ulong)time.Seconds);
            if (time.Nanoseconds is { } nanoseconds)
            {
                bytes[at++] = 0x15;
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), nanoseconds);
            }
        }

        return bytes;
    }

    private static int NumberLength(ulong? value) => value is { } number ? 1 + Varint.Length(number) : 0;

    private static int TimeLength(UnixFsTime time) => NumberLength((ulong)time.Seconds) + (time.Nanoseconds is null ? 0 : 5);

    private static int WriteNumber(byte[] to, int at, byte tag, ulong? value)
    {
        if (value is not { } number)
        {
            return at;
        }

        to[at++] = tag;
        return at + Varint.Write(to.AsSpan(at), number);
    }

    private static void Add(ref List<ulong>? to, ulong value)
    {
        to ??= [];
        if (to.Count >= BlockLimits.MaxLinks)
        {
            throw new FormatException($"UnixFS data with more than {BlockLimits.MaxLinks} block sizes.");
        }

        to.Add(value);
    }

    private static void ReadPacked(ReadOnlySpan<byte> bytes, ref List<ulong>? to)
    {
        var reader = new ProtobufReader(bytes);
        while (!reader.AtEnd)
        {
            Add(ref to, reader.ReadVarint());
        }
    }

    private static UnixFsTime DecodeTime(ReadOnlySpan<byte> bytes)
    {
        long? seconds = null;
        uint? nanoseconds = null;
        var reader = new ProtobufReader(bytes);
        while (!reader.AtEnd)
        {
            switch (reader.ReadTag())
            {
                case (1, ProtobufReader.WireVarint):
                    seconds = (long)reader.ReadVarint();
                    break;
                case (2, ProtobufReader.WireFixed32):
                    nanoseconds = reader.ReadFixed32();
                    break;
                case (_, var wire):
                    reader.Skip(wire);
                    break;
            }
        }

        return seconds is { } known && nanoseconds is null or < 1_000_000_000
            ? new UnixFsTime(seconds.Value, nanoseconds)
            : throw new FormatException("A UnixFS time needs seconds and fewer than a thousand million nanoseconds.");
    }

    private int EncodedLength()
    {
        var length = NumberLength((ulong)Type) + NumberLength(FileBytes) + NumberLength(HashType) + NumberLength(Fanout) + NumberLength(Mode);
        length += Data is { } data ? 1 + Varint.Length((ulong)data.Length) + data.Length : 0;
        length += Time is { } time ? 2 + TimeLength(time) : 0;
        foreach (var block in BlockBytes)
        {
            length += NumberLength(block);
        }

        return length;
    }
}
