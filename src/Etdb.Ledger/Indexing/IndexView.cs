using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing;

/// <summary>The index as the JSON of <c>etdb oip replay</c>.</summary>
public static class IndexView
{
    /// <summary><c>{"tip","records","pendingMultiparts","refused"}</c> and more.</summary>
    public static JsonObject Describe(OipIndex index)
    {
        ArgumentNullException.ThrowIfNull(index);
        return new JsonObject
        {
            ["tip"] = index.Tip is { } tip ? new JsonObject { ["height"] = tip.Height, ["hash"] = tip.Hash, ["time"] = tip.Time } : null,
            ["records"] = Array(index.Records().Select(Record)),
            ["pendingMultiparts"] = Array(index.PendingMultiparts().Select(Pending)),
            ["refused"] = Array(index.Refusals().Select(r => new JsonObject { ["txid"] = r.Txid, ["reason"] = r.Reason.Code(), ["height"] = r.Height })),
            ["registrations"] = Array(index.Registrations().Select(Registration)),
            ["kept"] = index.KeptCount,
        };
    }

    private static JsonObject Record(IndexedRecord record)
    {
        var artifact = record.Current.Artifact;
        return new JsonObject
        {
            ["txid"] = record.Txid,
            ["latestTxid"] = record.Current.Place.Txid,
            ["publisher"] = record.Author,
            ["owner"] = record.Owner,
            ["title"] = artifact.Title,
            ["location"] = artifact.Location,
            ["deactivated"] = record.IsDeactivated,
            ["versions"] = record.Versions.Count,
            ["format"] = JsonNamingPolicy.CamelCase.ConvertName(artifact.Format.ToString()),
            ["height"] = record.Versions[0].Place.Height,
            ["time"] = record.Versions[0].Place.Time,
            ["authorProven"] = true,
            ["contentProven"] = record.IsContentProven,
            ["artifact"] = JsonNode.Parse(artifact.Json),
        };
    }

    private static JsonObject Pending(PendingMultipart pending) => new()
    {
        ["reference"] = pending.Reference, ["address"] = pending.Address, ["max"] = pending.Max,
        ["parts"] = new JsonArray([.. pending.Parts.Select(p => JsonValue.Create(p))]),
    };

    private static JsonObject Registration(IndexedRegistration registration) => new()
    {
        ["txid"] = registration.RegistrationTxid, ["role"] = registration.Message.Role, ["address"] = registration.Message.Address,
        ["alias"] = registration.Message.Alias, ["deactivated"] = registration.IsDeactivated,
    };

    private static JsonArray Array(IEnumerable<JsonObject> items) => new([.. items]);
}
