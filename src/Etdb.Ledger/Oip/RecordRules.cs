using System.Text.Json;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Oip;

/// <summary>A way in which a record departs from the template of its type. Such records are indexed all the same, and marked.</summary>
public enum RecordFinding
{
    /// <summary><c>details</c> is missing or empty.</summary>
    DetailsMissing = 0,

    /// <summary><c>details.speciesName</c> is missing or blank.</summary>
    SpeciesMissing = 1,

    /// <summary><c>details.date</c> is not a positive number of Unix seconds.</summary>
    DateInvalid = 2,

    /// <summary><c>details.NCBItaxID</c> is negative or no number.</summary>
    TaxonomyInvalid = 3,

    /// <summary><c>details.modifiedDate</c> of a property record is missing.</summary>
    ModifiedDateMissing = 4,

    /// <summary><c>info.description</c> is missing or blank (media-protocol).</summary>
    DescriptionMissing = 5,

    /// <summary><c>type</c> is missing or blank (media-protocol).</summary>
    TypeMissing = 6,

    /// <summary><c>storage.network</c> is not <c>ipfs</c> in any case (media-protocol).</summary>
    NetworkUnknown = 7,

    /// <summary><c>timestamp</c> is not positive (media-protocol).</summary>
    TimestampMissing = 8,

    /// <summary>A file without a name.</summary>
    FileNameMissing = 9,
}

/// <summary>
/// The templates: research/tomogram (oipd's validator and Table 1 of the ETDB paper) and property/party. oipd never reached them, as it
/// looked for <c>subType</c> where all publishers write <c>subtype</c>; here types compare in any case.
/// </summary>
public static class RecordRules
{
    /// <summary>True for research/tomogram in 0.42 and <c>Research-Tomogram</c> in 0.41.</summary>
    public static bool IsTomogram(string type, string subtype) =>
        (Same(type, "research") && Same(subtype, "tomogram")) || Same(type, "research-tomogram");

    /// <summary>What the type's validator objects to; empty for types without one.</summary>
    public static IReadOnlyList<RecordFinding> CheckType(JsonElement artifact)
    {
        var type = artifact.FindText("type") ?? "";
        var subtype = artifact.FindText("subtype") ?? "";
        var findings = new List<RecordFinding>();
        if (IsTomogram(type, subtype))
        {
            CheckTomogram(artifact, findings);
        }
        else if (Same(type, "property") && Same(subtype, "party"))
        {
            CheckParty(artifact, findings);
        }

        return findings;
    }

    /// <summary>What media-protocol asks of every record; publishers should meet it, history does not always.</summary>
    public static IReadOnlyList<RecordFinding> CheckGeneral(JsonElement artifact)
    {
        var findings = new List<RecordFinding>();
        Add(findings, string.IsNullOrWhiteSpace(artifact.FindObject("info")?.FindText("description")), RecordFinding.DescriptionMissing);
        Add(findings, string.IsNullOrWhiteSpace(artifact.FindText("type")), RecordFinding.TypeMissing);
        Add(findings, !Same(artifact.FindObject("storage")?.FindText("network") ?? "ipfs", "ipfs"), RecordFinding.NetworkUnknown);
        Add(findings, artifact.FindInteger("timestamp") is null or <= 0, RecordFinding.TimestampMissing);
        if (artifact.FindObject("storage")?.Find("files") is { ValueKind: JsonValueKind.Array } files)
        {
            Add(findings, files.EnumerateArray().Any(f => string.IsNullOrWhiteSpace(f.FindText("fname"))), RecordFinding.FileNameMissing);
        }

        return findings;
    }

    /// <summary>The taxonomy id, under its name or the typing error of April 2018.</summary>
    public static double? TaxonomyId(JsonElement details) => details.FindNumber("NCBItaxID") ?? details.FindNumber("NBCItaxID");

    private static void CheckTomogram(JsonElement artifact, List<RecordFinding> findings)
    {
        if (artifact.FindObject("details") is not { } details || !details.EnumerateObject().Any())
        {
            findings.Add(RecordFinding.DetailsMissing);
            return;
        }

        Add(findings, string.IsNullOrWhiteSpace(details.FindText("speciesName")), RecordFinding.SpeciesMissing);
        var date = details.Find("date") is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var seconds) ? seconds : 0;
        Add(findings, date <= 0, RecordFinding.DateInvalid);
        Add(findings, TaxonomyId(details) is < 0, RecordFinding.TaxonomyInvalid);
    }

    private static void CheckParty(JsonElement artifact, List<RecordFinding> findings)
    {
        if (artifact.FindObject("details") is not { } details)
        {
            findings.Add(RecordFinding.DetailsMissing);
            return;
        }

        Add(findings, details.FindInteger("modifiedDate") is null or 0, RecordFinding.ModifiedDateMissing);
    }

    private static void Add(List<RecordFinding> findings, bool condition, RecordFinding finding)
    {
        if (condition)
        {
            findings.Add(finding);
        }
    }

    private static bool Same(string a, string b) => a.Trim().Equals(b, StringComparison.OrdinalIgnoreCase);
}
