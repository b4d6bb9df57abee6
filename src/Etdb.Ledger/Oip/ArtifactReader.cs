using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Oip;

/// <summary>Reads and verifies published artifacts of all generations, and once more after an edit.</summary>
public static class ArtifactReader
{
    /// <summary>
    /// Checks address, time, title, record signature (over <c>location-address-timestamp</c>) and, when present, the content proof.
    /// </summary>
    public static OipReason TryRead(JsonElement json, RecordFormat format, string? outerSignature, IMessageVerifier verifier, out Artifact? artifact)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        artifact = null;
        if (json.ValueKind != JsonValueKind.Object)
        {
            return OipReason.ShapeInvalid;
        }

        var address = json.FindText(format == RecordFormat.Oip042 ? "floAddress" : "publisher") ?? "";
        var title = json.FindObject("info")?.FindText("title")?.Trim() ?? "";
        var storage = json.FindObject("storage");
        var location = (format == RecordFormat.AlexandriaMedia ? json.FindText("torrent") : storage?.FindText("location")) ?? "";
        if (title.Length == 0)
        {
            return OipReason.TitleMissing;
        }

        if (address.Length is 0 or > OipLimits.MaxFieldChars || !verifier.IsAddress(address))
        {
            return OipReason.AddressInvalid;
        }

        if (json.FindInteger("timestamp") is not { } timestamp || timestamp < 0)
        {
            return OipReason.TimestampInvalid;
        }

        var signature = json.FindText("signature") ?? outerSignature;
        var verdict = SignedText.Check(verifier, address, signature, SignedTexts(location, address, timestamp));
        if (verdict != OipReason.None)
        {
            return verdict;
        }

        var proof = ContentProof.Check(json, address, verifier, out var proven);
        if (proof != OipReason.None)
        {
            return proof;
        }

        artifact = new Artifact(
            format, address, timestamp, title, json.FindText("type") ?? "", json.FindText("subtype") ?? "", location,
            DeclaredBytes(storage), outerSignature, proven ? ContentProofKind.Digest : ContentProofKind.None,
            new Utf8Text(JsonMarshal.GetRawUtf8Value(json).ToArray()));
        return OipReason.None;
    }

    /// <summary>The text a record signature covers.</summary>
    public static string RecordText(string location, string address, long timestamp) =>
        string.Create(CultureInfo.InvariantCulture, $"{location}-{address}-{timestamp}");

    // JavaScript publishers signed the word "undefined" where the location was missing.
    private static string[] SignedTexts(string location, string address, long timestamp) => location.Length > 0
        ? [RecordText(location, address, timestamp)]
        : [RecordText("", address, timestamp), RecordText("undefined", address, timestamp)];

    private static long DeclaredBytes(JsonElement? storage)
    {
        if (storage?.Find("files") is not { ValueKind: JsonValueKind.Array } files)
        {
            return 0;
        }

        var sum = 0L;
        foreach (var file in files.EnumerateArray())
        {
            var size = file.FindInteger("fsize") ?? 0;
            sum = size > 0 && sum <= long.MaxValue - size ? sum + size : sum;
        }

        return sum;
    }
}
