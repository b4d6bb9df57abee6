using SimpleBase;

namespace Etdb.Ledger.Flo.Addresses;

/// <summary>Base58 with a four-byte double-SHA-256 checksum. Work is bounded: texts above <see cref="MaxText"/> characters are refused unread.</summary>
internal static class Base58Check
{
    /// <summary>Longest payload: an extended key (78 bytes).</summary>
    public const int MaxPayload = 80;

    /// <summary>Longest text: an extended key has 111 characters.</summary>
    public const int MaxText = 120;

    private const int ChecksumSize = 4;

    public static string Encode(ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxPayload, nameof(payload));
        Span<byte> whole = stackalloc byte[payload.Length + ChecksumSize];
        payload.CopyTo(whole);
        Checksum(payload, whole[payload.Length..]);
        return Base58.Bitcoin.Encode(whole);
    }

    /// <summary>Decodes into <paramref name="payload"/> (at least <see cref="MaxPayload"/> bytes); false for anything malformed.</summary>
    public static bool TryDecode(string text, Span<byte> payload, out int length)
    {
        length = 0;
        if (text.Length is < 1 or > MaxText)
        {
            return false;
        }

        Span<byte> whole = stackalloc byte[MaxText + ChecksumSize];
        if (!text.All(char.IsAsciiLetterOrDigit) || !Base58.Bitcoin.TryDecode(text, whole, out var written) || written <= ChecksumSize || written > MaxPayload + ChecksumSize)
        {
            return false;
        }

        Span<byte> checksum = stackalloc byte[ChecksumSize];
        Checksum(whole[..(written - ChecksumSize)], checksum);
        if (!checksum.SequenceEqual(whole[(written - ChecksumSize)..written]))
        {
            return false;
        }

        length = written - ChecksumSize;
        whole[..length].CopyTo(payload);
        return true;
    }

    private static void Checksum(ReadOnlySpan<byte> payload, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[Hash256.Size];
        Hash256.DoubleSha256(payload).CopyTo(hash);
        hash[..ChecksumSize].CopyTo(destination);
    }
}
