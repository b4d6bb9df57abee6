using System.Text.Json;

namespace Etdb.Silo.Hosting;

/// <summary>
/// A folder that one process owns while it runs: locked, and stamped with what it is and the version of its layout. Nothing is written
/// into a folder that holds something else.
/// </summary>
public sealed class DataFolder : IDisposable
{
    /// <summary>Version of the layout this software writes.</summary>
    public const int Format = 1;

    private const string StampName = "etdb.json";
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream @lock) => (Path, _lock) = (path, @lock);

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Opens or makes the folder of the given kind (<c>demo</c>, <c>silo</c>).</summary>
    /// <exception cref="DataFolderException">It is in use, holds something else, is of another version, or cannot be written.</exception>
    public static DataFolder Open(string path, string kind)
    {
        var full = System.IO.Path.GetFullPath(path);
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(full);
            held = Lock(full);
            Check(full, kind);
            return new DataFolder(full, held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && e is not DataFolderException)
        {
            held?.Dispose();
            throw new DataFolderException($"The data folder '{full}' cannot be used: {e.Message} Choose another with --data, or mend its permissions or disk.", e);
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    /// <summary>A path inside.</summary>
    public string At(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(System.IO.Path.Combine(folder, ".lock")) && e is not PathTooLongException)
        {
            throw new DataFolderException($"The data folder '{folder}' is in use by another etdb. Stop that one (Ctrl-C), or choose another folder with --data.", e);
        }
    }

    private static void Check(string folder, string kind)
    {
        var path = System.IO.Path.Combine(folder, StampName);
        if (!File.Exists(path))
        {
            if (Directory.EnumerateFileSystemEntries(folder).Any(f => System.IO.Path.GetFileName(f) != ".lock"))
            {
                throw new DataFolderException($"The folder '{folder}' is not empty and not a data folder of etdb. Choose an empty or new one with --data.");
            }

            var temporary = path + ".new";
            File.WriteAllText(temporary, JsonSerializer.Serialize(new Stamp("etdb", kind, Format)));
            File.Move(temporary, path);
            return;
        }

        var stamp = Read(path);
        if (stamp is not { Product: "etdb" } || stamp.Kind != kind)
        {
            throw new DataFolderException($"The folder '{folder}' is a data folder of '{stamp?.Kind ?? "something else"}', not of '{kind}'. Choose another with --data.");
        }

        if (stamp.Format != Format)
        {
            throw new DataFolderException($"The data folder '{folder}' has layout {stamp.Format}, this version of etdb reads layout {Format}. Run the etdb that made it, or choose another folder with --data.");
        }
    }

    private static Stamp? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Stamp>(File.ReadAllText(path));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Stamp(string Product, string Kind, int Format);
}

/// <summary>A data folder cannot be used; the message says why and what to do. Nothing in it was changed.</summary>
public sealed class DataFolderException : IOException
{
    public DataFolderException()
    {
    }

    public DataFolderException(string message)
        : base(message)
    {
    }

    public DataFolderException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
