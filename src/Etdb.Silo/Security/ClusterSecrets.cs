using System.Security.Cryptography;
using System.Text;

namespace Etdb.Silo.Security;

/// <summary>
/// Encrypts credentials for storage (AES-256-GCM) and signs what must come back unchanged (HMAC-SHA256), each with a key of its own drawn from the
/// cluster's one key by HKDF. What is sealed is bound to what it is for: moved to another place it does not open.
/// </summary>
public sealed class ClusterSecrets
{
    /// <summary>What every sealed text begins with.</summary>
    public const string Prefix = "sealed:1:";

    /// <summary>Bytes of the key.</summary>
    public const int KeyBytes = 32;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int IdBytes = 4;
    private readonly Keys _current;
    private readonly IReadOnlyList<Keys> _all;

    /// <summary>Uses the key; opens also what former ones sealed.</summary>
    public ClusterSecrets(byte[] key, IReadOnlyList<byte[]> former)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(former);
        _current = new Keys(key);
        _all = [_current, .. former.Select(k => new Keys(k))];
    }

    /// <summary>Names the present key without telling it: eight hexadecimal digits drawn from it.</summary>
    public string KeyId => Convert.ToHexStringLower(_current.Id);

    /// <summary>True when the present key or a former one has that id.</summary>
    public bool Knows(string keyId) => _all.Any(k => Convert.ToHexStringLower(k.Id) == keyId);

    /// <summary>Encrypts; what it is for is authenticated with it, not stored.</summary>
    public string Seal(string secret, string purpose)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var blob = new byte[IdBytes + NonceBytes + TagBytes + plain.Length];
        _current.Id.CopyTo(blob, 0);
        var nonce = blob.AsSpan(IdBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_current.Seal, TagBytes);
        aes.Encrypt(nonce, plain, blob.AsSpan(IdBytes + NonceBytes + TagBytes), blob.AsSpan(IdBytes + NonceBytes, TagBytes), Encoding.UTF8.GetBytes(purpose));
        return Prefix + Convert.ToBase64String(blob);
    }

    /// <summary>Decrypts what was sealed for that purpose.</summary>
    /// <exception cref="CryptographicException">Another key, another purpose, or changed bytes; the message says what to look at, never the secret.</exception>
    public string Open(string text, string purpose)
    {
        ArgumentNullException.ThrowIfNull(text);
        var blob = new byte[text.Length];
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || !Convert.TryFromBase64String(text[Prefix.Length..], blob, out var length) || length < IdBytes + NonceBytes + TagBytes)
        {
            throw new CryptographicException("A stored credential is not of the form this version writes; set it again with 'etdb node credential'.");
        }

        var id = blob.AsSpan(0, IdBytes).ToArray();
        var keys = _all.FirstOrDefault(k => k.Id.AsSpan().SequenceEqual(id))
            ?? throw new CryptographicException(
                $"A stored credential was encrypted with the key {Convert.ToHexStringLower(id)}, which is not here; name its file in Secrets:FormerKeyFiles, or set the credential again with 'etdb node credential'.");
        var plain = new byte[length - IdBytes - NonceBytes - TagBytes];
        using var aes = new AesGcm(keys.Seal, TagBytes);
        aes.Decrypt(blob.AsSpan(IdBytes, NonceBytes), blob.AsSpan(IdBytes + NonceBytes + TagBytes, plain.Length), blob.AsSpan(IdBytes + NonceBytes, TagBytes), plain, Encoding.UTF8.GetBytes(purpose));
        return Encoding.UTF8.GetString(plain);
    }

    /// <summary>The mark of bytes for a purpose.</summary>
    public byte[] Sign(ReadOnlySpan<byte> bytes, string purpose) => Mark(_current, bytes, purpose);

    /// <summary>True when this cluster made the mark, with the present key or a former one.</summary>
    public bool Verify(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> mark, string purpose)
    {
        foreach (var keys in _all)
        {
            if (CryptographicOperations.FixedTimeEquals(Mark(keys, bytes, purpose), mark))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] Mark(Keys keys, ReadOnlySpan<byte> bytes, string purpose)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, keys.Sign);
        hmac.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(purpose)));
        hmac.AppendData(bytes);
        return hmac.GetHashAndReset();
    }

    private sealed class Keys
    {
        public Keys(byte[] key)
        {
            if (key.Length != KeyBytes)
            {
                throw new ArgumentException($"The key has {key.Length} bytes, not {KeyBytes}.", nameof(key));
            }

            Seal = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyBytes, info: "etdb seal v1"u8.ToArray());
            Sign = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyBytes, info: "etdb sign v1"u8.ToArray());
            Id = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, IdBytes, info: "etdb key id v1"u8.ToArray());
        }

        public byte[] Seal { get; }

        public byte[] Sign { get; }

        public byte[] Id { get; }
    }
}
