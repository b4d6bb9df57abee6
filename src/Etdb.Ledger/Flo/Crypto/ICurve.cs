namespace Etdb.Ledger.Flo.Crypto;

/// <summary>
/// The operations on secp256k1 that FLO needs. Implementations are safe for use by many threads and constant time in the secret key.
/// Digests and secret keys are 32 bytes, signatures 64 (r, s, big endian), public keys 33 or 65 bytes (SEC 1). Bad input is an
/// answer (false), never an exception.
/// </summary>
public interface ICurve
{
    /// <summary>True for a number from 1 to the order minus 1.</summary>
    bool IsValidSecret(ReadOnlySpan<byte> secret);

    /// <summary>Public key of a valid secret; <paramref name="destination"/> is 33 bytes (compressed) or 65.</summary>
    bool TryDerivePublicKey(ReadOnlySpan<byte> secret, Span<byte> destination);

    /// <summary>True when the bytes are a point on the curve in any SEC 1 form.</summary>
    bool IsValidPublicKey(ReadOnlySpan<byte> publicKey);

    /// <summary>Deterministic (RFC 6979), low-S signature with its recovery id (0..3).</summary>
    bool TrySign(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> secret, Span<byte> signature, out int recoveryId);

    /// <summary>True when the signature holds; high-S signatures are accepted, as consensus does.</summary>
    bool Verify(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey);

    /// <summary>The public key that made the signature; <paramref name="destination"/> is 33 bytes (compressed) or 65.</summary>
    bool TryRecover(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, int recoveryId, Span<byte> destination);

    /// <summary>secret + tweak modulo the order, in place (BIP 32).</summary>
    bool TryAddToSecret(Span<byte> secret, ReadOnlySpan<byte> tweak);

    /// <summary>public key + tweak·G, compressed (BIP 32).</summary>
    bool TryAddToPublicKey(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> tweak, Span<byte> destination);
}
