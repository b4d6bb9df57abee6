using System.Buffers.Binary;
using System.Numerics;

namespace Etdb.Ipfs.Node.Store;

/// <summary>State byte of a record; the only byte of a segment that is ever changed in place.</summary>
internal enum RecordState : byte
{
    /// <summary>Deleted; its bytes may be a hole.</summary>
    Dead = 0,

    /// <summary>Readable.</summary>
    Live = 1,

    /// <summary>Its bytes were found wrong; kept as evidence until a good copy is put.</summary>
    Quarantined = 2,
}

/// <summary>
/// The layout of a segment file: a 16-byte file header, then records. A record is a 48-byte header and the block's bytes, padded with
/// zeros to 16. Header: magic (4), state (1), zeros (3), length of the data (4, little-endian), CRC-32C of length and key (4), key (32).
/// The key is the hash of the data, so the data needs no further check sum. Records lie on 16-byte borders, so that a reader can find the
/// next good header behind a damaged one.
/// </summary>
internal static class SegmentFormat
{
    public const int FileHeaderSize = 16;
    public const int HeaderSize = 48;
    public const int Alignment = 16;
    public const int StateOffset = 4;
    private const uint RecordMagic = 0x314B_4245; // "EBK1"

    /// <summary>First bytes of every segment file.</summary>
    public static ReadOnlySpan<byte> FileMagic => "ETDB-SEGMENT-01\n"u8;

    /// <summary>Bytes a block of <paramref name="dataLength"/> takes in a segment.</summary>
    public static long RecordSize(int dataLength) => HeaderSize + (((long)dataLength + Alignment - 1) & ~(Alignment - 1));

    public static void WriteHeader(Span<byte> header, in BlockKey key, int dataLength, RecordState state)
    {
        header[..HeaderSize].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, RecordMagic);
        header[StateOffset] = (byte)state;
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], dataLength);
        key.CopyTo(header[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], Checksum(header));
    }

    /// <summary>Reads a header; false when it is not one or is damaged.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out BlockKey key, out int dataLength, out RecordState state)
    {
        key = default;
        dataLength = 0;
        state = RecordState.Dead;
        if (header.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(header) != RecordMagic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != Checksum(header))
        {
            return false;
        }

        dataLength = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        state = (RecordState)header[StateOffset];
        key = new BlockKey(header.Slice(16, BlockKey.Size));
        return dataLength is >= 0 and <= BlockStoreOptions.MaxBlockBytes && state <= RecordState.Quarantined;
    }

    private static uint Checksum(ReadOnlySpan<byte> header)
    {
        var crc = ~0u;
        crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt32LittleEndian(header[8..]));
        for (var at = 16; at < HeaderSize; at += 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(header[at..]));
        }

        return ~crc;
    }
}
