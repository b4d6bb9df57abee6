namespace Etdb.Ipfs.Cids;

/// <summary>The numbers of the multicodec table this library knows by name. Source: github.com/multiformats/multicodec, table.csv.</summary>
public static class Multicodec
{
    public const ulong Identity = 0x00;
    public const ulong Sha1 = 0x11;
    public const ulong Sha2X256 = 0x12;
    public const ulong Sha2X512 = 0x13;
    public const ulong Blake3 = 0x1e;
    public const ulong Murmur3X64X64 = 0x22;
    public const ulong Raw = 0x55;
    public const ulong DagPb = 0x70;
    public const ulong DagCbor = 0x71;
    public const ulong Libp2pKey = 0x72;
    public const ulong DagJson = 0x0129;
    public const ulong Blake2bFirst = 0xb201;
    public const ulong Blake2b256 = 0xb220;
    public const ulong Blake2bLast = 0xb240;
    public const ulong Blake2sFirst = 0xb241;
    public const ulong Blake2sLast = 0xb260;

    /// <summary>A name for messages: the table's name where known, else the number in hexadecimal.</summary>
    public static string NameOf(ulong code) => code switch
    {
        Identity => "identity",
        Sha1 => "sha1",
        Sha2X256 => "sha2-256",
        Sha2X512 => "sha2-512",
        >= 0x14 and <= 0x17 => "sha3",
        >= 0x18 and <= 0x1d => "keccak",
        Blake3 => "blake3",
        Murmur3X64X64 => "murmur3-x64-64",
        Raw => "raw",
        DagPb => "dag-pb",
        DagCbor => "dag-cbor",
        Libp2pKey => "libp2p-key",
        DagJson => "dag-json",
        >= Blake2bFirst and <= Blake2bLast => "blake2b-" + (code - Blake2bFirst + 1) * 8,
        >= Blake2sFirst and <= Blake2sLast => "blake2s-" + (code - Blake2sFirst + 1) * 8,
        _ => "0x" + code.ToString("x"),
    };
}
