using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Etdb.Silo.Security;

/// <summary>
/// Texts that a publisher signs with its FLO key to show that it has it. Nothing is kept until one succeeds: the text itself bears for whom and until
/// when it is good, under the cluster's mark. The first line says what signing it means, so that nobody signs it for something else.
/// </summary>
public sealed class LoginChallenges(ClusterSecrets secrets, TimeProvider time)
{
    /// <summary>How long a challenge may be answered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private const string Purpose = "login";
    private const string FirstLine = "etdb: I sign in as the publisher named below. This is no transaction.";
    private const int NonceBytes = 16;

    /// <summary>Makes a text for that address on that server.</summary>
    public (string Text, DateTimeOffset ExpiresAt) Make(string address, string server)
    {
        var expires = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + Lifetime).ToUnixTimeSeconds());
        var body = string.Create(CultureInfo.InvariantCulture, $"{FirstLine}\naddress: {address}\nserver: {server}\nexpires: {expires:u}\nnonce: {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceBytes))}\n");
        return (body + "mark: " + Base64Url.EncodeToString(secrets.Sign(Encoding.UTF8.GetBytes(body), Purpose)), expires);
    }

    /// <summary>What it was made for, or why it is not good.</summary>
    public (string? Nonce, DateTimeOffset ExpiresAt, string? Problem) Read(string text, string address)
    {
        ArgumentNullException.ThrowIfNull(text);
        var end = text.LastIndexOf("mark: ", StringComparison.Ordinal);
        var mark = end < 0 ? "" : text[(end + 6)..];
        if (end < 0 || text.Length > 1_000 || !Base64Url.IsValid(mark) || !secrets.Verify(Encoding.UTF8.GetBytes(text[..end]), Base64Url.DecodeFromChars(mark), Purpose))
        {
            return (null, default, "The challenge is not one of this cluster, or was changed; ask for a new one and sign it exactly as it comes.");
        }

        var lines = text.Split('\n');
        var expires = DateTimeOffset.ParseExact(lines[3]["expires: ".Length..], "u", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return lines[1] != "address: " + address ? (null, default, "The challenge was made for another address.")
            : time.GetUtcNow() >= expires ? (null, default, $"The challenge was good until {expires:u}; ask for a new one.")
            : (lines[4]["nonce: ".Length..], expires, null);
    }
}
