using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>
/// A dag-pb block. <see cref="Encode"/> writes the canonical form (links in their given order first, then data; shortest lengths); <see cref="Decode"/>
/// accepts what the specification lets a reader accept and nothing else: known fields only, each at most once, links not interrupted by data.
/// Source: ipld.io/specs/codecs/dag-pb.
/// </summary>
public sealed record DagPbNode(IReadOnlyList<DagPbLink> Links, ReadOnlyMemory<byte>? Data)
{
    private const byte DataTag = 0x0a;
    private const byte LinkTag = 0x12;
    private const byte HashTag = 0x0a;
    private const byte NameTag = 0x12;
    private const byte SizeTag = 0x18;

    /// <summary>Reads a block. Names and data are parts of <paramref name="bytes"/>, not copies.</summary>
    /// <exception cref="FormatException">It is no dag-pb block.</exception>
    public static DagPbNode Decode(ReadOnlyMemory<byte> bytes)
    {
        var links = new List<DagPbLink>();
        ReadOnlyMemory<byte>? data = null;
        var dataAfter = -1;
        var reader = new ProtobufReader(bytes.Span);
        while (!reader.AtEnd)
        {
            switch (reader.ReadTag())
            {
                case (1, ProtobufReader.WireBytes) when data is null:
                    data = bytes[reader.ReadBytes()];
                    dataAfter = links.Count;
                    break;
                case (2, ProtobufReader.WireBytes) when dataAfter <= 0:
                    if (links.Count >= BlockLimits.MaxLinks)
                    {
                        throw new FormatException($"A node has more than {BlockLimits.MaxLinks} links.");
                    }

                    links.Add(DecodeLink(bytes[reader.ReadBytes()]));
                    break;
                case (1, ProtobufReader.WireBytes):
                    throw new FormatException("A dag-pb node has two data fields.");
                case (2, ProtobufReader.WireBytes):
                    throw new FormatException("A dag-pb node has links before and after its data.");
                case var (field, wire):
                    throw new FormatException($"A dag-pb node has no field {field} of wire type {wire}.");
            }
        }

        return new DagPbNode(links, data);
    }

    /// <summary>Bytes that <see cref="Encode"/> gives.</summary>
    public long EncodedLength()
    {
        long length = Data is { } data ? FieldLength(data.Length) : 0;
        foreach (var link in Links)
        {
            length += FieldLength(LinkLength(link));
        }

        return length;
    }

    /// <summary>The canonical bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[EncodedLength()];
        var at = 0;
        foreach (var link in Links)
        {
            bytes[at++] = LinkTag;
            at += Varint.Write(bytes.AsSpan(at), (ulong)LinkLength(link));
            at = WriteBytes(bytes, at, HashTag, link.Cid.Bytes);
            if (link.NameBytes is { } name)
            {
                at = WriteBytes(bytes, at, NameTag, name.Span);
            }

            if (link.TotalBytes is { } size)
            {
                bytes[at++] = SizeTag;
                at += Varint.Write(bytes.AsSpan(at), size);
            }
        }

        if (Data is { } data)
        {
            WriteBytes(bytes, at, DataTag, data.Span);
        }

        return bytes;
    }

    /// <summary>The node as a block.</summary>
    public Block ToBlock(int cidVersion) => Block.Of(Encode(), Multicodec.DagPb, cidVersion);

    /// <summary>Encoded length of a link with its tag, for size limits that count before writing.</summary>
    internal static int LinkFieldLength(in DagPbLink link) => FieldLength(LinkLength(link));

    private static int FieldLength(int length) => 1 + Varint.Length((ulong)length) + length;

    private static int LinkLength(in DagPbLink link) =>
        FieldLength(link.Cid.Bytes.Length)
        + (link.NameBytes is { } name ? FieldLength(name.Length) : 0)
        + (link.TotalBytes is { } size ? 1 + Varint.Length(size) : 0);

    private static int WriteBytes(byte[] to, int at, byte tag, ReadOnlySpan<byte> bytes)
    {
        to[at++] = tag;
        at += Varint.Write(to.AsSpan(at), (ulong)bytes.Length);
        bytes.CopyTo(to.AsSpan(at));
        return at + bytes.Length;
    }

    private static DagPbLink DecodeLink(ReadOnlyMemory<byte> bytes)
    {
        Cid cid = default;
        ReadOnlyMemory<byte>? name = null;
        ulong? size = null;
        var last = 0;
        var reader = new ProtobufReader(bytes.Span);
        while (!reader.AtEnd)
        {
            var (field, wire) = reader.ReadTag();
            if (field <= last)
            {
                throw new FormatException($"A dag-pb link has field {field} after field {last}.");
            }

            last = field;
            switch (field, wire)
            {
                case (1, ProtobufReader.WireBytes):
                    cid = Cid.Decode(bytes.Span[reader.ReadBytes()]);
                    break;
                case (2, ProtobufReader.WireBytes):
                    name = bytes[reader.ReadBytes()];
                    break;
                case (3, ProtobufReader.WireVarint):
                    size = reader.ReadVarint();
                    break;
                default:
                    throw new FormatException($"A dag-pb link has no field {field} of wire type {wire}.");
            }
        }

        return cid.IsDefined ? new DagPbLink(cid, name, size) : throw new FormatException("A dag-pb link names no block.");
    }
}
