namespace Etdb.Ledger.Oip;

/// <summary>Why a comment, part, record or action was not taken. The list is closed; <see cref="OipReasons.Code"/> gives the public name.</summary>
public enum OipReason
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>Fewer than 35 bytes: never looked at.</summary>
    TooShort,

    /// <summary>The prefix was not in use at this height, or the transaction is unconfirmed.</summary>
    HeightRule,

    /// <summary>No known prefix, or JSON without an OIP envelope.</summary>
    NotOip,

    /// <summary>More bytes than <see cref="OipLimits.MaxRecordBytes"/>.</summary>
    TooLarge,

    /// <summary>Not JSON, nested too deeply, or text that is not Unicode.</summary>
    JsonInvalid,

    /// <summary>The same key twice in one object: two readers could see two records.</summary>
    JsonDuplicateKey,

    /// <summary>JSON of another shape than the message asks for.</summary>
    ShapeInvalid,

    /// <summary>An action or type this version of OIP does not have.</summary>
    TypeUnknown,

    /// <summary>No address, or one that does not decode on this network.</summary>
    AddressInvalid,

    /// <summary>No usable timestamp.</summary>
    TimestampInvalid,

    /// <summary>A record without a title.</summary>
    TitleMissing,

    /// <summary>No signature.</summary>
    SignatureMissing,

    /// <summary>Something that is not a signature.</summary>
    SignatureMalformed,

    /// <summary>A signature by another key or over another text.</summary>
    SignatureWrong,

    /// <summary>A signature of a kind that cannot be checked here (other chains, transaction signatures, unspecified texts).</summary>
    SignatureUncheckable,

    /// <summary>The content proof does not fit the content or the key.</summary>
    ContentProofWrong,

    /// <summary>An edit would take away the content proof of a proven record, or does not bind its patch.</summary>
    ContentProofMissing,

    /// <summary>A part without the right number of fields.</summary>
    MultipartMalformed,

    /// <summary>Part or maximum is no integer, negative, zero maximum, or part beyond maximum.</summary>
    MultipartNumbers,

    /// <summary>More than 1000 parts.</summary>
    MultipartTooLong,

    /// <summary>A reference that can never name a first part.</summary>
    MultipartReference,

    /// <summary>A part whose place was already taken by an older transaction.</summary>
    MultipartDuplicate,

    /// <summary>Incomplete for more than a week of block time.</summary>
    MultipartStale,

    /// <summary>Parts signed by another key than the owner of the record inside.</summary>
    MultipartForeignSigner,

    /// <summary>A multipart inside a multipart.</summary>
    MultipartNested,

    /// <summary>Same address, time and location as an earlier record, other metadata: the signature was copied.</summary>
    RecordReplayed,

    /// <summary>The same record once more.</summary>
    RecordDuplicate,

    /// <summary>A content-proven record took the place of this unproven one with the same address, time and location.</summary>
    RecordDisplaced,

    /// <summary>The record an action names did not appear within a week of block time.</summary>
    OriginalUnknown,

    /// <summary>The signed text of this action was already used for this record.</summary>
    ActionReplayed,

    /// <summary>A patch that is not one, or an empty one.</summary>
    PatchMalformed,

    /// <summary>An operation of the patch does not apply.</summary>
    PatchFailed,

    /// <summary>The record would not verify after the edit.</summary>
    EditedRecordInvalid,

    /// <summary>An older registration than the one in force.</summary>
    RegistrationOutdated,

    /// <summary>Too many parts or actions are waiting already.</summary>
    PendingLimit,

    /// <summary>Not protobuf, not base64, or beyond the limit when inflated.</summary>
    ProtoInvalid,

    /// <summary>A historian string of unknown version or field count.</summary>
    HistorianInvalid,
}

/// <summary>Public names of <see cref="OipReason"/>: kebab-case, stable.</summary>
public static class OipReasons
{
    private static readonly string[] Codes = [.. Enum.GetNames<OipReason>().Select(Kebab)];

    /// <summary>For example <c>signature-wrong</c>; null for <see cref="OipReason.None"/>.</summary>
    public static string? Code(this OipReason reason) => reason == OipReason.None ? null : Codes[(int)reason];

    private static string Kebab(string name)
    {
        var text = new System.Text.StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
