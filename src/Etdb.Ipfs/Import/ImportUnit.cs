using System.Buffers;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>One piece of work in a window: a chunk to read and hash, or a step that only the consumer looks at.</summary>
internal sealed class ImportUnit
{
    public required TreeItem Item { get; init; }

    /// <summary>Null for steps without bytes and for chunks that are in <see cref="Buffer"/> already.</summary>
    public SourceFile? Source { get; init; }

    public long Offset { get; init; }

    public int Length { get; init; }

    public bool IsLast { get; init; }

    /// <summary>What an earlier run has left: the whole file (then there is nothing to read), or what lies before this chunk.</summary>
    public ImportJournal.Entry? Known { get; init; }

    /// <summary>Set by the worker: the leaf's block; its bytes live in <see cref="Buffer"/> and only when they are to be stored.</summary>
    public Block Leaf { get; private set; }

    public int LeafBytes { get; private set; }

    public byte[]? Buffer { get; set; }

    /// <summary>Reads (unless read already) and hashes. With <paramref name="keep"/> the bytes stay for the writer.</summary>
    public void Work(ImportProfile profile, bool keep)
    {
        if (Source is null && Buffer is null)
        {
            return;
        }

        var buffer = Buffer ?? ArrayPool<byte>.Shared.Rent(LeafBlock.HeadRoom + profile.ChunkBytes + LeafBlock.TailRoom);
        Buffer = buffer;
        Source?.Read(Offset, buffer.AsSpan(LeafBlock.HeadRoom, Length));
        Leaf = LeafBlock.Make(buffer, Length, profile);
        LeafBytes = Leaf.Data.Length;
        if (!keep)
        {
            Leaf = Leaf with { Data = default };
            Release();
        }
    }

    public void Release()
    {
        if (Buffer is { } buffer)
        {
            Buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
