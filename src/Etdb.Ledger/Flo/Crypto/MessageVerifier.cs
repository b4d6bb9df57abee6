using System.Buffers;
using System.Text;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>The answer to "did this address sign this text?". Everything but <see cref="Valid"/> is "no".</summary>
public enum MessageVerdict
{
    /// <summary>The address' key signed exactly this text.</summary>
    Valid = 0,

    /// <summary>A well-formed signature, but by another key or over another text.</summary>
    Wrong = 1,

    /// <summary>The signature is not base64 of 65 bytes, has an unknown header, or no key can have made it.</summary>
    MalformedSignature = 2,

    /// <summary>The address does not decode for the network, or is of a kind that cannot sign messages.</summary>
    MalformedAddress = 3,
}

/// <summary>
/// Verifies message signatures by recovering the public key and comparing addresses, as <c>verifymessage</c> and flosig do: headers 27..30 uncompressed
/// P2PKH, 31..34 compressed P2PKH, 35..38 P2SH-P2WPKH; all others are refused.
/// </summary>
public static class MessageVerifier
{
    /// <summary>Base64 of 65 bytes.</summary>
    private const int Base64Length = 88;

    /// <summary>An uncompressed key.</summary>
    internal const int LongestKey = 65;

    private const int FirstHeader = 27;
    private const int LastUncompressed = 30;
    private const int FirstSegwit = 35;
    private const int LastHeader = 38;

    /// <summary>Headers of one kind differ only in the recovery id.</summary>
    internal static int HeaderKind(int header) => (header - FirstHeader) >> 2;

    /// <summary>0..3.</summary>
    internal static int RecoveryId(int header) => (header - FirstHeader) & 3;

    /// <summary>Verifies text (as UTF-8) against an address in text form.</summary>
    public static MessageVerdict Verify(string address, string signatureBase64, string message, FloNetwork network) =>
        Verify(address, signatureBase64, Encoding.UTF8.GetBytes(message), network);

    /// <summary>Verifies bytes against an address in text form.</summary>
    public static MessageVerdict Verify(string address, string signatureBase64, ReadOnlySpan<byte> message, FloNetwork network) =>
        FloAddress.TryParse(address, network, out var parsed) ? Verify(parsed, signatureBase64, message) : MessageVerdict.MalformedAddress;

    /// <summary>Verifies bytes against an address.</summary>
    public static MessageVerdict Verify(FloAddress address, string signatureBase64, ReadOnlySpan<byte> message)
    {
        Span<byte> publicKey = stackalloc byte[LongestKey];
        return Verify(address, signatureBase64, message, publicKey, out _);
    }

    /// <summary>The same, and gives the key that signed: the first <paramref name="keyLength"/> bytes of <paramref name="publicKey"/> when the verdict is valid.</summary>
    internal static MessageVerdict Verify(FloAddress address, string signatureBase64, ReadOnlySpan<byte> message, Span<byte> publicKey, out int keyLength)
    {
        keyLength = 0;
        if (address.Kind is not (FloAddressKind.PublicKeyHash or FloAddressKind.ScriptHash))
        {
            return MessageVerdict.MalformedAddress;
        }

        Span<byte> signature = stackalloc byte[MessageSignature.Size];
        if (!TryDecode(signatureBase64, signature))
        {
            return MessageVerdict.MalformedSignature;
        }

        int header = signature[0];
        Span<byte> digest = stackalloc byte[Hash256.Size];
        MessageSignature.Digest(message).CopyTo(digest);
        keyLength = header <= LastUncompressed ? LongestKey : 33;
        publicKey = publicKey[..keyLength];
        if (!Secp256k1.Instance.TryRecover(digest, signature[1..], RecoveryId(header), publicKey))
        {
            return MessageVerdict.MalformedSignature;
        }

        return Matches(address, publicKey, segwit: header >= FirstSegwit) ? MessageVerdict.Valid : MessageVerdict.Wrong;
    }

    private static bool Matches(FloAddress address, ReadOnlySpan<byte> publicKey, bool segwit)
    {
        Span<byte> hash = stackalloc byte[Hashes.Hash160Size];
        Hashes.Hash160(publicKey, hash);
        if (!segwit)
        {
            return address.Kind == FloAddressKind.PublicKeyHash && address.Hash.SequenceEqual(hash);
        }

        // P2SH of the witness program: 00 14 <hash160 of the compressed key>.
        Span<byte> program = stackalloc byte[2 + Hashes.Hash160Size];
        program[0] = 0;
        program[1] = Hashes.Hash160Size;
        hash.CopyTo(program[2..]);
        Hashes.Hash160(program, hash);
        return address.Kind == FloAddressKind.ScriptHash && address.Hash.SequenceEqual(hash);
    }

    /// <summary>Strict base64: exactly 88 characters, no white space inside; then a header that is known.</summary>
    internal static bool TryDecode(string text, Span<byte> signature)
    {
        if (text.Length != Base64Length)
        {
            return false;
        }

        Span<byte> utf8 = stackalloc byte[Base64Length];
        return System.Text.Ascii.FromUtf16(text, utf8, out _) == OperationStatus.Done
            && System.Buffers.Text.Base64.IsValid(utf8, out var length)
            && length == MessageSignature.Size
            && System.Buffers.Text.Base64.DecodeFromUtf8(utf8, signature, out _, out var written) == OperationStatus.Done
            && written == MessageSignature.Size
            && signature[0] is >= FirstHeader and <= LastHeader;
    }
}
