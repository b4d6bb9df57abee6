using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>Signs messages for the P2PKH address of a key that only signs digests, such as one behind an external signer.</summary>
public sealed class DigestMessageSigner(IDigestSigner signer, FloNetwork network) : IMessageSigner
{
    private const int HeaderOfUncompressed = 27;
    private const int HeaderOfCompressed = 31;
    private const int CompressedBytes = 33;

    /// <inheritdoc/>
    public string Address { get; } = AddressOf(signer, network).Text;

    /// <summary>The P2PKH address of the signer's key.</summary>
    public static FloAddress AddressOf(IDigestSigner signer, FloNetwork network) =>
        FloAddress.FromHash(FloAddressKind.PublicKeyHash, Hashes.Hash160(signer.PublicKey.Span), network);

    /// <inheritdoc/>
    public string Sign(ReadOnlySpan<byte> message)
    {
        var (compact, recoveryId) = signer.Sign(MessageSignature.Digest(message));
        var header = signer.PublicKey.Length == CompressedBytes ? HeaderOfCompressed : HeaderOfUncompressed;
        return Convert.ToBase64String([(byte)(header + recoveryId), .. compact]);
    }
}
