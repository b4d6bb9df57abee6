using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Publishing.Records;

/// <summary>Builds and signs the comments of records. Pure: the same input and key give the same bytes (signatures are RFC 6979).</summary>
public static class RecordBuilder
{
    /// <summary>The artifact of a Research-Tomogram record in go-etdb's key order, not yet signed.</summary>
    /// <param name="draft">What the lab says.</param>
    /// <param name="address">FLO address of the lab.</param>
    /// <param name="timestamp">Unix seconds of the publication.</param>
    public static JsonObject BuildTomogram(TomogramDraft draft, string address, long timestamp)
    {
        ArgumentNullException.ThrowIfNull(draft);
        var title = string.IsNullOrWhiteSpace(draft.Title) ? draft.Species : draft.Title;
        var storage = new JsonObject { ["network"] = "ipfs", ["location"] = draft.Location };
        if (draft.Files.Count > 0)
        {
            storage["files"] = new JsonArray([.. draft.Files.Select(BuildFile)]);
        }

        return new JsonObject
        {
            ["floAddress"] = address,
            ["timestamp"] = timestamp,
            ["type"] = "research",
            ["subtype"] = "tomogram",
            ["info"] = new JsonObject { ["title"] = title, ["tags"] = string.Join(',', draft.Tags), ["description"] = draft.Description },
            ["details"] = BuildDetails(draft),
            ["storage"] = storage,
        };
    }

    private static JsonObject BuildDetails(TomogramDraft draft)
    {
        var details = new JsonObject();
        Put(details, "date", draft.Date);
        Put(details, "NCBItaxID", draft.TaxonomyId);
        Put(details, "artNotes", draft.Notes);
        Put(details, "scopeName", draft.Microscope);
        Put(details, "speciesName", draft.Species);
        Put(details, "strain", draft.Strain);
        Put(details, "tiltSingleDual", draft.TiltSingleDual);
        Put(details, "defocus", draft.Defocus);
        Put(details, "dosage", draft.Dosage);
        Put(details, "tiltConstant", draft.TiltConstant);
        Put(details, "tiltMin", draft.TiltMin);
        Put(details, "tiltMax", draft.TiltMax);
        Put(details, "tiltStep", draft.TiltStep);
        Put(details, "magnification", draft.Magnification);
        Put(details, "emdb", draft.Emdb);
        Put(details, "microscopist", draft.Microscopist);
        Put(details, "institution", draft.Institution);
        Put(details, "lab", draft.Lab);
        Put(details, "sid", draft.SeriesId);
        Put(details, "swAcquisition", draft.AcquisitionSoftware);
        Put(details, "swReconstruction", draft.ReconstructionSoftware);
        foreach (var (name, value) in draft.FurtherDetails)
        {
            details[name] = JsonNode.Parse(value.GetRawText());
        }

        return details;
    }

    private static JsonObject BuildFile(RecordFile file)
    {
        var entry = new JsonObject();
        Put(entry, "software", file.Software);
        Put(entry, "dname", file.DisplayName);
        Put(entry, "fname", file.Name);
        Put(entry, "fsize", file.Bytes);
        Put(entry, "type", file.Type);
        Put(entry, "subtype", file.Subtype);
        Put(entry, "cType", file.ContentType);
        Put(entry, "fNotes", file.Notes);
        return entry;
    }

