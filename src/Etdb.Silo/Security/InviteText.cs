using System.Buffers.Text;
using System.Text.Json;

namespace Etdb.Silo.Security;

/// <summary>What an invitation says. Its id is random; everything else is for the reader, the cluster goes by what it keeps under the id.</summary>
public sealed record InvitePayload(int V, string Id, string Member, string Name, string Server, DateTimeOffset ExpiresAt);

/// <summary>An invitation as text: <c>etdb-invite.PAYLOAD.MARK</c>, both base64url. The mark is checked before anything is looked up.</summary>
public static class InviteText
{
    /// <summary>Longest invitation.</summary>
    public const int MostCharacters = 2_000;

    private const string Prefix = "etdb-invite";
    private const string Purpose = "invite";

    /// <summary>Writes and signs.</summary>
    public static string Write(InvitePayload payload, ClusterSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(payload, JsonSerializerOptions.Web);
        return $"{Prefix}.{Base64Url.EncodeToString(bytes)}.{Base64Url.EncodeToString(secrets.Sign(bytes, Purpose))}";
    }

    /// <summary>Reads without checking the mark: for the member's operator, who cannot.</summary>
    public static InvitePayload? Peek(string? text) => Split(text) is { } parts ? Parse(parts.Payload) : null;

    /// <summary>Reads an invitation of this cluster; null for a forged or mangled one.</summary>
    public static InvitePayload? Read(string? text, ClusterSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        return Split(text) is { } parts && secrets.Verify(parts.Payload, parts.Mark, Purpose) ? Parse(parts.Payload) : null;
    }

    private static (byte[] Payload, byte[] Mark)? Split(string? text)
    {
        var parts = text is { Length: <= MostCharacters } ? text.Trim().Split('.') : [];
        return parts.Length == 3 && parts[0] == Prefix && Base64Url.IsValid(parts[1]) && Base64Url.IsValid(parts[2])
            ? (Base64Url.DecodeFromChars(parts[1]), Base64Url.DecodeFromChars(parts[2]))
            : null;
    }

    private static InvitePayload? Parse(byte[] payload)
    {
        try
        {
            return JsonSerializer.Deserialize<InvitePayload>(payload, JsonSerializerOptions.Web) is { V: 1, Id.Length: > 0, Member.Length: > 0, Server.Length: > 0 } read ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
