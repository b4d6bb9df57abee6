namespace Etdb.Ledger.Oip;

/// <summary>Every bound the reader of OIP comments enforces; each is far above what history holds and far below what hurts.</summary>
public static class OipLimits
{
    /// <summary>Shorter comments are never looked at (oipd).</summary>
    public const int MinCommentBytes = 35;

    /// <summary>Bytes of one transaction's comment under relay policy since FLO 0.15.</summary>
    public const int RelayCommentBytes = 1040;

    /// <summary>Bytes of one comment or of one assembled multipart record; a block could carry more than relay allows, up to this much is read.</summary>
    public const int MaxRecordBytes = 4 * 1024 * 1024;

    /// <summary>Parts of one multipart record (oipd never assembles more).</summary>
    public const int MaxParts = 1000;

    /// <summary>Nesting of JSON, before and after a patch.</summary>
    public const int MaxJsonDepth = 64;

    /// <summary>Values in one JSON text, before and after a patch: bounds what <c>copy</c> can grow.</summary>
    public const int MaxJsonNodes = 200_000;

    /// <summary>Operations in one patch.</summary>
    public const int MaxPatchOperations = 10_000;

    /// <summary>Edits kept for one record.</summary>
    public const int MaxEditsPerRecord = 1_000;

    /// <summary>Edits, deactivations and transfers that may wait for records not seen yet, over all records.</summary>
    public const int MaxPendingActions = 100_000;

    /// <summary>Multipart parts that may wait for their siblings, over all groups.</summary>
    public const int MaxPendingParts = 500_000;

    /// <summary>Bytes a <c>gp64:</c> comment may inflate to.</summary>
    public const int MaxInflatedBytes = 1024 * 1024;

    /// <summary>Bytes of an address, signature or transaction id field; real ones stay below 100.</summary>
    public const int MaxFieldChars = 256;

    /// <summary>How long parts wait for siblings and actions for their record, in seconds of block time (one week, oipd's <c>stale</c>).</summary>
    public const long PendingSeconds = 7 * 24 * 3600;
}
