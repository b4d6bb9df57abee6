namespace Etdb.Ledger.Flo.Consensus;

/// <summary>FLO's work: scrypt with N=1024, r=1, p=1 of the 80 header bytes with themselves as salt, as a little-endian number at most the target.</summary>
public static class ProofOfWork
{
    private const int Cost = 1024;

    /// <summary>The work hash of 80 header bytes.</summary>
    public static Hash256 Hash(ReadOnlySpan<byte> header)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(header.Length, FloBlockHeader.Size, nameof(header));
        Span<byte> key = stackalloc byte[Hash256.Size];
        Hashes.Scrypt(header, header, Cost, 1, 1, key);
        return new Hash256(key);
    }

    /// <summary>True when the bits are valid on the network and the header's work meets them.</summary>
    public static bool Check(FloBlockHeader header, FloNetwork network) =>
        CompactTarget.Decode(header.Bits) is { } target && target <= network.PowLimit && header.ComputePowHash().ToNumber() <= target;
}
