namespace Etdb.Ledger.Oip;

/// <summary>Generation of a published record.</summary>
public enum RecordFormat
{
    /// <summary><c>json:{"oip042":{"publish":…</c></summary>
    Oip042 = 0,

    /// <summary><c>{"oip-041":{"artifact":…</c></summary>
    Oip041 = 1,

    /// <summary><c>{"alexandria-media":…</c></summary>
    AlexandriaMedia = 2,
}

/// <summary>What proves that all metadata, and not only location, address and time, are the author's. See ADR 0021.</summary>
public enum ContentProofKind
{
    /// <summary>Nothing does: the record signature covers location, address and time.</summary>
    None = 0,

    /// <summary>The signatures of its parts cover every byte, by the same key, tied to the first part by its whole id.</summary>
    Parts = 1,

    /// <summary>A second signature covers the SHA-256 of the canonical JSON.</summary>
    Digest = 2,
}

/// <summary>A published artifact whose record signature verifies: the fields the index acts on, and the whole JSON as written.</summary>
/// <param name="Format">Generation.</param>
/// <param name="Address">FLO address of the author.</param>
/// <param name="Timestamp">As signed (seconds; milliseconds in Alexandria and some JavaScript records).</param>
/// <param name="Title">As published.</param>
/// <param name="Type">As published; empty when missing.</param>
/// <param name="Subtype">As published; empty when missing.</param>
/// <param name="Location">As published; empty when missing.</param>
/// <param name="BytesDeclared">Sum of declared file sizes; 0 when unknown.</param>
/// <param name="OuterSignature">Signature beside the artifact (0.41, Alexandria); null when inside.</param>
/// <param name="Proof">Whether the content digest is signed.</param>
/// <param name="Text">The artifact object, as written, unknown fields kept.</param>
public sealed record Artifact(
    RecordFormat Format, string Address, long Timestamp, string Title, string Type, string Subtype, string Location,
    long BytesDeclared, string? OuterSignature, ContentProofKind Proof, Utf8Text Text)
{
    /// <summary>The artifact object, as written, unknown fields kept.</summary>
    public string Json => Text.ToString();

    /// <summary>Record time in Unix seconds, whichever unit was written.</summary>
    public long UnixSeconds => OipTime.Seconds(Timestamp);
}

/// <summary>The two units of time in OIP.</summary>
public static class OipTime
{
    // 1e11 s is the year 5138, 1e11 ms is 1973: nothing of OIP lies near either.
    private const long MillisecondsFrom = 100_000_000_000;

    /// <summary>Unix seconds of a value that may be milliseconds.</summary>
    public static long Seconds(long value) => value >= MillisecondsFrom ? value / 1000 : value;

    /// <summary>Unix milliseconds of a value that may be seconds; for ordering.</summary>
    public static long Milliseconds(long value) => value is >= MillisecondsFrom or <= -MillisecondsFrom ? value : value * 1000;
}
