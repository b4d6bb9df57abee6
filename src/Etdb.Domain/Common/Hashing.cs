using System.Text;

namespace Etdb.Domain.Common;

/// <summary>
/// Seeded, platform-independent mixing for choices that must be the same everywhere and after every restart. Not cryptographic:
/// whoever must not foresee a choice (audits) mixes in a secret or a nonce.
/// </summary>
public static class Hashing
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection with good avalanche.</summary>
    public static ulong Mix(ulong value)
    {
        value += Golden;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Mixes two values; order matters.</summary>
    public static ulong Mix(ulong a, ulong b) => Mix(Mix(a) ^ b);

    /// <summary>FNV-1a over the UTF-8 bytes, then mixed.</summary>
    public static ulong Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var hash = 14695981039346656037UL;
        if (Ascii.IsValid(text))
        {
            foreach (var c in text)
            {
                hash = (hash ^ c) * 1099511628211UL;
            }

            return Mix(hash);
        }

        Span<byte> buffer = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(buffer);
            for (var i = 0; i < length; i++)
            {
                hash = (hash ^ buffer[i]) * 1099511628211UL;
            }
        }

        return Mix(hash);
    }

    /// <summary>A value in the open interval (0, 1), from the upper 53 bits.</summary>
    public static double Unit(ulong hash) => ((hash >> 11) + 0.5) * (1.0 / (1UL << 53));
}
