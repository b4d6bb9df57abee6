using System.Security.Cryptography;
using System.Text;

namespace Etdb.Domain.Access;

/// <summary>
/// A token as its bearer holds it: <c>etdb_ID_SECRET</c>. The prefix lets scanners of leaked secrets find it, the id finds its row without
/// comparing secrets, the secret is 256 random bits in hex.
/// </summary>
public sealed record TokenText(string Id, string Secret)
{
    /// <summary>What every token begins with.</summary>
    public const string Prefix = "etdb_";

    /// <summary>Random bytes a token is made of.</summary>
    public const int EntropyBytes = IdBytes + SecretBytes;

    private const int IdBytes = 6;
    private const int SecretBytes = 32;

    /// <summary>SHA-256 of the secret, lower-case hex: what is kept.</summary>
    public string Hash => HashOf(Secret);

    /// <summary>Makes a token of <see cref="EntropyBytes"/> random bytes.</summary>
    public static TokenText FromEntropy(ReadOnlySpan<byte> entropy)
    {
        if (entropy.Length != EntropyBytes)
        {
            throw new ArgumentException($"A token is made of {EntropyBytes} bytes, not of {entropy.Length}.", nameof(entropy));
        }

        return new TokenText(Convert.ToHexStringLower(entropy[..IdBytes]), Convert.ToHexStringLower(entropy[IdBytes..]));
    }

    /// <summary>Reads a token; false for anything of another form.</summary>
    public static bool TryParse(string? text, out TokenText token)
    {
        token = new TokenText("", "");
        if (text is null || text.Length != Prefix.Length + (2 * EntropyBytes) + 1 || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + (2 * IdBytes)] != '_')
        {
            return false;
        }

        var id = text.Substring(Prefix.Length, 2 * IdBytes);
        var secret = text[(Prefix.Length + (2 * IdBytes) + 1)..];
        token = new TokenText(id, secret);
        return id.All(char.IsAsciiHexDigitLower) && secret.All(char.IsAsciiHexDigitLower);
    }

    /// <summary>Compares in a time that tells nothing about where they differ.</summary>
    public static bool SameHash(string a, string b) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(a), Encoding.ASCII.GetBytes(b));

    /// <summary>The whole token; for handing it to its bearer, once.</summary>
    public string Reveal() => $"{Prefix}{Id}_{Secret}";

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"{Prefix}{Id}_***";

    private static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secret)));
}
