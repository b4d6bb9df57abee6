using System.Security.Cryptography;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>
/// A secret key and its public key. The secret lies in pinned memory, is wiped on <see cref="Dispose"/>, and appears in no text form but
/// <see cref="ToWif"/>.
/// </summary>
public sealed class FloKey : IDisposable
{
    private readonly byte[] _secret;
    private bool _disposed;

    private FloKey(ReadOnlySpan<byte> secret, bool compressed)
    {
        _secret = GC.AllocateUninitializedArray<byte>(32, pinned: true);
        secret.CopyTo(_secret);
        Compressed = compressed;
        PublicKey = new byte[compressed ? 33 : 65];
        if (!Secp256k1.Instance.TryDerivePublicKey(_secret, PublicKey))
        {
            throw new FormatException("The number is no valid secret key for secp256k1.");
        }

        PublicKeyHash = Hashes.Hash160(PublicKey);
    }

    /// <summary>SEC 1 form, 33 or 65 bytes.</summary>
    public byte[] PublicKey { get; }

    /// <summary>HASH160 of <see cref="PublicKey"/>.</summary>
    public byte[] PublicKeyHash { get; }

    /// <summary>Whether the compressed public key is the one that addresses are made of.</summary>
    public bool Compressed { get; }

    /// <summary>A new key from the operating system's random source.</summary>
    public static FloKey Generate()
    {
        Span<byte> secret = stackalloc byte[32];
        do
        {
            RandomNumberGenerator.Fill(secret);
        }
        while (!Secp256k1.Instance.IsValidSecret(secret));

        var key = new FloKey(secret, compressed: true);
        CryptographicOperations.ZeroMemory(secret);
        return key;
    }

    /// <summary>Takes 32 bytes. Throws <see cref="FormatException"/> when they are no valid secret.</summary>
    public static FloKey FromSecret(ReadOnlySpan<byte> secret, bool compressed = true) =>
        secret.Length == 32 ? new FloKey(secret, compressed) : throw new FormatException("A secret key is 32 bytes.");

    /// <summary>Reads a WIF of the given network. Throws <see cref="FormatException"/>; the message never holds the text.</summary>
    public static FloKey FromWif(string wif, FloNetwork network)
    {
        Span<byte> payload = stackalloc byte[Base58Check.MaxPayload];
        if (!Base58Check.TryDecode(wif, payload, out var length)
            || !network.WifVersions.Contains(payload[0])
            || !(length == 33 || (length == 34 && payload[33] == 1)))
        {
            throw new FormatException($"This is no WIF key of the FLO network '{network.Name}'.");
        }

        var key = new FloKey(payload.Slice(1, 32), length == 34);
        CryptographicOperations.ZeroMemory(payload);
        return key;
    }

    /// <summary>The secret in Wallet Import Format: whoever reads it owns the key.</summary>
    public string ToWif(FloNetwork network)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> payload = stackalloc byte[Compressed ? 34 : 33];
        payload[0] = network.WifVersions[0];
        _secret.CopyTo(payload[1..]);
        if (Compressed)
        {
            payload[33] = 1;
        }

        var wif = Base58Check.Encode(payload);
        CryptographicOperations.ZeroMemory(payload);
        return wif;
    }

    /// <summary>The pay-to-public-key-hash address.</summary>
    public FloAddress Address(FloNetwork network) => FloAddress.FromHash(FloAddressKind.PublicKeyHash, PublicKeyHash, network);

    /// <summary>Signs a digest (RFC 6979, low S): 64 bytes and the recovery id.</summary>
    public (byte[] Compact, int RecoveryId) Sign(ReadOnlySpan<byte> digest)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var compact = new byte[64];
        return Secp256k1.Instance.TrySign(digest, _secret, compact, out var id)
            ? (compact, id)
            : throw new CryptographicException("libsecp256k1 refused to sign.");
    }

    /// <summary>Copies the 32 secret bytes, for key files only.</summary>
    internal void CopySecretTo(Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _secret.CopyTo(destination);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_secret);
        _disposed = true;
    }

    /// <summary>Says nothing of the secret.</summary>
    public override string ToString() => "FloKey(***)";
}
