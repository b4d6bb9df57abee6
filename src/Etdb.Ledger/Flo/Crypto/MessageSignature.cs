using System.Text;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>The text that is signed by a FLO message signature. The prefix is the same on every network.</summary>
public static class MessageSignature
{
    /// <summary>Length of the decoded signature: header, r, s.</summary>
    public const int Size = 65;

    /// <summary>Longest message that is hashed: an OIP text of 1000 parts of 1040 bytes, and room.</summary>
    public const int MaxMessageBytes = 4 << 20;

    /// <summary>Messages up to this many bytes, which is every part of a record, are put together on the stack.</summary>
    private const int MaxOnStack = 1280;

    /// <summary>CompactSize: lengths from here on take a marker and two bytes.</summary>
    private const byte FirstLongLength = 0xfd;

    private const int MaxLengthBytes = 5;

    private static ReadOnlySpan<byte> Prefix => "\u001bFlorincoin Signed Message:\n"u8;

    /// <summary>Double SHA-256 of prefix, CompactSize length and the UTF-8 message.</summary>
    public static Hash256 Digest(string message) => Digest(Encoding.UTF8.GetBytes(message));

    /// <summary>Double SHA-256 of prefix, CompactSize length and the message bytes.</summary>
    [System.Runtime.CompilerServices.SkipLocalsInit]
    public static Hash256 Digest(ReadOnlySpan<byte> message)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, MaxMessageBytes, nameof(message));
        if (message.Length > MaxOnStack)
        {
            var writer = new WireWriter(Prefix.Length + MaxLengthBytes + message.Length);
            writer.Bytes(Prefix);
            writer.VarBytes(message);
            return Hash256.DoubleSha256(writer.Written);
        }

        Span<byte> text = stackalloc byte[MaxOnStack + 64];
        Prefix.CopyTo(text);
        var length = Prefix.Length;
        if (message.Length < FirstLongLength)
        {
            text[length++] = (byte)message.Length;
        }
        else
        {
            text[length++] = FirstLongLength;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(text[length..], (ushort)message.Length);
            length += 2;
        }

        message.CopyTo(text[length..]);
        return Hash256.DoubleSha256(text[..(length + message.Length)]);
    }
}
