using System.Text;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>The text that is signed by a FLO message signature. The prefix is the same on every network.</summary>
public static class MessageSignature
{
    /// <summary>Length of the decoded signature: header, r, s.</summary>
    public const int Size = 65;

    /// <summary>Longest message that is hashed: an OIP text of 1000 parts of 1040 bytes, and room.</summary>
    public const int MaxMessageBytes = 4 << 20;

    private static ReadOnlySpan<byte> Prefix => "\u001bFlorincoin Signed Message:\n"u8;

    /// <summary>Double SHA-256 of prefix, CompactSize length and the UTF-8 message.</summary>
    public static Hash256 Digest(string message) => Digest(Encoding.UTF8.GetBytes(message));

    /// <summary>Double SHA-256 of prefix, CompactSize length and the message bytes.</summary>
    public static Hash256 Digest(ReadOnlySpan<byte> message)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, MaxMessageBytes, nameof(message));
        var writer = new WireWriter(Prefix.Length + 5 + message.Length);
        writer.Bytes(Prefix);
        writer.VarBytes(message);
        return Hash256.DoubleSha256(writer.Written);
    }
}
