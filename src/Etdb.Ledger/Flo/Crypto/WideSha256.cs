using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>
/// Double SHA-256 (FIPS 180-4) of sixteen messages at a time. Hashing one message is a chain of dependent steps that leaves most of a core idle; a block has thousands
/// of messages that have nothing to do with each other, so each of the sixteen 32-bit lanes of an AVX-512 register hashes one of its own. Messages are taken in the
/// order of their lengths, so that the lanes of a run end together; a lane that is done keeps its state while the others go on. Needs AVX-512 (F and BW); see
/// <see cref="IsSupported"/>.
/// </summary>
[SkipLocalsInit]
internal static unsafe class WideSha256
{
    /// <summary>Messages hashed at once.</summary>
    public const int Lanes = 16;

    private const int BlockBytes = 64;
    private const int StateWords = 8;

    /// <summary>0x80, zeros and the bit length take at most two blocks behind the last whole one.</summary>
    private const int TailBytes = 2 * BlockBytes;

    private static readonly uint[] Initial = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    private static readonly uint[] RoundConstants =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Each round constant in all lanes.</summary>
    private static readonly uint* Wide = SpreadConstants();

    private static readonly Vector512<byte> SwapBytes = Vector512.Create(Vector256.Create(Vector128.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)));

    /// <summary>Whether this processor can do it.</summary>
    public static bool IsSupported => Avx512BW.IsSupported;

    /// <summary>Hashes up to sixteen messages; <paramref name="hashes"/> gets their digests in the same order.</summary>
    public static void DoubleHash(ReadOnlySpan<nint> messages, ReadOnlySpan<int> lengths, Span<Hash256> hashes)
    {
        var count = messages.Length;
        var tails = stackalloc byte[Lanes * TailBytes];
        var blocks = stackalloc int[Lanes];
        var most = 0;
        for (var lane = 0; lane < Lanes; lane++)
        {
            // Lanes without a message of their own do the first one's work again; what they find is not read.
            var from = lane < count ? lane : 0;
            blocks[lane] = Pad((byte*)messages[from], lengths[from], tails + (lane * TailBytes));
            most = Math.Max(most, blocks[lane]);
        }

        var state = stackalloc Vector512<uint>[StateWords];
        Reset(state);
        var words = stackalloc Vector512<uint>[Lanes];
        var counts = Vector512.Load(blocks).AsUInt32();
        for (var block = 0; block < most; block++)
        {
            for (var lane = 0; lane < Lanes; lane++)
            {
                var from = lane < count ? lane : 0;
                words[lane] = Load(At((byte*)messages[from], lengths[from], tails + (lane * TailBytes), Math.Min(block, blocks[lane] - 1)));
            }

            Transpose(words);
            Compress(state, words, Vector512.GreaterThan(counts, Vector512.Create((uint)block)));
        }

        Again(state, words);
        Store(state, hashes[..count]);
    }

    /// <summary>Hashes up to sixteen pairs of hashes that lie one behind the other, as Merkle trees do; writing over the pairs is allowed.</summary>
    public static void DoubleHashPairs(ReadOnlySpan<Hash256> pairs, Span<Hash256> parents)
    {
        var state = stackalloc Vector512<uint>[StateWords];
        Reset(state);
        var words = stackalloc Vector512<uint>[Lanes];
        fixed (Hash256* p = pairs)
        {
            for (var lane = 0; lane < Lanes; lane++)
            {
                words[lane] = Load((byte*)(p + (Math.Min(lane, parents.Length - 1) * 2)));
            }
        }

        Transpose(words);
        Compress(state, words, Vector512<uint>.AllBitsSet);
        PadWords(words, 0, BlockBytes * 8);
        Compress(state, words, Vector512<uint>.AllBitsSet);
        Again(state, words);
        Store(state, parents);
    }

    /// <summary>Writes what follows the last whole block of a message; how many blocks it has with that.</summary>
    private static int Pad(byte* message, int length, byte* tail)
    {
        var whole = length / BlockBytes;
        var rest = length % BlockBytes;
        var size = rest < BlockBytes - 8 ? BlockBytes : TailBytes;
        new Span<byte>(tail, size).Clear();
        new ReadOnlySpan<byte>(message + (whole * BlockBytes), rest).CopyTo(new Span<byte>(tail, size));
        tail[rest] = 0x80;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(new Span<byte>(tail + size - 8, 8), (ulong)length * 8);
        return whole + (size / BlockBytes);
    }

    private static byte* At(byte* message, int length, byte* tail, int block)
    {
        var whole = length / BlockBytes;
        return block < whole ? message + (block * BlockBytes) : tail + ((block - whole) * BlockBytes);
    }

    private static void Reset(Vector512<uint>* state)
    {
        for (var i = 0; i < StateWords; i++)
        {
            state[i] = Vector512.Create(Initial[i]);
        }
    }

    /// <summary>The second hash: of the 32 bytes of the first, which are the words of its state.</summary>
    private static void Again(Vector512<uint>* state, Vector512<uint>* words)
    {
        new ReadOnlySpan<Vector512<uint>>(state, StateWords).CopyTo(new Span<Vector512<uint>>(words, StateWords));
        PadWords(words, StateWords, StateWords * 32);
        Reset(state);
        Compress(state, words, Vector512<uint>.AllBitsSet);
    }

    private static void PadWords(Vector512<uint>* words, int from, int bits)
    {
        words[from] = Vector512.Create(0x80000000u);
        for (var i = from + 1; i < Lanes; i++)
        {
            words[i] = Vector512<uint>.Zero;
        }

        words[Lanes - 1] = Vector512.Create((uint)bits);
    }

    private static void Store(Vector512<uint>* state, Span<Hash256> hashes)
    {
        var words = stackalloc uint[StateWords * Lanes];
        for (var i = 0; i < StateWords; i++)
        {
            Avx512BW.Shuffle(state[i].AsByte(), SwapBytes).AsUInt32().Store(words + (i * Lanes));
        }

        Span<uint> digest = stackalloc uint[StateWords];
        for (var lane = 0; lane < hashes.Length; lane++)
        {
            for (var i = 0; i < StateWords; i++)
            {
                digest[i] = words[(i * Lanes) + lane];
            }

            hashes[lane] = new Hash256(MemoryMarshal.AsBytes(digest));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Load(byte* block) => Avx512BW.Shuffle(Vector512.Load(block), SwapBytes).AsUInt32();

    /// <summary>Rows of sixteen words become columns: word i of every lane lies in vector i.</summary>
    private static void Transpose(Vector512<uint>* r)
    {
        var u = stackalloc Vector512<uint>[Lanes];
        for (var g = 0; g < Lanes; g += 4)
        {
            var t0 = Avx512F.UnpackLow(r[g], r[g + 1]).AsUInt64();
            var t1 = Avx512F.UnpackHigh(r[g], r[g + 1]).AsUInt64();
            var t2 = Avx512F.UnpackLow(r[g + 2], r[g + 3]).AsUInt64();
            var t3 = Avx512F.UnpackHigh(r[g + 2], r[g + 3]).AsUInt64();
            u[g] = Avx512F.UnpackLow(t0, t2).AsUInt32();
            u[g + 1] = Avx512F.UnpackHigh(t0, t2).AsUInt32();
            u[g + 2] = Avx512F.UnpackLow(t1, t3).AsUInt32();
            u[g + 3] = Avx512F.UnpackHigh(t1, t3).AsUInt32();
        }

        for (var k = 0; k < 4; k++)
        {
            var even = Avx512F.Shuffle4x128(u[k], u[k + 4], 0x88);
            var odd = Avx512F.Shuffle4x128(u[k], u[k + 4], 0xdd);
            var evenHigh = Avx512F.Shuffle4x128(u[k + 8], u[k + 12], 0x88);
            var oddHigh = Avx512F.Shuffle4x128(u[k + 8], u[k + 12], 0xdd);
            r[k] = Avx512F.Shuffle4x128(even, evenHigh, 0x88);
            r[k + 4] = Avx512F.Shuffle4x128(odd, oddHigh, 0x88);
            r[k + 8] = Avx512F.Shuffle4x128(even, evenHigh, 0xdd);
            r[k + 12] = Avx512F.Shuffle4x128(odd, oddHigh, 0xdd);
        }
    }

    /// <summary>One block in every lane; lanes outside <paramref name="active"/> keep their state. Uses up the words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compress(Vector512<uint>* state, Vector512<uint>* w, Vector512<uint> active)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        var k = Wide;
        for (var i = 0; i < 64; i += 8, k += 8 * Lanes)
        {
            if (i >= 16)
            {
                Schedule(w, i & 8);
            }

            var from = w + (i & 8);
            Round(a, b, c, ref d, e, f, g, ref h, from[0] + Vector512.Load(k));
            Round(h, a, b, ref c, d, e, f, ref g, from[1] + Vector512.Load(k + Lanes));
            Round(g, h, a, ref b, c, d, e, ref f, from[2] + Vector512.Load(k + (2 * Lanes)));
            Round(f, g, h, ref a, b, c, d, ref e, from[3] + Vector512.Load(k + (3 * Lanes)));
            Round(e, f, g, ref h, a, b, c, ref d, from[4] + Vector512.Load(k + (4 * Lanes)));
            Round(d, e, f, ref g, h, a, b, ref c, from[5] + Vector512.Load(k + (5 * Lanes)));
            Round(c, d, e, ref f, g, h, a, ref b, from[6] + Vector512.Load(k + (6 * Lanes)));
            Round(b, c, d, ref e, f, g, h, ref a, from[7] + Vector512.Load(k + (7 * Lanes)));
        }

        state[0] += a & active;
        state[1] += b & active;
        state[2] += c & active;
        state[3] += d & active;
        state[4] += e & active;
        state[5] += f & active;
        state[6] += g & active;
        state[7] += h & active;
    }

    /// <summary>The next eight words of the schedule, in place of the ones sixteen before: w[i] += s0(w[i+1]) + w[i+9] + s1(w[i+14]), indices modulo sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Schedule(Vector512<uint>* w, int from)
    {
        for (var j = from; j < from + 8; j++)
        {
            var near = w[(j + 1) & 15];
            var far = w[(j + 14) & 15];
            var low = Avx512F.TernaryLogic(Avx512F.RotateRight(near, 7), Avx512F.RotateRight(near, 18), near >>> 3, 0x96);
            var high = Avx512F.TernaryLogic(Avx512F.RotateRight(far, 17), Avx512F.RotateRight(far, 19), far >>> 10, 0x96);
            w[j] += low + w[(j + 9) & 15] + high;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, ref Vector512<uint> d, Vector512<uint> e, Vector512<uint> f, Vector512<uint> g, ref Vector512<uint> h, Vector512<uint> word)
    {
        // 0x96 is a ^ b ^ c, 0xca the choice of FIPS 180-4, 0xe8 its majority.
        var first = h + word + Avx512F.TernaryLogic(e, f, g, 0xca)
            + Avx512F.TernaryLogic(Avx512F.RotateRight(e, 6), Avx512F.RotateRight(e, 11), Avx512F.RotateRight(e, 25), 0x96);
        d += first;
        h = first + Avx512F.TernaryLogic(a, b, c, 0xe8)
            + Avx512F.TernaryLogic(Avx512F.RotateRight(a, 2), Avx512F.RotateRight(a, 13), Avx512F.RotateRight(a, 22), 0x96);
    }

    private static uint* SpreadConstants()
    {
        var wide = (uint*)NativeMemory.AlignedAlloc((nuint)(RoundConstants.Length * Lanes * sizeof(uint)), BlockBytes);
        for (var i = 0; i < RoundConstants.Length; i++)
        {
            new Span<uint>(wide + (i * Lanes), Lanes).Fill(RoundConstants[i]);
        }

        return wide;
    }
}
