namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>Signs digests with one secp256k1 key that may live elsewhere.</summary>
public interface IDigestSigner
{
    /// <summary>SEC 1 form, 33 or 65 bytes.</summary>
    ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>A low-S signature of exactly this digest: 64 bytes and the recovery id.</summary>
    /// <exception cref="SigningException">The key's holder could not or would not sign.</exception>
    (byte[] Compact, int RecoveryId) Sign(Hash256 digest);
}

/// <summary>Signs with a key in this process.</summary>
public sealed class LocalSigner(FloKey key) : IDigestSigner
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey => key.PublicKey;

    /// <inheritdoc/>
    public (byte[] Compact, int RecoveryId) Sign(Hash256 digest) => key.Sign(digest.ToArray());
}
