using System.Globalization;
using System.Text.Json;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Oip;

/// <summary>Edits, deactivations and transfers, which 0.41 and 0.42 write with the same fields under other names.</summary>
internal static class ActionReader
{
    /// <summary>A 64-digit hex id as written, under the first of the names that is there; null when none is.</summary>
    public static string? Txid(JsonElement body, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (body.FindText(name) is { Length: 64 } text && text.All(char.IsAsciiHexDigit))
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>An edit; <paramref name="around"/> is the object that may carry the patch proof.</summary>
    public static OipMessage Edit(OipKind kind, string role, JsonElement body, JsonElement around, string? signature)
    {
        if (Txid(body, "txid", "artifactID", "reference") is not { } original)
        {
            return new RefusedMessage(kind, OipReason.ShapeInvalid);
        }

        if (body.FindInteger("timestamp") is not { } timestamp || timestamp < 0)
        {
            return new RefusedMessage(kind, OipReason.TimestampInvalid);
        }

        if (string.IsNullOrEmpty(signature))
        {
            return new RefusedMessage(kind, OipReason.SignatureMissing);
        }

        if (body.Find("patch") is not { } written || JsonPatch.TryParse(written) is not { } patch || IsEmpty(patch))
        {
            return new RefusedMessage(kind, OipReason.PatchMalformed);
        }

        var proof = around.FindObject(ContentProof.PatchMember);
        return new EditMessage(
            kind, role, original.ToLowerInvariant(), original, timestamp, patch, CanonicalJson.Digest(written), signature,
            proof?.FindText("sha256"), proof?.FindText("signature"));
    }

    // js-oip: an edit that only renews signature and time changes nothing.
    private static bool IsEmpty(JsonPatch patch) => patch.Operations.All(o =>
        o.Path.Tokens is ["signature"] or ["timestamp"] or ["artifact", "signature"] or ["artifact", "timestamp"]);

    /// <summary>A deactivation of a record.</summary>
    public static OipMessage Deactivate(OipKind kind, string role, JsonElement body, string? signature)
    {
        if (Txid(body, "artifactID", "txid", "reference") is not { } original)
        {
            return new RefusedMessage(kind, OipReason.ShapeInvalid);
        }

        if (string.IsNullOrEmpty(signature))
        {
            return new RefusedMessage(kind, OipReason.SignatureMissing);
        }

        var timestamp = body.FindInteger("timestamp")?.ToString(CultureInfo.InvariantCulture);
        return timestamp is null
            ? new RefusedMessage(kind, OipReason.TimestampInvalid)
            : new DeactivateMessage(kind, role, original.ToLowerInvariant(), original, timestamp, signature, null);
    }

    /// <summary>A transfer, whose signed text names the giver, so that it is verified here.</summary>
    public static OipMessage Transfer(OipKind kind, string role, JsonElement body, string? signature, IMessageVerifier verifier)
    {
        if (Txid(body, "artifactID", "txid", "reference") is not { } original)
        {
            return new RefusedMessage(kind, OipReason.ShapeInvalid);
        }

        if (body.FindInteger("timestamp") is not { } timestamp)
        {
            return new RefusedMessage(kind, OipReason.TimestampInvalid);
        }

        var to = body.FindText("toFloAddress") ?? body.FindText("to");
        var from = body.FindText("fromFloAddress") ?? body.FindText("from");
        if (string.IsNullOrEmpty(to) || to.Length > OipLimits.MaxFieldChars || !verifier.IsAddress(to))
        {
            return new RefusedMessage(kind, OipReason.AddressInvalid);
        }

        var text = string.Create(CultureInfo.InvariantCulture, $"{original}-{to}-{from}-{timestamp}");
        var verdict = SignedText.Check(verifier, from, signature, text);
        return verdict == OipReason.None
            ? new TransferMessage(kind, role, original.ToLowerInvariant(), from!, to, text)
            : new RefusedMessage(kind, verdict);
    }
}
