using System.Net;
using System.Text.Json;

namespace Etdb.Ipfs.Kubo;

/// <summary>
/// What an error of a node means. Nodes answer 500 for nearly everything and put the reason into words, so words are what there is to go by; they are
/// those of Kubo, js-ipfs and the embedded node. What is not recognised is a <see cref="KuboOutcome.NodeError"/>, never "missing".
/// </summary>
internal static class KuboErrors
{
    private static readonly (string Words, KuboOutcome Outcome)[] Known =
    [
        ("is not pinned", KuboOutcome.NotPinned),
        ("not pinned or pinned indirectly", KuboOutcome.NotPinned),
        ("was not recursively pinned", KuboOutcome.NotPinned),
        ("no space left", KuboOutcome.DiskFull),
        ("enospc", KuboOutcome.DiskFull),
        ("disk quota exceeded", KuboOutcome.DiskFull),
        ("storagemax", KuboOutcome.DiskFull),
        ("context deadline exceeded", KuboOutcome.Stalled),
        ("request timed out", KuboOutcome.Stalled),
        ("pin: stalled", KuboOutcome.Stalled),
        ("pin: no providers", KuboOutcome.NoProviders),
        ("pin: bad content", KuboOutcome.BadContent),
        ("is corrupt", KuboOutcome.Corrupt),
        ("different hash than requested", KuboOutcome.Corrupt), // boxo, with Datastore.HashOnRead
        ("hash mismatch", KuboOutcome.Corrupt),
        ("was not found locally", KuboOutcome.NotFound),
        ("could not find", KuboOutcome.NotFound),
        ("blockservice: key not found", KuboOutcome.NotFound),
        ("blockstore: block not found", KuboOutcome.NotFound),
        ("invalid path", KuboOutcome.BadContent),
        ("invalid cid", KuboOutcome.BadContent),
        ("unrecognized object type", KuboOutcome.BadContent),
        ("no codec", KuboOutcome.BadContent),
        ("protobuf", KuboOutcome.BadContent),
    ];

    public static KuboOutcome OfMessage(string message)
    {
        foreach (var (words, outcome) in Known)
        {
            if (message.Contains(words, StringComparison.OrdinalIgnoreCase))
            {
                return outcome;
            }
        }

        return KuboOutcome.NodeError;
    }

    public static KuboOutcome OfStatus(HttpStatusCode status, string message) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => KuboOutcome.Unauthorized,
        HttpStatusCode.NotFound or HttpStatusCode.NotImplemented => KuboOutcome.Unsupported,
        HttpStatusCode.GatewayTimeout or HttpStatusCode.RequestTimeout => KuboOutcome.Stalled,
        HttpStatusCode.InsufficientStorage => KuboOutcome.DiskFull,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable => KuboOutcome.Unreachable,
        HttpStatusCode.BadRequest when OfMessage(message) == KuboOutcome.NodeError => KuboOutcome.BadContent,
        _ => OfMessage(message),
    };

    /// <summary>The message of an error body: <c>{"Message":…}</c>, or the text itself.</summary>
    public static string MessageOf(string body)
    {
        const int longest = 500;
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("Message", out var message) && message.ValueKind == JsonValueKind.String)
            {
                body = message.GetString()!;
            }
        }
        catch (JsonException)
        {
            // Text, then.
        }

        body = body.ReplaceLineEndings(" ").Trim();
        return body.Length <= longest ? body : body[..longest] + "…";
    }
}
