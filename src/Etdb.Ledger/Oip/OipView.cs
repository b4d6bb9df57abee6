using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Oip;

/// <summary>Messages as the JSON of <c>etdb oip classify</c>.</summary>
public static class OipView
{
    /// <summary><c>{"kind","valid","reason","record"}</c>; record is null for what was refused or says nothing.</summary>
    public static JsonObject Describe(OipMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new JsonObject
        {
            ["kind"] = JsonNamingPolicy.CamelCase.ConvertName(message.Kind.ToString()),
            ["valid"] = message.Reason == OipReason.None,
            ["reason"] = message.Reason.Code(),
            ["record"] = Record(message),
        };
    }

    private static JsonObject? Record(OipMessage message) => message switch
    {
        PublishMessage m => Publish(m.Artifact),
        PartMessage { Part: var p } => new JsonObject
        {
            ["part"] = p.Part, ["max"] = p.Max, ["address"] = p.Address, ["reference"] = p.Reference, ["dataBytes"] = p.Data.Length,
        },
        RegisterMessage m => new JsonObject
        {
            ["role"] = m.Role, ["address"] = m.Address, ["alias"] = m.Alias, ["timestamp"] = m.Timestamp, ["registration"] = JsonNode.Parse(m.Json),
        },
        EditMessage m => new JsonObject
        {
            ["role"] = m.Role, ["original"] = m.Original, ["timestamp"] = m.Timestamp, ["patch"] = new JsonArray([.. m.Patch.Operations.Select(o => Operation(o))]),
            ["patchBound"] = m.ProofDigest is not null, ["signature"] = "needs the owner of the record",
        },
        DeactivateMessage m => new JsonObject
        {
            ["role"] = m.Role, ["original"] = m.Original, ["timestamp"] = m.TimestampText,
            ["signature"] = m.VerifiedSigner is null ? "needs the owner of the record" : "valid for " + m.VerifiedSigner,
        },
        TransferMessage m => new JsonObject { ["role"] = m.Role, ["original"] = m.Original, ["from"] = m.From, ["to"] = m.To },
        ProtoMessage m => new JsonObject
        {
            ["messageType"] = m.MessageType, ["signatureType"] = m.SignatureType, ["address"] = m.Address,
            ["serializedMessageHex"] = Convert.ToHexStringLower(m.Payload.Span),
        },
        HistorianMessage m => new JsonObject { ["address"] = m.Address, ["fields"] = new JsonArray([.. m.Fields.Select(f => JsonValue.Create(f))]) },
        _ => null,
    };

    private static JsonObject Publish(Artifact artifact)
    {
        using var document = JsonDocument.Parse(artifact.Json);
        var findings = RecordRules.CheckType(document.RootElement).Concat(RecordRules.CheckGeneral(document.RootElement));
        return new JsonObject
        {
            ["format"] = JsonNamingPolicy.CamelCase.ConvertName(artifact.Format.ToString()),
            ["publisher"] = artifact.Address,
            ["timestamp"] = artifact.Timestamp,
            ["title"] = artifact.Title,
            ["type"] = artifact.Type,
            ["subtype"] = artifact.Subtype,
            ["location"] = artifact.Location,
            ["root"] = CidText.TryParse(artifact.Location)?.Value,
            ["bytesDeclared"] = artifact.BytesDeclared,
            ["authorProven"] = true,
            ["contentProven"] = artifact.Proof != ContentProofKind.None,
            ["findings"] = new JsonArray([.. findings.Select(f => JsonValue.Create(JsonNamingPolicy.KebabCaseLower.ConvertName(f.ToString())))]),
            ["artifact"] = JsonNode.Parse(artifact.Json),
        };
    }

    private static JsonNode Operation(Json.JsonPatchOperation operation) => JsonValue.Create(
        string.Create(CultureInfo.InvariantCulture, $"{operation.Op} /{string.Join('/', operation.Path.Tokens)}"));
}
