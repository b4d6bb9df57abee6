using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>Double SHA-256 of many messages that lie in one buffer, and of the levels of a Merkle tree: wide where the processor can, else one after the other. The answers are the same.</summary>
internal static unsafe class ManyHashes
{
    /// <summary>Below this many the lanes would be mostly empty.</summary>
    private const int FewestWide = 5;

    /// <summary>Hashes pieces of a buffer; <paramref name="hashes"/> gets their digests in the same order.</summary>
    public static void DoubleSha256(ReadOnlySpan<byte> buffer, ReadOnlySpan<(int Offset, int Length)> pieces, Span<Hash256> hashes)
    {
        if (!WideSha256.IsSupported || pieces.Length < FewestWide)
        {
            for (var i = 0; i < pieces.Length; i++)
            {
                hashes[i] = Hash256.DoubleSha256(buffer.Slice(pieces[i].Offset, pieces[i].Length));
            }

            return;
        }

        var lengths = new int[pieces.Length];
        var order = new int[pieces.Length];
        for (var i = 0; i < pieces.Length; i++)
        {
            // Checked here once: below are only pointers.
            _ = buffer.Slice(pieces[i].Offset, pieces[i].Length);
            (lengths[i], order[i]) = (pieces[i].Length, i);
        }

        Array.Sort(lengths, order);
        fixed (byte* start = buffer)
        {
            for (var from = 0; from < order.Length; from += WideSha256.Lanes)
            {
                Run(start, pieces, order.AsSpan(from, Math.Min(WideSha256.Lanes, order.Length - from)), lengths.AsSpan(from), hashes);
            }
        }
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

    private static void Run(byte* start, ReadOnlySpan<(int Offset, int Length)> pieces, ReadOnlySpan<int> order, ReadOnlySpan<int> lengths, Span<Hash256> hashes)
    {
        Span<nint> messages = stackalloc nint[order.Length];
        Span<Hash256> found = stackalloc Hash256[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            messages[i] = (nint)(start + pieces[order[i]].Offset);
        }

        WideSha256.DoubleHash(messages, lengths[..order.Length], found);
        for (var i = 0; i < order.Length; i++)
        {
            hashes[order[i]] = found[i];
        }
    }
}
