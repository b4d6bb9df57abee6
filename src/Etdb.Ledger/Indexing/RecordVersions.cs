using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Indexing;

/// <summary>
/// What a record is after its edits. Edits apply in the order of their own signed time (then of the chain), not of their arrival,
/// so that a record is a function of the set of its edits: the order in which blocks, batches or miners deliver them cannot matter.
/// An edit that does not apply at its place is refused and the next one is tried.
/// </summary>
internal static class RecordVersions
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Adds an edit and works the versions out.</summary>
    public static IndexedRecord Add(IndexedRecord record, RecordEdit edit, IMessageVerifier verifier)
    {
        var index = record.Edits.FindLastIndex(e => Compare(e, edit) < 0) + 1;
        var isLast = index == record.Edits.Count;
        var edits = record.Edits.Insert(index, edit);
        return isLast
            ? Apply(record with { Edits = edits }, edit, verifier)
            : Fold(record with { Edits = edits }, verifier);
    }

    /// <summary>Takes an edit out again and works the versions out.</summary>
    public static IndexedRecord Remove(IndexedRecord record, RecordEdit edit, IMessageVerifier verifier) =>
        Fold(record with { Edits = record.Edits.Remove(edit) }, verifier);

    private static int Compare(RecordEdit a, RecordEdit b)
    {
        var order = OipTime.Milliseconds(a.Message.Timestamp).CompareTo(OipTime.Milliseconds(b.Message.Timestamp));
        return order != 0 ? order : a.Place.Order.CompareTo(b.Place.Order);
    }

    private static IndexedRecord Fold(IndexedRecord record, IMessageVerifier verifier)
    {
        var folded = record with { Versions = record.Versions.GetRange(0, 1), RefusedEdits = [] };
        foreach (var edit in record.Edits)
        {
            folded = Apply(folded, edit, verifier);
        }

        return folded;
    }

    private static IndexedRecord Apply(IndexedRecord record, RecordEdit edit, IMessageVerifier verifier)
    {
        var reason = TryApply(record, edit, verifier, out var version);
        return reason == OipReason.None
            ? record with { Versions = record.Versions.Add(version!) }
            : record with { RefusedEdits = record.RefusedEdits.Add(new Refusal(edit.Place.Txid, reason, edit.Place.Height)) };
    }

    private static OipReason TryApply(IndexedRecord record, RecordEdit edit, IMessageVerifier verifier, out RecordVersion? version)
    {
        version = null;
        var current = record.Current;
        if (TryPatch(current.Artifact.Json, edit.Message.Patch) is not { } json)
        {
            return OipReason.PatchFailed;
        }

        if (OipJson.TryParse(Encoding.UTF8.GetBytes(json), out var root) != OipReason.None)
        {
            return OipReason.EditedRecordInvalid;
        }

        var reason = ArtifactReader.TryRead(root, current.Artifact.Format, current.Artifact.OuterSignature, verifier, out var edited);
        if (reason != OipReason.None)
        {
            return reason == OipReason.ContentProofWrong ? reason : OipReason.EditedRecordInvalid;
        }

        if (edited!.Address != record.Author && edited.Address != record.Owner)
        {
            return OipReason.EditedRecordInvalid;
        }

        if (current.Proof == ContentProofKind.Digest && (edited.Proof != ContentProofKind.Digest || !edit.IsBound))
        {
            return OipReason.ContentProofMissing;
        }

        // Without a digest of its own, what a bound patch makes of proven content is proven.
        var proof = edited.Proof != ContentProofKind.None ? edited.Proof : edit.IsBound ? current.Proof : ContentProofKind.None;
        version = new RecordVersion(edit.Place, edited, proof);
        return OipReason.None;
    }

    /// <summary>Applies a patch to an object; paths may be written from the artifact or from around it (<c>/artifact/…</c>). Null when it does not apply.</summary>
    internal static string? TryPatch(string json, JsonPatch patch)
    {
        var document = JsonNode.Parse(json)!.AsObject();
        var isWrapped = !document.ContainsKey("artifact") && patch.Operations.All(o => o.Path.Tokens is ["artifact", ..]);
        if (!isWrapped)
        {
            return patch.TryApply(document)?.ToJsonString(Compact);
        }

        return patch.TryApply(new JsonObject { ["artifact"] = document })?["artifact"] is JsonObject patched ? patched.ToJsonString(Compact) : null;
    }
}
