using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node.Pins;

/// <summary>
/// Writes the usual CIDs (version 1, a codec below 128, sha2-256, lower-case base32) as ASCII without making objects: a listing of a million pins is
/// mostly this. Every other CID goes the general way.
/// </summary>
internal static class PinText
{
    /// <summary>Length of such a CID's text.</summary>
    public const int Length = 59;

    private const int BinaryLength = 36;

    private static ReadOnlySpan<byte> Alphabet => "abcdefghijklmnopqrstuvwxyz234567"u8;

    /// <summary>False when the CID is none of the usual ones.</summary>
    public static bool TryWrite(in PinKey key, int version, Span<byte> to)
    {
        if (version != 1 || key.Codec > 127 || to.Length < Length)
        {
            return false;
        }

        Span<byte> binary = stackalloc byte[BinaryLength];
        binary[0] = 1;
        binary[1] = (byte)key.Codec;
        binary[2] = 0x12;
        binary[3] = BlockKey.Size;
        key.Block.CopyTo(binary[4..]);
        to[0] = (byte)'b';
        var (bits, have, at) = (0u, 0, 1);
        foreach (var value in binary)
        {
            bits = (bits << 8) | value;
            have += 8;
            while (have >= 5)
            {
                have -= 5;
                to[at++] = Alphabet[(int)((bits >> have) & 31)];
            }
        }

        to[at] = Alphabet[(int)((bits << (5 - have)) & 31)];
        return true;
    }
}
