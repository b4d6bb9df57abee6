using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Etdb.Ipfs.Cids;

/// <summary>One base: powers of two are read and written by bits (RFC 4648), the others as one big number with a leading digit zero for each leading zero byte.</summary>
internal sealed class MultibaseAlphabet
{
    private const byte None = 0xff;
    private const string Base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const string FlickrDigits = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
    private const string Base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private const string UrlDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private readonly string _digits;
    private readonly byte[] _values = new byte[128];
    private readonly int _bits;
    private readonly int _padTo;

    private MultibaseAlphabet(char prefix, string digits, bool anyCase = false, int padTo = 0)
    {
        Prefix = prefix;
        _digits = digits;
        _padTo = padTo;
        _bits = BitOperations.IsPow2(digits.Length) ? BitOperations.Log2((uint)digits.Length) : 0;
        Array.Fill(_values, None);
        for (var i = 0; i < digits.Length; i++)
        {
            _values[digits[i]] = (byte)i;
            if (anyCase)
            {
                _values[char.ToLowerInvariant(digits[i])] = (byte)i;
                _values[char.ToUpperInvariant(digits[i])] = (byte)i;
            }
        }
    }

    public char Prefix { get; }

    /// <summary>In the order of <see cref="MultibaseEncoding"/>.</summary>
    public static MultibaseAlphabet[] All()
    {
        const string Hex = "0123456789abcdef";
        const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";
        const string Base32Hex = "0123456789abcdefghijklmnopqrstuv";
        const string Base36 = "0123456789abcdefghijklmnopqrstuvwxyz";
        return
        [
            new('0', "01"), new('7', "01234567"), new('9', "0123456789"),
            new('f', Hex, true), new('F', Hex.ToUpperInvariant(), true),
            new('v', Base32Hex, true), new('V', Base32Hex.ToUpperInvariant(), true),
            new('t', Base32Hex, true, 8), new('T', Base32Hex.ToUpperInvariant(), true, 8),
            new('b', Base32, true), new('B', Base32.ToUpperInvariant(), true),
            new('c', Base32, true, 8), new('C', Base32.ToUpperInvariant(), true, 8),
            new('h', "ybndrfg8ejkmcpqxot1uwisza345h769"),
            new('k', Base36, true), new('K', Base36.ToUpperInvariant(), true),
            new('z', Base58Digits), new('Z', FlickrDigits),
            new('m', Base64Digits), new('M', Base64Digits, false, 4), new('u', UrlDigits), new('U', UrlDigits, false, 4),
        ];
    }

    public string Encode(ReadOnlySpan<byte> bytes) => _bits > 0 ? EncodeBits(bytes) : EncodeNumber(bytes);

    public bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? problem)
    {
        bytes = null;
        if (_bits == 0 && text.Length > Multibase.MaxBigIntegerText)
        {
            problem = $"{text.Length} characters are more than {Multibase.MaxBigIntegerText}";
            return false;
        }

        if (_padTo > 0)
        {
            var digits = text.TrimEnd('=');
            if (text.Length % _padTo != 0 || text.Length - digits.Length >= _padTo)
            {
                problem = "its padding is wrong";
                return false;
            }

            text = digits;
        }

        foreach (var c in text)
        {
            if (c >= _values.Length || _values[c] == None)
            {
                problem = $"'{c}' is no digit of base '{Prefix}'";
                return false;
            }
        }

        return _bits > 0 ? TryDecodeBits(text, out bytes, out problem) : DecodeNumber(text, out bytes, out problem);
    }

    private string EncodeBits(ReadOnlySpan<byte> bytes)
    {
        var length = (int)(((long)bytes.Length * 8 + _bits - 1) / _bits);
        var padded = _padTo > 0 ? (length + _padTo - 1) / _padTo * _padTo : length;
        var text = new char[padded];
        var (held, heldBits, at) = (0u, 0, 0);
        foreach (var b in bytes)
        {
            held = held << 8 | b;
            heldBits += 8;
            while (heldBits >= _bits)
            {
                heldBits -= _bits;
                text[at++] = _digits[(int)(held >> heldBits) & (_digits.Length - 1)];
            }
        }

        if (heldBits > 0)
        {
            text[at++] = _digits[(int)(held << (_bits - heldBits)) & (_digits.Length - 1)];
        }

        text.AsSpan(at).Fill('=');
        return new string(text);
    }

    private bool TryDecodeBits(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? problem)
    {
        var found = new byte[(long)text.Length * _bits / 8];
        var (held, heldBits, at) = (0u, 0, 0);
        foreach (var c in text)
        {
            held = held << _bits | _values[c];
            heldBits += _bits;
            if (heldBits >= 8)
            {
                heldBits -= 8;
                found[at++] = (byte)(held >> heldBits);
            }
        }

        var clean = heldBits < _bits && (held & ((1u << heldBits) - 1)) == 0;
        problem = clean ? null : "bits are left over after its last byte";
        bytes = clean ? found : null;
        return clean;
    }

    private string EncodeNumber(ReadOnlySpan<byte> bytes)
    {
        var zeros = bytes.IndexOfAnyExcept((byte)0);
        zeros = zeros < 0 ? bytes.Length : zeros;
        var size = (int)((bytes.Length - zeros) * Math.Log(256) / Math.Log(_digits.Length)) + 1;
        var digits = new byte[size];
        var used = 0;
        foreach (var b in bytes[zeros..])
        {
            var carry = (int)b;
            var i = 0;
            for (; carry > 0 || i < used; i++)
            {
                carry += digits[i] << 8;
                digits[i] = (byte)(carry % _digits.Length);
                carry /= _digits.Length;
            }

            used = i;
        }

        var text = new char[zeros + used];
        text.AsSpan(0, zeros).Fill(_digits[0]);
        for (var i = 0; i < used; i++)
        {
            text[^(i + 1)] = _digits[digits[i]];
        }

        return new string(text);
    }

    private bool DecodeNumber(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? problem)
    {
        var zeros = text.IndexOfAnyExcept(_digits[0]);
        zeros = zeros < 0 ? text.Length : zeros;
        var number = new byte[text.Length - zeros + 1];
        var used = 0;
        foreach (var c in text[zeros..])
        {
            var carry = (int)_values[c];
            var i = 0;
            for (; carry > 0 || i < used; i++)
            {
                carry += number[i] * _digits.Length;
                number[i] = (byte)carry;
                carry >>= 8;
            }

            used = i;
        }

        bytes = new byte[zeros + used];
        for (var i = 0; i < used; i++)
        {
            bytes[^(i + 1)] = number[i];
        }

        problem = null;
        return true;
    }
}
