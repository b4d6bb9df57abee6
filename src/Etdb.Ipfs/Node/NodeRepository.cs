using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>
/// What a node keeps on one disk: blocks, pins and a marker with the repository's id. When the marker is gone while the node runs, the disk
/// was emptied or changed: blocks and pins are forgotten and the repository begins anew under a new id, as a fresh disk would.
/// </summary>
public sealed class NodeRepository : IAsyncDisposable
{
    private const string MarkerName = "repository.json";
    private const string KnownSuffix = ".id";

    private readonly Lock _gate = new();
    private readonly string _marker;
    private readonly FileStream _lock;
    private string _id;

    private NodeRepository(string folder, string id, BlockStore blocks, PinStore pins, FileStream locked)
    {
        _lock = locked;
        Folder = folder;
        _marker = Path.Combine(folder, MarkerName);
        _id = id;
        Blocks = blocks;
        Pins = pins;
        blocks.FilesLost += (_, _) => Check();
    }

    /// <summary>Raised after the repository began anew.</summary>
    public event EventHandler? Replaced;

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>The blocks.</summary>
    public BlockStore Blocks { get; }

    /// <summary>The pins.</summary>
    public PinStore Pins { get; }

    /// <summary>Names this content of this disk: 32 hex digits, made anew when the disk was emptied.</summary>
    public string Id
    {
        get
        {
            Check();
            lock (_gate)
            {
                return _id;
            }
        }
    }

    /// <summary>
    /// Opens or makes the repository in <paramref name="folder"/>. Beside the folder the id of its repository is kept: when the folder is empty or holds
    /// another repository, its disk is probably not mounted, and to begin anew over that would hide what is on it.
    /// </summary>
    /// <exception cref="BlockStoreException">It is in use, cannot be read, or is not the repository that was there before (unless <paramref name="acceptOther"/>).</exception>
    public static NodeRepository Open(string folder, BlockStoreOptions options, bool acceptOther = false)
    {
        Directory.CreateDirectory(folder);
        var locked = Lock(folder);
        try
        {
            var marker = Path.Combine(folder, MarkerName);
            var id = File.Exists(marker) ? ReadMarker(marker) : null;
            var known = KnownPath(folder);
            if (!acceptOther && File.Exists(known) && File.ReadAllText(known).Trim() is var before && before != id)
            {
                throw new BlockStoreException(
                    $"{folder} {(id is null ? "is empty" : $"holds repository {id}")}, and this node had repository {before} there: is the disk mounted? "
                    + $"To go on with what is there now, delete {known} or run 'etdb node run --accept-store'.");
            }

            id ??= WriteMarker(marker);
            Remember(known, id);
            return new NodeRepository(folder, id, BlockStore.Open(Path.Combine(folder, "blocks"), options), PinStore.Open(folder), locked);
        }
        catch
        {
            locked.Dispose();
            throw;
        }
    }

    /// <summary>Looks whether the marker is still there; a few microseconds, so it is done at every call that reports on the whole.</summary>
    /// <returns>False when the repository was just begun anew.</returns>
    public bool Check()
    {
        if (File.Exists(_marker))
        {
            return true;
        }

        lock (_gate)
        {
            if (File.Exists(_marker))
            {
                return true;
            }

            Directory.CreateDirectory(Folder);
            Pins.Reset();
            Blocks.DropLostSegments();
            _id = WriteMarker(_marker);
            Remember(KnownPath(Folder), _id);
        }

        Replaced?.Invoke(this, EventArgs.Empty);
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Blocks.DisposeAsync().ConfigureAwait(false);
        Pins.Dispose();
        await _lock.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One process at a time. The lock lies beside the folder, so that emptying the folder does not lift it.</summary>
    private static FileStream Lock(string folder)
    {
        var path = folder.TrimEnd(Path.DirectorySeparatorChar) + ".lock";
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new BlockStoreException($"{folder} is in use by another process (it holds {path})", error);
        }
    }

    private static string KnownPath(string folder) => folder.TrimEnd(Path.DirectorySeparatorChar) + KnownSuffix;

    private static void Remember(string path, string id)
    {
        if (!File.Exists(path) || File.ReadAllText(path).Trim() != id)
        {
            DurableFile.Replace(path, Encoding.UTF8.GetBytes(id + "\n"));
        }
    }

    private static string ReadMarker(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.GetProperty("id").GetString() ?? throw new BlockStoreException($"{path} names no id");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BlockStoreException($"{path} is not a repository's marker: {error.Message}", error);
        }
    }

    private static string WriteMarker(string path)
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        DurableFile.Replace(path, Encoding.UTF8.GetBytes($"{{\"format\":1,\"id\":\"{id}\"}}\n"));
        return id;
    }
}
