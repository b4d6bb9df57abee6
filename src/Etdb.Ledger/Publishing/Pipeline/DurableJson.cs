using System.Text.Json;

namespace Etdb.Ledger.Publishing.Pipeline;

/// <summary>Small JSON files that are either the old or the new content, whenever the power fails.</summary>
public static class DurableJson
{
    /// <summary>Largest file read: a record of 1000 parts with all its issues is below.</summary>
    private const long MaxBytes = 64L << 20;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>The content; null when there is no file.</summary>
    /// <exception cref="FormatException">The file is too large or holds something else.</exception>
    public static T? Read<T>(string path)
        where T : class
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        if (file.Length > MaxBytes)
        {
            throw new FormatException($"{path} has {file.Length} bytes; at most {MaxBytes} are expected.");
        }

        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Format);
        }
        catch (JsonException e)
        {
            throw new FormatException($"{path} does not hold what was written there: {e.Message}", e);
        }
    }

    /// <summary>On disk, whole and flushed, under its name, when it returns.</summary>
    public static void Write<T>(string path, T value)
        where T : class
    {
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, value, Format);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        FolderSync.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
