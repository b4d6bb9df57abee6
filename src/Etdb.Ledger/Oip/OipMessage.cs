using System.Text.Json;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Oip;

/// <summary>What a comment is, in the words of the command line.</summary>
public enum OipKind
{
    /// <summary>Nothing of OIP.</summary>
    None = 0,

    /// <summary>A <c>text:</c> comment.</summary>
    Text,

    /// <summary>One part of a multipart record.</summary>
    Multipart,

    /// <summary>0.42 publication.</summary>
    Publish,

    /// <summary>0.42 edit.</summary>
    Edit,

    /// <summary>0.42 deactivation.</summary>
    Deactivate,

    /// <summary>0.42 registration.</summary>
    Register,

    /// <summary>0.42 transfer.</summary>
    Transfer,

    /// <summary>0.41, Alexandria and historian strings.</summary>
    Legacy,

    /// <summary>OIP 5 (protobuf).</summary>
    Proto,
}

/// <summary>
/// A comment as read: what it says, with every signature checked that can be checked from the comment alone. The cases are
/// closed; what needs the index (the owner of the record an edit names) is left to the index.
/// </summary>
public abstract record OipMessage(OipKind Kind)
{
    /// <summary>Why it was refused; <see cref="OipReason.None"/> when it stands.</summary>
    public OipReason Reason { get; init; }
}

/// <summary>Not for OIP. The reason tells which rule ended the search.</summary>
public sealed record IgnoredMessage : OipMessage
{
    public IgnoredMessage(OipReason reason) : base(OipKind.None) => Reason = reason;
}

/// <summary>A <c>text:</c> comment that holds no record.</summary>
public sealed record TextMessage() : OipMessage(OipKind.Text);

/// <summary>Recognised, but unusable.</summary>
public sealed record RefusedMessage : OipMessage
{
    public RefusedMessage(OipKind kind, OipReason reason) : base(kind) => Reason = reason;
}

/// <summary>A well-signed part.</summary>
public sealed record PartMessage(MultipartPart Part) : OipMessage(Part.IsProto ? OipKind.Proto : OipKind.Multipart);

/// <summary>A publication whose own signature verifies.</summary>
public sealed record PublishMessage(OipKind Kind, Artifact Artifact) : OipMessage(Kind);

/// <summary>A verified registration.</summary>
/// <param name="Role">pub, influencer, platform, pool, autominer, promoter or retailer.</param>
/// <param name="Address">FLO address it speaks for.</param>
/// <param name="Alias">Name of a publisher; null for other roles.</param>
/// <param name="Timestamp">As written (seconds or milliseconds); 0 where the role has none.</param>
/// <param name="OuterSignature">Signature beside the object; null when inside.</param>
/// <param name="Json">The registration object, as written.</param>
public sealed record RegisterMessage(
    OipKind Kind, string Role, string Address, string? Alias, long Timestamp, string? OuterSignature, string Json) : OipMessage(Kind);

/// <summary>An edit; its signature needs the owner of the record it names.</summary>
/// <param name="Role">artifact, pub, …: what kind of record it edits.</param>
/// <param name="Original">Txid of the record, lower case.</param>
/// <param name="OriginalText">The same as written, for the signed text.</param>
/// <param name="Timestamp">As written.</param>
/// <param name="Patch">The operations.</param>
/// <param name="PatchDigest">SHA-256 of the patch's canonical JSON; null when it has none.</param>
/// <param name="Signature">Base64.</param>
/// <param name="ProofDigest">Digest the patch proof claims; null without proof.</param>
/// <param name="ProofSignature">Signature of the patch proof; null without proof.</param>
public sealed record EditMessage(
    OipKind Kind, string Role, string Original, string OriginalText, long Timestamp, JsonPatch Patch, string? PatchDigest,
    string Signature, string? ProofDigest, string? ProofSignature) : OipMessage(Kind);

/// <summary>A deactivation; whether the signer owns the record is for the index to say.</summary>
/// <param name="Role">artifact or pub.</param>
/// <param name="Original">Txid of the record, lower case; the address for publishers.</param>
/// <param name="OriginalText">The same as written.</param>
/// <param name="TimestampText">As written; empty where the form has none.</param>
/// <param name="Signature">Base64.</param>
/// <param name="VerifiedSigner">Address whose signature was already verified; null when the signed text needs the owner.</param>
public sealed record DeactivateMessage(
    OipKind Kind, string Role, string Original, string OriginalText, string TimestampText, string Signature, string? VerifiedSigner) : OipMessage(Kind);

/// <summary>A transfer with a valid signature of the address that gives.</summary>
public sealed record TransferMessage(
    OipKind Kind, string Role, string Original, string From, string To, string SignedText) : OipMessage(Kind);

/// <summary>An OIP 5 message, kept as it is.</summary>
/// <param name="MessageType">1 OIP 5 record, 2 historian, 3 multipart.</param>
/// <param name="SignatureType">1 FLO, 2 Bitcoin, 3 Ravencoin, 4 transaction.</param>
/// <param name="Address">ASCII address.</param>
/// <param name="Payload">The signed bytes.</param>
public sealed record ProtoMessage(int MessageType, int SignatureType, string Address, ReadOnlyMemory<byte> Payload) : OipMessage(OipKind.Proto);

/// <summary>A historian data point.</summary>
/// <param name="Address">Address that signed.</param>
/// <param name="Fields">The colon-separated fields before the signature.</param>
public sealed record HistorianMessage(string Address, IReadOnlyList<string> Fields) : OipMessage(OipKind.Legacy);
