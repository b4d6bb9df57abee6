using System.Formats.Cbor;
using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Car;

/// <summary>
/// The header of a CAR: version and roots. Version 2 is a wrapper of 51 bytes around a version 1 file, with an index behind it.
/// Source: ipld.io/specs/transport/car.
/// </summary>
public sealed record CarHeader(int Version, IReadOnlyList<Cid> Roots)
{
    /// <summary>Most roots that are read.</summary>
    public const int MaxRoots = 16384;

    /// <summary>Longest header that is read, in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Length of what stands before the data of version 2: magic and wrapper.</summary>
    public const int V2PrefixBytes = 51;

    private const CborTag LinkTag = (CborTag)42;

    /// <summary>The eleven bytes that begin every version 2 file: a version 1 header without roots whose version is 2.</summary>
    public static ReadOnlySpan<byte> V2Magic => [0x0a, 0xa1, 0x67, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x02];

    /// <summary>The header of a version 1 file with its length in front.</summary>
    public static byte[] EncodeV1(IReadOnlyList<Cid> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        var writer = new CborWriter(CborConformanceMode.Strict);
        writer.WriteStartMap(2);
        writer.WriteTextString("roots");
        writer.WriteStartArray(roots.Count);
        foreach (var root in roots)
        {
            writer.WriteTag(LinkTag);
            writer.WriteByteString([0, .. root.Bytes]);
        }

        writer.WriteEndArray();
        writer.WriteTextString("version");
        writer.WriteInt32(1);
        writer.WriteEndMap();
        var cbor = writer.Encode();
        var length = new byte[Varint.MaxBytes];
        var used = Varint.Write(length, (ulong)cbor.Length);
        return [.. length.AsSpan(0, used), .. cbor];
    }

    /// <summary>Reads the CBOR of a header (without its length).</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static CarHeader Decode(ReadOnlyMemory<byte> cbor)
    {
        try
        {
            return DecodeMap(new CborReader(cbor, CborConformanceMode.Strict));
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            throw new FormatException("The CAR's header is no dag-cbor map of roots and version: " + e.Message, e);
        }
    }

    private static CarHeader DecodeMap(CborReader reader)
    {
        long? version = null;
        List<Cid>? roots = null;
        var fields = reader.ReadStartMap() ?? throw new FormatException("The CAR's header has no definite length.");
        for (var i = 0; i < fields; i++)
        {
            switch (reader.ReadTextString())
            {
                case "version":
                    version = reader.ReadInt64();
                    break;
                case "roots":
                    roots = DecodeRoots(reader);
                    break;
                case var other:
                    throw new FormatException($"The CAR's header has an unknown field '{other}'.");
            }
        }

        reader.ReadEndMap();
        if (reader.BytesRemaining > 0)
        {
            throw new FormatException($"{reader.BytesRemaining} bytes follow the CAR's header inside its length.");
        }

        return version switch
        {
            1 when roots is not null => new CarHeader(1, roots),
            1 => throw new FormatException("The CAR's header has no roots."),
            null => throw new FormatException("The CAR's header has no version."),
            _ => throw new FormatException($"CAR version {version} cannot be read here (1 and 2 can)."),
        };
    }

    private static List<Cid> DecodeRoots(CborReader reader)
    {
        var count = reader.ReadStartArray() ?? throw new FormatException("The CAR's roots have no definite length.");
        if (count > MaxRoots)
        {
            throw new FormatException($"The CAR has {count} roots, more than {MaxRoots}.");
        }

        var roots = new List<Cid>(count);
        for (var i = 0; i < count; i++)
        {
            if (reader.ReadTag() != LinkTag)
            {
                throw new FormatException("A root of the CAR is no link.");
            }

            var bytes = reader.ReadDefiniteLengthByteString();
            roots.Add(bytes.Length > 0 && bytes.Span[0] == 0 ? Cid.Decode(bytes.Span[1..]) : throw new FormatException("A root of the CAR does not start with a zero."));
        }

        reader.ReadEndArray();
        return roots;
    }
}
