using System.Buffers;
using Etdb.Ledger.Flo.Crypto;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>What the bytes of one block of a batch are: a block, or none and why.</summary>
/// <param name="Block">The block; null when the bytes are none.</param>
/// <param name="Error">What is wrong with them; null when they are one.</param>
public readonly record struct ParsedBlock(FloBlock? Block, FormatException? Error);

/// <summary>
/// Reads many blocks and hashes them together. Most of FLO's blocks hold a few transactions: hashed one by one, each waits for the one before, and of the sixteen lanes of
/// <see cref="WideSha256"/> a block of its own fills few. So the headers and transactions of many blocks are hashed at once, and then the levels of all their Merkle trees, from the leaves up.
/// The answers are those of reading each block alone.
/// </summary>
internal static unsafe class BlockBatch
{
    /// <summary>Messages hashed together: enough to fill lanes with equals, few enough that what is borrowed for them stays small whatever a node sends.</summary>
    private const int MostMessages = 4096;

    /// <summary>Reads each of these, keeping slices of them.</summary>
    public static ParsedBlock[] Parse(IReadOnlyList<ReadOnlyMemory<byte>> raws)
    {
        var parsed = new ParsedBlock[raws.Count];
        var group = new List<FloBlock>();
        var messages = 0;
        for (var i = 0; i < raws.Count; i++)
        {
            try
            {
                var block = FloBlock.ReadForm(raws[i]);
                parsed[i] = new ParsedBlock(block, null);
                group.Add(block);
                messages += block.Transactions.Length + 1;
            }
            catch (FormatException e)
            {
                parsed[i] = new ParsedBlock(null, e);
            }

            if (messages >= MostMessages || (i == raws.Count - 1 && group.Count > 0))
            {
                Hash(group, messages);
                group.Clear();
                messages = 0;
            }
        }

        return parsed;
    }

    private static void Hash(List<FloBlock> blocks, int messages)
    {
        var pieces = ArrayPool<Piece>.Shared.Rent(messages);
        var hashes = ArrayPool<Hash256>.Shared.Rent(messages);
        var pins = ArrayPool<MemoryHandle>.Shared.Rent(blocks.Count);
        var pinned = 0;
        try
        {
            var at = 0;
            foreach (var block in blocks)
            {
                pins[pinned] = block.Raw.Pin();
                at += Lay(block, (byte*)pins[pinned++].Pointer, pieces.AsSpan(at));
            }

            ManyHashes.DoubleSha256(pieces.AsSpan(0, messages), hashes.AsSpan(0, messages));
        }
        finally
        {
            for (var i = 0; i < pinned; i++)
            {
                pins[i].Dispose();
            }

            ArrayPool<MemoryHandle>.Shared.Return(pins, clearArray: true);
            ArrayPool<Piece>.Shared.Return(pieces);
        }

        var from = 0;
        foreach (var block in blocks)
        {
            var count = block.Transactions.Length + 1;
            block.SetIds(hashes.AsSpan(from, count));
            from += count;
        }

        ArrayPool<Hash256>.Shared.Return(hashes);
        MerkleForest.Grow(blocks);
    }

    /// <summary>Where the header and the transactions of a block lie; how many that are.</summary>
    private static int Lay(FloBlock block, byte* start, Span<Piece> pieces)
    {
        pieces[0] = new Piece((nint)start, FloBlockHeader.Size);
        var next = start + block.TransactionsOffset;
        for (var i = 0; i < block.Transactions.Length; i++)
        {
            pieces[i + 1] = new Piece((nint)next, block.Transactions[i].Size);
            next += block.Transactions[i].Size;
        }

        return block.Transactions.Length + 1;
    }
}
