using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Cli.Publish;

/// <summary>Makes the artifact of a record from a lab's manifest and its files. Pure but for reading the names and sizes of the files.</summary>
internal static class ArtifactBuilder
{
    private const int MostFiles = 5000;

    /// <summary>The unsigned artifact.</summary>
    public static JsonObject Build(string folder, DatasetManifest manifest, string root, string address, long unixSeconds)
    {
        var details = Details(folder, manifest);
        var species = details.FirstOrDefault(d => d.Key == "speciesName").Value;
        return RecordBuilder.BuildTomogram(
            new TomogramDraft
            {
                Title = manifest.Title,
                Description = manifest.Description.Length == 0 ? manifest.Title : manifest.Description,
                Tags = [.. manifest.Tags.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
                Species = species.ValueKind == JsonValueKind.String ? species.GetString()! : "not stated",
                FurtherDetails = [.. details.Where(d => d.Key != "speciesName")],
                Location = root,
                Files = Files(folder),
            },
            address,
            unixSeconds);
    }

    private static IReadOnlyList<KeyValuePair<string, JsonElement>> Details(string folder, DatasetManifest manifest)
    {
        try
        {
            return TomogramDetails.Read(manifest.Details.Select(d => KeyValuePair.Create(d.Key, JsonSerializer.SerializeToElement(d.Value))));
        }
        catch (FormatException e)
        {
            throw new CliException($"{Path.Combine(folder, DatasetManifest.FileName)}: {e.Message}", e);
        }
    }

    private static List<RecordFile> Files(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => (Name: Path.GetRelativePath(folder, path).Replace('\\', '/'), Info: new FileInfo(path)))
            .OrderBy(f => f.Name, StringComparer.Ordinal)
            .Take(MostFiles)
            .Select(f => new RecordFile(f.Name, f.Info.Length) { Type = "tomogram", Subtype = Subtype(f.Name) }),
    ];

    // The words go-etdb gives files by their place in the dataset (spec, section 4).
    private static string Subtype(string name) => name switch
    {
        _ when name.StartsWith("rawdata/", StringComparison.Ordinal) => "tiltSeries",
        _ when name.StartsWith("3dimage_", StringComparison.Ordinal) => "reconstruction",
        _ when name.StartsWith("keyimg_", StringComparison.Ordinal) && Path.GetFileNameWithoutExtension(name).EndsWith("_s", StringComparison.Ordinal) => "thumbnail",
        _ when name.StartsWith("keyimg_", StringComparison.Ordinal) => "keyimg",
        _ when name.StartsWith("keymov_", StringComparison.Ordinal) => "keymov",
        _ => "other",
    };
}
