using System.Diagnostics.CodeAnalysis;

namespace Etdb.Ipfs.Cids;

/// <summary>
/// Text forms of bytes with one leading character that names the base. Decoding is strict: unknown prefixes, foreign characters, wrong padding and set
/// bits after the end are refused, and the length is limited because bases that are no power of two cost quadratic time.
/// </summary>
public static class Multibase
{
    /// <summary>Longest text of a base that is no power of two (10, 36, 58), in characters.</summary>
    public const int MaxBigIntegerText = 8192;

    private static readonly MultibaseAlphabet[] Alphabets = MultibaseAlphabet.All();

    /// <summary>The prefix and the text.</summary>
    public static string Encode(MultibaseEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        var alphabet = Alphabets[(int)encoding];
        return alphabet.Prefix + alphabet.Encode(bytes);
    }

    /// <summary>The text without its prefix.</summary>
    public static string EncodeBare(MultibaseEncoding encoding, ReadOnlySpan<byte> bytes) => Alphabets[(int)encoding].Encode(bytes);

    /// <summary>Reads a text with its prefix.</summary>
    /// <exception cref="FormatException">The message says what is wrong with it.</exception>
    public static byte[] Decode(ReadOnlySpan<char> text) =>
        TryDecode(text, out var bytes, out var problem) ? bytes : throw new FormatException("Not a multibase text: " + problem + ".");

    /// <summary>Reads a text with its prefix, or says what is wrong with it.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? problem)
    {
        bytes = null;
        if (text.IsEmpty)
        {
            problem = "it is empty";
            return false;
        }

        foreach (var alphabet in Alphabets)
        {
            if (alphabet.Prefix == text[0])
            {
                return alphabet.TryDecode(text[1..], out bytes, out problem);
            }
        }

        problem = $"no base has the prefix '{text[0]}'";
        return false;
    }

    /// <summary>Reads a text that has no prefix.</summary>
    public static bool TryDecode(
        MultibaseEncoding encoding, ReadOnlySpan<char> bare, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? problem) =>
        Alphabets[(int)encoding].TryDecode(bare, out bytes, out problem);
}
