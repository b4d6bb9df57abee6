using System.Numerics;

namespace Etdb.Ipfs.UnixFs;

/// <summary>Where a name goes in a HAMT: the hash's bits, most significant first, log2(fanout) of them for each level.</summary>
internal static class HamtHash
{
    private const int HashBits = 64;

    public static ulong Of(ReadOnlySpan<byte> name) => Murmur3.Hash64(name);

    /// <summary>Levels that the hash's bits suffice for.</summary>
    public static int MaxDepth(int fanout) => HashBits / BitOperations.Log2((uint)fanout);

    /// <summary>The slot at <paramref name="depth"/> (0 is the root).</summary>
    public static int Slot(ulong hash, int depth, int fanout)
    {
        var bits = BitOperations.Log2((uint)fanout);
        return (int)(hash << (depth * bits) >> (HashBits - bits));
    }

    /// <summary>Digits of a slot's number in a link's name: those of the largest slot, in hexadecimal.</summary>
    public static int PrefixLength(int fanout) => (BitOperations.Log2((uint)(fanout - 1)) / 4) + 1;
}
