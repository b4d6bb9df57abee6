using System.Text.Json;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Oip;

/// <summary>
/// The second signature of a record (ADR 0021). The record signature of OIP 0.42 covers location, address and time, so anybody can
/// publish it again with another title or file list. New records therefore carry
/// <c>"contentProof":{"sha256":DIGEST,"signature":S}</c>: the SHA-256 of the RFC 8785 form of the artifact without its members
/// <c>signature</c> and <c>contentProof</c>, and the author's message signature over <c>oip-content-1-DIGEST</c>. Old readers skip the member
/// they do not know. Edits carry <c>"patchProof"</c> beside their signature, over <c>oip-edit-1-TXID-TIMESTAMP-DIGEST</c> with the digest of the patch.
/// </summary>
public static class ContentProof
{
    /// <summary>Member of the artifact.</summary>
    public const string Member = "contentProof";

    /// <summary>Member beside an edit's signature.</summary>
    public const string PatchMember = "patchProof";

    /// <summary>Digest of an artifact; null when it has no canonical form.</summary>
    public static string? Digest(JsonElement artifact) => CanonicalJson.Digest(artifact, "signature", Member);

    /// <summary>Text the author signs for an artifact.</summary>
    public static string ArtifactText(string digest) => "oip-content-1-" + digest;

    /// <summary>Text the owner signs for a patch.</summary>
    public static string PatchText(string original, long timestamp, string digest) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"oip-edit-1-{original}-{timestamp}-{digest}");

    /// <summary>None without proof or with a right one (<paramref name="proven"/>); a proof that is there must be right.</summary>
    public static OipReason Check(JsonElement artifact, string address, IMessageVerifier verifier, out bool proven)
    {
        proven = false;
        if (artifact.ValueKind != JsonValueKind.Object || !artifact.TryGetProperty(Member, out var proof))
        {
            return OipReason.None;
        }

        var claimed = proof.FindText("sha256");
        var signature = proof.FindText("signature");
        if (claimed is null || signature is null || Digest(artifact) != claimed)
        {
            return OipReason.ContentProofWrong;
        }

        proven = SignedText.Check(verifier, address, signature, ArtifactText(claimed)) == OipReason.None;
        return proven ? OipReason.None : OipReason.ContentProofWrong;
    }
}
