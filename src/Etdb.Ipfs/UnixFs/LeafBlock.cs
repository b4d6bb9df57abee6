using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.UnixFs;

/// <summary>
/// Makes the block of a chunk where the chunk lies: room is kept in front of and behind the bytes, so that a dag-pb leaf needs no second copy.
/// </summary>
internal static class LeafBlock
{
    /// <summary>Bytes to keep free before the chunk.</summary>
    public const int HeadRoom = 24;

    /// <summary>Bytes to keep free after the chunk.</summary>
    public const int TailRoom = 8;

    /// <summary>The block of the chunk at <paramref name="buffer"/>[HeadRoom .. HeadRoom + length]; it is a part of the buffer.</summary>
    public static Block Make(Memory<byte> buffer, int length, ImportProfile profile)
    {
        if (profile.RawLeaves)
        {
            return Block.Of(buffer.Slice(HeadRoom, length), Multicodec.Raw, 1);
        }

        var span = buffer.Span;
        var tail = HeadRoom + length;
        span[tail++] = 0x18;
        tail += Varint.Write(span[tail..], (ulong)length);

        Span<byte> head = stackalloc byte[HeadRoom];
        var inner = 0;
        Span<byte> fields = stackalloc byte[HeadRoom];
        fields[inner++] = 0x08;
        fields[inner++] = (byte)UnixFsType.File;
        if (length > 0)
        {
            fields[inner++] = 0x12;
            inner += Varint.Write(fields[inner..], (ulong)length);
        }

        head[0] = 0x0a;
        var outer = 1 + Varint.Write(head[1..], (ulong)(inner + tail - HeadRoom));
        fields[..inner].CopyTo(head[outer..]);
        var start = HeadRoom - outer - inner;
        head[..(outer + inner)].CopyTo(span[start..]);
        return Block.Of(buffer[start..tail], Multicodec.DagPb, profile.CidVersion);
    }
}
