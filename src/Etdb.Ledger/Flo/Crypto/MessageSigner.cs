using System.Text;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>Signs messages as <c>signmessage</c> does: deterministic (RFC 6979), low S, base64 of 65 bytes.</summary>
public static class MessageSigner
{
    /// <summary>First header byte; +4 for a compressed key, plus the recovery id.</summary>
    private const int HeaderBase = 27;

    /// <summary>Signs text (as UTF-8) for the key's P2PKH address.</summary>
    public static string Sign(FloKey key, string message) => Sign(key, Encoding.UTF8.GetBytes(message));

    /// <summary>Signs bytes for the key's P2PKH address.</summary>
    public static string Sign(FloKey key, ReadOnlySpan<byte> message)
    {
        Span<byte> digest = stackalloc byte[32];
        MessageSignature.Digest(message).CopyTo(digest);
        var (compact, recoveryId) = key.Sign(digest);
        Span<byte> signature = stackalloc byte[MessageSignature.Size];
        signature[0] = (byte)(HeaderBase + recoveryId + (key.Compressed ? 4 : 0));
        compact.CopyTo(signature[1..]);
        return Convert.ToBase64String(signature);
    }
}
