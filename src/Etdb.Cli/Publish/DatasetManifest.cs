using System.Text.Encodings.Web;
using System.Text.Json;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli.Publish;

/// <summary>
/// What a lab says of a folder of files: <c>dataset.json</c> in it. It is published together with the files, so whoever holds only the
/// files still knows what they are.
/// </summary>
public sealed record DatasetManifest
{
    /// <summary>Name of the file in the dataset's folder.</summary>
    public const string FileName = "dataset.json";

    private const long MostBytes = 1024 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Title of the record; required.</summary>
    public required string Title { get; init; }

    /// <summary>What it is, in a sentence or more.</summary>
    public string Description { get; init; } = "";

    /// <summary>Comma separated words.</summary>
    public string Tags { get; init; } = "";

    /// <summary>Made by a program, not observed.</summary>
    public bool Simulated { get; init; }

    /// <summary>Fields of Table 1 (speciesName, tiltMin, microscopist …) with their values; unknown ones are kept.</summary>
    public Dictionary<string, object> Details { get; init; } = [];

    /// <summary>Reads the manifest of a dataset folder.</summary>
    /// <exception cref="CliException">The folder or file is missing, empty, unreadable or not a manifest.</exception>
    public static DatasetManifest Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CliException($"'{folder}' is not a folder. Name the folder that holds the dataset's files and {FileName}.");
        }

        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new CliException($"'{folder}' has no {FileName}. Write one with at least {{\"title\":\"…\",\"details\":{{\"speciesName\":\"…\"}}}}.");
        }

        if (new FileInfo(path).Length > MostBytes)
        {
            throw new CliException($"'{path}' is larger than {MostBytes} bytes; a manifest holds only the description.");
        }

        if (!Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Any(f => Path.GetFileName(f) != FileName))
        {
            throw new CliException($"'{folder}' holds no files besides {FileName}; there is nothing to publish.");
        }

        try
        {
            var manifest = JsonSerializer.Deserialize<DatasetManifest>(File.ReadAllBytes(path), Json);
            return string.IsNullOrWhiteSpace(manifest?.Title) ? throw new CliException($"'{path}' has no title.") : manifest;
        }
        catch (JsonException e)
        {
            throw new CliException($"'{path}' is not a dataset manifest: {e.Message}", e);
        }
    }

    /// <summary>Writes the manifest into <paramref name="folder"/>.</summary>
    public void Write(string folder) => File.WriteAllBytes(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json));
}
