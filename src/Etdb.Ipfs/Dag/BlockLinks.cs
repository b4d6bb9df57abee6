using System.Formats.Cbor;
using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>The links of a block of any codec that can be read: raw has none, dag-pb its links, dag-cbor every tag 42.</summary>
public static class BlockLinks
{
    /// <summary>Deepest nesting of dag-cbor.</summary>
    public const int MaxCborDepth = 256;

    private const CborTag LinkTag = (CborTag)42;

    /// <summary>True when links of this codec can be read.</summary>
    public static bool CanRead(ulong codec) => codec is Multicodec.Raw or Multicodec.DagPb or Multicodec.DagCbor;

    /// <summary>Appends the links to <paramref name="links"/> in the block's order, doubles included; null when good, else what is wrong.</summary>
    public static DagProblem? Read(Block block, List<Cid> links)
    {
        ArgumentNullException.ThrowIfNull(links);
        try
        {
            switch (block.Cid.Codec)
            {
                case Multicodec.Raw:
                    return null;
                case Multicodec.DagPb:
                    foreach (var link in DagPbNode.Decode(block.Data).Links)
                    {
                        links.Add(link.Cid);
                    }

                    return null;
                case Multicodec.DagCbor:
                    return ReadCbor(block.Data, links);
                default:
                    return DagProblem.UnsupportedCodec;
            }
        }
        // The CBOR reader says InvalidOperationException when bytes are not the kind it was asked for.
        catch (Exception e) when (e is FormatException or CborContentException or InvalidOperationException or OverflowException)
        {
            return DagProblem.Malformed;
        }
    }

    private static DagProblem? ReadCbor(ReadOnlyMemory<byte> data, List<Cid> links)
    {
        var reader = new CborReader(data, CborConformanceMode.Strict);
        while (reader.PeekState() is not CborReaderState.Finished and var state)
        {
            if (reader.CurrentDepth > MaxCborDepth)
            {
                return DagProblem.TooDeep;
            }

            if (!TryStep(reader, state, links))
            {
                return DagProblem.Malformed;
            }
        }

        return reader.BytesRemaining == 0 ? null : DagProblem.Malformed;
    }

    private static bool TryStep(CborReader reader, CborReaderState state, List<Cid> links)
    {
        switch (state)
        {
            case CborReaderState.Tag:
                if (reader.ReadTag() != LinkTag || reader.PeekState() != CborReaderState.ByteString)
                {
                    return false;
                }

                var bytes = reader.ReadDefiniteLengthByteString();
                if (bytes.Length < 2 || bytes.Span[0] != 0)
                {
                    return false;
                }

                links.Add(Cid.Decode(bytes.Span[1..]));
                return true;
            case CborReaderState.StartMap:
                return reader.ReadStartMap() is not null;
            case CborReaderState.EndMap:
                reader.ReadEndMap();
                return true;
            case CborReaderState.StartArray:
                return reader.ReadStartArray() is not null;
            case CborReaderState.EndArray:
                reader.ReadEndArray();
                return true;
            case CborReaderState.StartIndefiniteLengthByteString or CborReaderState.StartIndefiniteLengthTextString:
                return false;
            default:
                reader.SkipValue();
                return true;
        }
    }
}
