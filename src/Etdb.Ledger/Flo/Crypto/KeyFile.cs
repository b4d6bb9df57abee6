using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>
/// A FLO key on disk: AES-256-GCM under a key that scrypt makes of the passphrase. Network, address and all parameters are authenticated with it, so none
/// can be exchanged unnoticed. The file has mode 0600 and holds the secret in no other form.
/// </summary>
public static class KeyFile
{
    private const int Version = 1;

    /// <summary>scrypt cost of new files: 2^15, 32 MiB and about 0.1 s a guess.</summary>
    private const int DefaultN = 1 << 15;

    /// <summary>Bounds on what a file may ask for, so that a forged one cannot eat the machine.</summary>
    private const int LeastN = 1 << 14;

    private const int MostN = 1 << 18;
    private const int ScryptR = 8;
    private const int ScryptP = 1;
    private const int SaltBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int SecretBytes = 33;
    private const int MaxFileBytes = 16 << 10;
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Writes a new key file. Throws <see cref="IOException"/> when the path exists: a key is never overwritten.</summary>
    public static async Task CreateAsync(string path, FloKey key, FloNetwork network, string passphrase, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        if (File.Exists(path))
        {
            throw new IOException($"{path} exists; a key file is never overwritten.");
        }

        var content = new Content
        {
            Version = Version,
            Network = network.Name,
            Address = key.Address(network).Text,
            N = DefaultN,
            R = ScryptR,
            P = ScryptP,
            Salt = RandomNumberGenerator.GetBytes(SaltBytes),
            Nonce = RandomNumberGenerator.GetBytes(NonceBytes),
        };
        var secret = GC.AllocateArray<byte>(SecretBytes, pinned: true);
        key.CopySecretTo(secret);
        secret[^1] = key.Compressed ? (byte)1 : (byte)0;
        var cipher = new byte[SecretBytes];
        var tag = new byte[TagBytes];
        using (var aes = Cipher(content, passphrase))
        {
            aes.Encrypt(content.Nonce, secret, cipher, tag, Authenticated(content));
        }

        CryptographicOperations.ZeroMemory(secret);
        var json = JsonSerializer.SerializeToUtf8Bytes(content with { Cipher = cipher, Tag = tag }, Format);
        await PrivateFile.WriteAsync(path, json, overwrite: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a key file. Throws <see cref="FormatException"/> when it is none and <see cref="CryptographicException"/> when the passphrase is wrong or the file was changed.</summary>
    public static async Task<(FloKey Key, FloNetwork Network)> OpenAsync(string path, string passphrase, CancellationToken cancellationToken)
    {
        var content = await ReadAsync(path, cancellationToken).ConfigureAwait(false);
        var network = FloNetwork.Find(content.Network) ?? throw new FormatException($"{path} names the unknown network '{content.Network}'.");
        var secret = GC.AllocateArray<byte>(SecretBytes, pinned: true);
        try
        {
            using var aes = Cipher(content, passphrase);
            aes.Decrypt(content.Nonce, content.Cipher, content.Tag, secret, Authenticated(content));
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new CryptographicException($"{path} cannot be opened: the passphrase is wrong or the file was changed.", e);
        }

        var key = FloKey.FromSecret(secret.AsSpan(0, SecretBytes - 1), secret[^1] == 1);
        CryptographicOperations.ZeroMemory(secret);
        return (key, network);
    }

    /// <summary>Reads whose key a file holds, without the passphrase. Throws <see cref="FormatException"/>.</summary>
    public static async Task<(string Address, string Network)> InspectAsync(string path, CancellationToken cancellationToken)
    {
        var content = await ReadAsync(path, cancellationToken).ConfigureAwait(false);
        return (content.Address, content.Network);
    }

    private static async Task<Content> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (new FileInfo(path).Length > MaxFileBytes)
        {
            throw new FormatException($"{path} is too large to be a key file.");
        }

        var bytes = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            var content = JsonSerializer.Deserialize<Content>(bytes, Format);
            return content is not null && IsSane(content) ? content : throw new FormatException($"{path} is no key file this version understands.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"{path} is no key file: {e.Message}", e);
        }
    }

    private static bool IsSane(Content content) =>
        content is { Version: Version, R: ScryptR, P: ScryptP, Network: not null, Address: not null, Salt.Length: SaltBytes, Nonce.Length: NonceBytes }
        && content is { Cipher.Length: SecretBytes, Tag.Length: TagBytes, N: >= LeastN and <= MostN }
        && int.IsPow2(content.N);

    private static AesGcm Cipher(Content content, string passphrase)
    {
        Span<byte> key = stackalloc byte[32];
        var text = Encoding.UTF8.GetBytes(passphrase);
        Hashes.Scrypt(text, content.Salt, content.N, content.R, content.P, key);
        var aes = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(text);
        return aes;
    }

    private static byte[] Authenticated(Content content) => Encoding.UTF8.GetBytes(
        $"etdb-flo-key {content.Version} {content.Network} {content.Address} scrypt {content.N} {content.R} {content.P} {Convert.ToHexString(content.Salt)}");

    private sealed record Content
    {
        public int Version { get; init; }

        public string Network { get; init; } = string.Empty;

        public string Address { get; init; } = string.Empty;

        public int N { get; init; }

        public int R { get; init; }

        public int P { get; init; }

        public byte[] Salt { get; init; } = [];

        public byte[] Nonce { get; init; } = [];

        public byte[] Cipher { get; init; } = [];

        public byte[] Tag { get; init; } = [];
    }
}
