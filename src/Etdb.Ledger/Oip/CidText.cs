using System.Buffers;
using Etdb.Domain.Content;
using SimpleBase;

namespace Etdb.Ledger.Oip;

/// <summary>Reads the root of a record's files: a CID, bare or as <c>/ipfs/CID</c> or <c>ipfs://CID</c>, in its canonical text form.</summary>
public static class CidText
{
    private static readonly SearchValues<char> Base32Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz234567");

    private const byte NoLetter = 0xff;
    private static readonly byte[] Base58Values = Values();

    private const int MaxChars = 200;
    private const int MaxVarintBytes = 9;

    /// <summary>The CID, or null when the location is none: such a record names nothing that can be kept.</summary>
    public static ContentId? TryParse(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        var text = location.Trim().TrimEnd('/');
        text = text.StartsWith("ipfs://", StringComparison.Ordinal) ? text["ipfs://".Length..]
            : text.StartsWith("/ipfs/", StringComparison.Ordinal) ? text["/ipfs/".Length..]
            : text;
        if (text.Length is < 2 or > MaxChars)
        {
            return null;
        }

        if (text.Length == 46 && text.StartsWith("Qm", StringComparison.Ordinal))
        {
            return IsVersion0(text) ? new ContentId(text) : null;
        }

        var bytes = text[0] switch
        {
            'b' => Base32Bytes(text[1..]),
            'B' => Base32Bytes(text[1..].ToLowerInvariant()),
            'z' => Base58Bytes(text[1..]),
            'f' or 'F' => HexBytes(text[1..]),
            _ => null,
        };
        return bytes is not null && IsVersion1(bytes) ? new ContentId("b" + Base32.Rfc4648.Encode(bytes, padding: false).ToLowerInvariant()) : null;
    }

    // version 1, codec, hash function, length, digest of that length
    private static bool IsVersion1(ReadOnlySpan<byte> bytes) =>
        TryVarint(ref bytes, out var version) && version == 1
        && TryVarint(ref bytes, out _) && TryVarint(ref bytes, out _)
        && TryVarint(ref bytes, out var length) && length is > 0 and <= 128 && (int)length == bytes.Length;

    private static bool TryVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < Math.Min(bytes.Length, MaxVarintBytes); i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether 46 letters of Base58 are 34 bytes that begin with SHA-256's 0x12 and 0x20. 58^46 is less than 2^272, so they are never more than 34; with these two in front they are not fewer.
    /// </summary>
    private static bool IsVersion0(string text)
    {
        Span<uint> limbs = stackalloc uint[9]; // 288 bits, least first
        limbs.Clear();
        foreach (var letter in text)
        {
            var digit = letter < Base58Values.Length ? Base58Values[letter] : NoLetter;
            if (digit == NoLetter)
            {
                return false;
            }

            ulong carry = digit;
            for (var i = 0; i < limbs.Length; i++)
            {
                carry += (ulong)limbs[i] * 58;
                (limbs[i], carry) = ((uint)carry, carry >> 32);
            }
        }

        // Bytes 0 and 1 of 34 are the lowest two of the highest limb.
        return limbs[8] == 0x1220;
    }

    private static byte[] Values()
    {
        const string Letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        var values = new byte['z' + 1];
        Array.Fill(values, NoLetter);
        for (var i = 0; i < Letters.Length; i++)
        {
            values[Letters[i]] = (byte)i;
        }

        return values;
    }

    private static byte[]? Base58Bytes(string text)
    {
        if (!System.Text.Ascii.IsValid(text))
        {
            return null; // the decoder looks letters up in a table that ends there
        }

        var buffer = new byte[text.Length];
        return Base58.Bitcoin.TryDecode(text, buffer, out var written) ? buffer[..written] : null;
    }

    private static byte[]? Base32Bytes(string text)
    {
        if (text.AsSpan().ContainsAnyExcept(Base32Letters))
        {
            return null;
        }

        var buffer = new byte[(text.Length * 5 / 8) + 1];
        return Base32.Rfc4648.TryDecode(text.ToUpperInvariant(), buffer, out var written) ? buffer[..written] : null;
    }

    private static byte[]? HexBytes(string text) =>
        text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;
}