    private static void Put(JsonObject target, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            target[name] = value;
        }
    }

    private static void Put(JsonObject target, string name, long? value)
    {
        if (value is { } number)
        {
            target[name] = number;
        }
    }

    private static void Put(JsonObject target, string name, double? value)
    {
        if (value is { } number)
        {
            target[name] = JsonNode.Parse(JsonText.Number(number));
        }
    }

    /// <summary>Signs an artifact as it stands: the content proof, when asked for, then the record signature, both replaced if there.</summary>
    public static JsonObject Sign(JsonObject artifact, IMessageSigner signer, bool withContentProof = true)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        ArgumentNullException.ThrowIfNull(signer);
        var signed = artifact.DeepClone().AsObject();
        signed.Remove("signature");
        signed.Remove(ContentProof.Member);
        var element = Element(signed);
        if (withContentProof)
        {
            var digest = ContentProof.Digest(element) ?? throw new FormatException("The record holds a number that JSON readers do not agree on (beyond 2^53).");
            signed[ContentProof.Member] = new JsonObject { ["sha256"] = digest, ["signature"] = Sign(signer, ContentProof.ArtifactText(digest)) };
        }

        var location = element.FindObject("storage")?.FindText("location") ?? "";
        var timestamp = element.FindInteger("timestamp") ?? throw new FormatException("The record has no timestamp.");
        signed["signature"] = Sign(signer, ArtifactReader.RecordText(location, signer.Address, timestamp));
        return signed;
    }

    /// <summary>The comment that publishes a signed artifact.</summary>
    public static byte[] PublishComment(JsonObject signedArtifact) => Envelope("publish", new JsonObject { ["artifact"] = signedArtifact.DeepClone() });

    /// <summary>
    /// The comment that edits a record. The patch is bound by a signature of its own; when <paramref name="current"/> is given, the
    /// patched record is signed and proven anew and these members become part of the patch.
    /// </summary>
    /// <param name="txid">Id of the record.</param>
    /// <param name="current">The artifact that holds now.</param>
    /// <param name="changed">What should hold; signatures in it are ignored.</param>
    /// <param name="timestampMs">Unix milliseconds of the edit, later than that of the edit before.</param>
    /// <param name="signer">Owner of the record.</param>
    /// <exception cref="FormatException">Nothing changes.</exception>
    public static byte[] EditComment(string txid, JsonObject current, JsonObject changed, long timestampMs, IMessageSigner signer)
    {
        ArgumentNullException.ThrowIfNull(current);
        var target = Sign(changed, signer);
        var patch = JsonDiff.Diff(current, target);
        if (patch.All(o => o!["path"]!.GetValue<string>() is "/signature" || o!["path"]!.GetValue<string>().StartsWith("/" + ContentProof.Member, StringComparison.Ordinal)))
        {
            throw new FormatException("The edit changes nothing.");
        }

        return EditComment(txid, patch, timestampMs, signer);
    }

    /// <summary>The comment that edits a record by the patch given, bound by a patch proof.</summary>
    public static byte[] EditComment(string txid, JsonArray patch, long timestampMs, IMessageSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        var digest = CanonicalJson.Digest(Element(patch)) ?? throw new FormatException("The patch holds a number that JSON readers do not agree on (beyond 2^53).");
        return Envelope("edit", new JsonObject
        {
            ["artifact"] = new JsonObject { ["txid"] = txid, ["timestamp"] = timestampMs, ["patch"] = patch.DeepClone() },
            ["signature"] = Sign(signer, string.Create(CultureInfo.InvariantCulture, $"{txid}-{timestampMs}")),
            [ContentProof.PatchMember] = new JsonObject { ["sha256"] = digest, ["signature"] = Sign(signer, ContentProof.PatchText(txid, timestampMs, digest)) },
        });
    }

    /// <summary>The comment that withdraws a record.</summary>
    public static byte[] DeactivateComment(string txid, long timestamp, IMessageSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return Envelope("deactivate", new JsonObject
        {
            ["artifact"] = new JsonObject { ["artifactID"] = txid, ["timestamp"] = timestamp },
            ["signature"] = Sign(signer, string.Create(CultureInfo.InvariantCulture, $"{txid}-{signer.Address}-{timestamp}")),
        });
    }

    /// <summary>The comment that gives a record to another address.</summary>
    public static byte[] TransferComment(string txid, string toAddress, long timestamp, IMessageSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return Envelope("transfer", new JsonObject
        {
            ["artifact"] = new JsonObject { ["artifactID"] = txid, ["toFloAddress"] = toAddress, ["fromFloAddress"] = signer.Address, ["timestamp"] = timestamp },
            ["signature"] = Sign(signer, string.Create(CultureInfo.InvariantCulture, $"{txid}-{toAddress}-{signer.Address}-{timestamp}")),
        });
    }

    /// <summary>The comment that registers a publisher under a name.</summary>
    public static byte[] RegisterComment(string alias, long timestampMs, IMessageSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return Envelope("register", new JsonObject
        {
            ["pub"] = new JsonObject { ["alias"] = alias, ["floAddress"] = signer.Address, ["timestamp"] = timestampMs },
            ["signature"] = Sign(signer, string.Create(CultureInfo.InvariantCulture, $"{alias}-{signer.Address}-{timestampMs}")),
        });
    }

    private static byte[] Envelope(string action, JsonObject body)
    {
        var envelope = new JsonObject { ["oip042"] = new JsonObject { [action] = body } };
        return Encoding.UTF8.GetBytes("json:" + CanonicalJson.SerializeAsGo(Element(envelope)));
    }

    private static string Sign(IMessageSigner signer, string text) => signer.Sign(Encoding.UTF8.GetBytes(text));

    private static JsonElement Element(JsonNode node)
    {
        var reason = OipJson.TryParse(Encoding.UTF8.GetBytes(node.ToJsonString()), out var element);
        return reason == OipReason.None ? element : throw new FormatException($"The record is not valid JSON for the ledger: {reason.Code()}.");
    }
}
