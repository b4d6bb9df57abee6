namespace Etdb.Ipfs.Cids;

/// <summary>The bases of the multibase table that are in use. Source: github.com/multiformats/multibase, multibase.csv.</summary>
public enum MultibaseEncoding
{
    Base2,
    Base8,
    Base10,
    Base16,
    Base16Upper,
    Base32Hex,
    Base32HexUpper,
    Base32HexPad,
    Base32HexPadUpper,
    Base32,
    Base32Upper,
    Base32Pad,
    Base32PadUpper,
    Base32Z,
    Base36,
    Base36Upper,
    Base58Btc,
    Base58Flickr,
    Base64,
    Base64Pad,
    Base64Url,
    Base64UrlPad,
}
