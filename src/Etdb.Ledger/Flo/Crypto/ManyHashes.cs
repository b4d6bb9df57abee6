using System.Buffers;
using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>A message somewhere in memory, which must stay there while it is hashed.</summary>
/// <param name="Address">Its first byte.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct Piece(nint Address, int Length);

/// <summary>Double SHA-256 of many messages, and of the levels of a Merkle tree: wide where the processor can, else one after the other. The answers are the same.</summary>
internal static unsafe class ManyHashes
{
    /// <summary>Below this many the lanes would be mostly empty.</summary>
    private const int FewestWide = 6;

    /// <summary>Hashes messages that are pinned; <paramref name="hashes"/> gets their digests in the same order.</summary>
    public static void DoubleSha256(ReadOnlySpan<Piece> pieces, Span<Hash256> hashes)
    {
        if (!WideSha256.IsSupported || pieces.Length < FewestWide)
        {
            for (var i = 0; i < pieces.Length; i++)
            {
                hashes[i] = Hash256.DoubleSha256(new ReadOnlySpan<byte>((void*)pieces[i].Address, pieces[i].Length));
            }

            return;
        }

        var order = ArrayPool<int>.Shared.Rent(pieces.Length);
        var lengths = ArrayPool<int>.Shared.Rent(pieces.Length);
        for (var i = 0; i < pieces.Length; i++)
        {
            (lengths[i], order[i]) = (pieces[i].Length, i);
        }

        Array.Sort(lengths, order, 0, pieces.Length);
        for (var from = 0; from < pieces.Length; from += WideSha256.Lanes)
        {
            var count = Math.Min(WideSha256.Lanes, pieces.Length - from);
            Run(pieces, order.AsSpan(from, count), lengths.AsSpan(from, count), hashes);
        }

        ArrayPool<int>.Shared.Return(order);
        ArrayPool<int>.Shared.Return(lengths);
    }

    /// <summary>Replaces the first <paramref name="count"/> hashes of a level by their parents, an odd last one combined with itself; how many those are.</summary>
    public static int Fold(Span<Hash256> level, int count)
    {
        if ((count & 1) == 1)
        {
            level[count] = level[count - 1];
        }

        var parents = (count + 1) / 2;
        var done = 0;
        if (WideSha256.IsSupported && parents >= FewestWide)
        {
            for (; done < parents; done += WideSha256.Lanes)
            {
                var now = Math.Min(WideSha256.Lanes, parents - done);
                WideSha256.DoubleHashPairs(level.Slice(done * 2, now * 2), level.Slice(done, now));
            }

            return parents;
        }

        for (; done < parents; done++)
        {
            level[done] = Hash256.DoubleSha256(MemoryMarshal.AsBytes(level.Slice(done * 2, 2)));
        }

        return parents;
    }

    private static void Run(ReadOnlySpan<Piece> pieces, ReadOnlySpan<int> order, ReadOnlySpan<int> lengths, Span<Hash256> hashes)
    {
        Span<nint> messages = stackalloc nint[order.Length];
        Span<Hash256> found = stackalloc Hash256[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            messages[i] = pieces[order[i]].Address;
        }

        WideSha256.DoubleHash(messages, lengths, found);
        for (var i = 0; i < order.Length; i++)
        {
            hashes[order[i]] = found[i];
        }
    }
}
