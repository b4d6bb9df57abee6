using System.Globalization;
using System.Text.Json;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Oip;

/// <summary>The generations before 0.42: <c>oip-041</c> and Alexandria. The vocabulary is fixed for ever, so it is all here.</summary>
internal sealed class LegacyReader(IMessageVerifier verifier)
{
    private static readonly string[] AlexandriaRoles =
        ["alexandria-autominer-pool", "alexandria-autominer", "alexandria-promoter", "alexandria-retailer"];

    /// <summary>Finds the form by the head of the comment (trimmed, without blanks) and the height rules.</summary>
    public static bool TryRecognise(string head, OipRules rules, long? height, out string form)
    {
        form = "";
        if (!head.StartsWith("{\"", StringComparison.Ordinal) || head.IndexOf("\":", 2, StringComparison.Ordinal) is not (> 2 and var end))
        {
            return false;
        }

        form = head[2..end];
        return form switch
        {
            "alexandria-publisher" => true,
            "alexandria-deactivation" or "alexandria-media" => !rules.IsFrom(height, OipRules.AlexandriaBelow),
            "oip-041" => !rules.IsBelow(height, OipRules.OipFrom),
            _ => Array.IndexOf(AlexandriaRoles, form) >= 0 && !rules.IsFrom(height, OipRules.AlexandriaBelow),
        };
    }

    /// <summary>Reads the JSON of a recognised form.</summary>
    public OipMessage Read(ReadOnlySpan<byte> comment, string form)
    {
        var parsed = OipJson.TryParse(comment, out var root);
        if (parsed != OipReason.None)
        {
            return Refuse(parsed);
        }

        if (root.FindObject(form) is not { } body)
        {
            return Refuse(OipReason.ShapeInvalid);
        }

        var signature = body.FindText("signature") ?? root.FindText("signature");
        return form switch
        {
            "alexandria-publisher" => Publisher(body, signature),
            "alexandria-deactivation" => Deactivation(body, signature),
            "alexandria-media" => Publish(body, RecordFormat.AlexandriaMedia, signature),
            "oip-041" => Read041(body, signature),
            _ => Role(body, form["alexandria-".Length..], signature),
        };
    }

    private OipMessage Read041(JsonElement body, string? signature)
    {
        if (body.FindObject("artifact") is { } artifact)
        {
            return Publish(artifact, RecordFormat.Oip041, signature);
        }

        if (body.FindObject("editArtifact") is { } edit)
        {
            return ActionReader.Edit(OipKind.Legacy, "artifact", edit, body, signature);
        }

        if (body.FindObject("deactivateArtifact") is { } deactivation)
        {
            return ActionReader.Deactivate(OipKind.Legacy, "artifact", deactivation, signature);
        }

        return body.FindObject("transferArtifact") is { } transfer
            ? ActionReader.Transfer(OipKind.Legacy, "artifact", transfer, signature, verifier)
            : Refuse(OipReason.TypeUnknown);
    }

    private OipMessage Publish(JsonElement artifact, RecordFormat format, string? signature)
    {
        var reason = ArtifactReader.TryRead(artifact, format, signature, verifier, out var read);
        return reason == OipReason.None ? new PublishMessage(OipKind.Legacy, read!) : Refuse(reason);
    }

    private OipMessage Publisher(JsonElement body, string? signature)
    {
        var name = body.FindText("name");
        var address = body.FindText("address");
        if (string.IsNullOrWhiteSpace(name) || body.FindInteger("timestamp") is not { } timestamp)
        {
            return Refuse(string.IsNullOrWhiteSpace(name) ? OipReason.TitleMissing : OipReason.TimestampInvalid);
        }

        var text = string.Create(CultureInfo.InvariantCulture, $"{name}-{address}-{timestamp}");
        var verdict = SignedText.Check(verifier, address, signature, text);
        return verdict == OipReason.None
            ? new RegisterMessage(OipKind.Legacy, "pub", address!, name, timestamp, signature, body.GetRawText())
            : Refuse(verdict);
    }

    private OipMessage Deactivation(JsonElement body, string? signature)
    {
        var address = body.FindText("address");
        if (ActionReader.Txid(body, "txid") is not { } txid)
        {
            return Refuse(OipReason.ShapeInvalid);
        }

        var verdict = SignedText.Check(verifier, address, signature, $"{address}-{txid}");
        return verdict == OipReason.None
            ? new DeactivateMessage(OipKind.Legacy, "artifact", txid.ToLowerInvariant(), txid, "", signature!, address)
            : Refuse(verdict);
    }

    private OipMessage Role(JsonElement body, string role, string? signature)
    {
        var address = body.FindText("FLOAddress") ?? body.FindText("address");
        var version = Written(body, "Version");
        var text = role switch
        {
            "autominer" => $"{body.FindText("BTCAddress")}-{version}",
            "autominer-pool" => PoolText(body, version),
            "retailer" => RetailerText(body, version),
            "promoter" => PromoterText(body, version),
            _ => null,
        };
        if (text is null)
        {
            return Refuse(OipReason.SignatureUncheckable);
        }

        var verdict = SignedText.Check(verifier, address, signature, text);
        return verdict == OipReason.None
            ? new RegisterMessage(OipKind.Legacy, role, address!, null, 0, signature, body.GetRawText())
            : Refuse(verdict);
    }

    internal static string PoolText(JsonElement body, string version)
    {
        var text = $"{body.FindText("webURL")}-{version}-{Written(body, "targetMargin")}-{Written(body, "poolShare")}";
        return body.FindText("poolName") is { Length: > 0 } name ? $"{text}-{name}" : text;
    }

    // As media-protocol writes them: "web-url", and "optional-fields" with "name" and "minimum-share".
    private static string RetailerText(JsonElement body, string version)
    {
        var text = $"{body.FindText("BTCAddress")}-{body.FindText("web-url") ?? body.FindText("webURL")}-{version}";
        var optional = body.FindObject("optional-fields") ?? body;
        var name = optional.FindText("name") ?? "";
        var share = Written(optional, optional.Find("minimum-share") is null ? "minimumShare" : "minimum-share");
        return name.Length > 0 || share != "0" ? $"{text}-{name}-{share}" : text;
    }

    // Networks and names in the order of their sequence; when two have one sequence, or one is negative, none is signed (media-protocol).
    private static string PromoterText(JsonElement body, string version)
    {
        var text = $"{body.FindText("BTCAddress")}-{version}";
        if (body.Find("social-media") is not { ValueKind: JsonValueKind.Array } media)
        {
            return text;
        }

        var accounts = new SortedDictionary<long, string>();
        foreach (var account in media.EnumerateArray())
        {
            var sequence = account.FindInteger("sequence") ?? 0;
            if (sequence < 0 || !accounts.TryAdd(sequence, $"-{account.FindText("network")}-{account.FindText("username")}"))
            {
                return text;
            }
        }

        return text + string.Concat(accounts.Values);
    }

    // Numbers in their shortest form: 20, not 20.0.
    private static string Written(JsonElement body, string name) =>
        body.FindNumber(name) is { } number ? JsonText.Number(number) : body.FindText(name) ?? "0";

    private static RefusedMessage Refuse(OipReason reason) => new(OipKind.Legacy, reason);
}
