using System.Text.Json;

namespace Etdb.Ledger.Publishing.Records;

/// <summary>
/// What a lab says about one dataset (Table 1 of the ETDB paper). Null means unknown and is left out; a zero is written, unlike by
/// go-etdb, which dropped it.
/// </summary>
public sealed record TomogramDraft
{
    /// <summary>Title; the species name when empty.</summary>
    public string? Title { get; init; }

    /// <summary>Free text; media-protocol readers refuse records without it.</summary>
    public string Description { get; init; } = "Auto imported from etdb";

    /// <summary>Search words; commas separate them in the record, so they hold none.</summary>
    public IReadOnlyList<string> Tags { get; init; } = ["etdb", "tomogram", "electron.tomography"];

    /// <summary>Date of acquisition, Unix seconds.</summary>
    public long? Date { get; init; }

    /// <summary>NCBI taxonomy id.</summary>
    public long? TaxonomyId { get; init; }

    /// <summary>Notes on microscope, species and tilt series; lines end in <c>\n</c>.</summary>
    public string? Notes { get; init; }

    /// <summary>Microscope.</summary>
    public string? Microscope { get; init; }

    /// <summary>Species; mandatory.</summary>
    public required string Species { get; init; }

    /// <summary>Strain.</summary>
    public string? Strain { get; init; }

    /// <summary>1 single, 2 dual axis.</summary>
    public long? TiltSingleDual { get; init; }

    /// <summary>Micrometres, negative below focus.</summary>
    public double? Defocus { get; init; }

    /// <summary>Electrons for each square Ångström.</summary>
    public double? Dosage { get; init; }

    /// <summary>Degrees; 0 stands for another method of tilting.</summary>
    public double? TiltConstant { get; init; }

    /// <summary>Degrees.</summary>
    public double? TiltMin { get; init; }

    /// <summary>Degrees.</summary>
    public double? TiltMax { get; init; }

    /// <summary>Degrees.</summary>
    public double? TiltStep { get; init; }

    /// <summary>Times.</summary>
    public double? Magnification { get; init; }

    /// <summary>Accession in the EMDB.</summary>
    public string? Emdb { get; init; }

    /// <summary>Who took it.</summary>
    public string? Microscopist { get; init; }

    /// <summary>Institution.</summary>
    public string? Institution { get; init; }

    /// <summary>Lab.</summary>
    public string? Lab { get; init; }

    /// <summary>The lab's own id of the series.</summary>
    public string? SeriesId { get; init; }

    /// <summary>Acquisition software.</summary>
    public string? AcquisitionSoftware { get; init; }

    /// <summary>Reconstruction software.</summary>
    public string? ReconstructionSoftware { get; init; }

    /// <summary>Further members of <c>details</c>, kept as they are.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> FurtherDetails { get; init; } = [];

    /// <summary>Root of the files: a CID.</summary>
    public required string Location { get; init; }

    /// <summary>The files under the root.</summary>
    public IReadOnlyList<RecordFile> Files { get; init; } = [];
}

/// <summary>One file of a dataset.</summary>
/// <param name="Name">Path below the root: <c>fname</c>.</param>
/// <param name="Bytes">Size: <c>fsize</c>.</param>
public sealed record RecordFile(string Name, long Bytes)
{
    /// <summary>Name shown to people: <c>dname</c>.</summary>
    public string? DisplayName { get; init; }

    /// <summary>tomogram or image.</summary>
    public string Type { get; init; } = "tomogram";

    /// <summary>tiltSeries, reconstruction, subvolume, snapshot, keyimg, keymov, thumbnail, preview, other.</summary>
    public string? Subtype { get; init; }

    /// <summary>Media type: <c>cType</c>.</summary>
    public string? ContentType { get; init; }

    /// <summary>Notes: <c>fNotes</c>.</summary>
    public string? Notes { get; init; }

    /// <summary>Software that wrote it.</summary>
    public string? Software { get; init; }
}
