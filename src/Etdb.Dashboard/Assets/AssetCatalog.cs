using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Security.Cryptography;

namespace Etdb.Dashboard.Assets;

/// <summary>The built front-end, held in memory (under 2 MB). Empty when the build left it out.</summary>
internal sealed class AssetCatalog
{
    public const string PagePath = "/index.html";

    private const string ResourcePrefix = "dashboard/";
    private const string HashedFolder = "/assets/";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".woff2"] = "font/woff2",
        [".png"] = "image/png",
        [".json"] = "application/json",
        [".txt"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly FrozenDictionary<string, Asset> _assets;

    private AssetCatalog(FrozenDictionary<string, Asset> assets) => _assets = assets;

    public static AssetCatalog Empty { get; } = new(FrozenDictionary<string, Asset>.Empty);

    /// <summary>False when the front-end was not built into this assembly.</summary>
    public bool IsBuilt => _assets.ContainsKey(PagePath);

    public IEnumerable<string> Paths => _assets.Keys;

    public static AssetCatalog Load(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames())
        {
            if (name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            {
                files["/" + name[ResourcePrefix.Length..]] = Read(assembly, name);
            }
        }

        return From(files);
    }

    /// <summary>Takes the files by path; `x.br` and `x.gz` become encodings of `x`.</summary>
    public static AssetCatalog From(IReadOnlyDictionary<string, byte[]> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var assets = new Dictionary<string, Asset>(StringComparer.Ordinal);
        foreach (var (path, bytes) in files)
        {
            if (ContentTypes.TryGetValue(Path.GetExtension(path), out var contentType))
            {
                assets[path] = new Asset
                {
                    Path = path,
                    ContentType = contentType,
                    Hash = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12)),
                    Immutable = path.StartsWith(HashedFolder, StringComparison.Ordinal),
                    Plain = bytes,
                    Gzip = Encoded(files, path + ".gz"),
                    Brotli = Encoded(files, path + ".br"),
                };
            }
        }

        return new AssetCatalog(assets.ToFrozenDictionary(StringComparer.Ordinal));
    }

    public bool TryGet(string path, [NotNullWhen(true)] out Asset? asset) => _assets.TryGetValue(path, out asset);

    // The cast matters: a null array would become an empty memory, and with it an empty answer.
    private static ReadOnlyMemory<byte>? Encoded(IReadOnlyDictionary<string, byte[]> files, string path)
        => files.TryGetValue(path, out var bytes) ? (ReadOnlyMemory<byte>?)bytes : null;

    private static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The embedded file {name} is listed but cannot be opened.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
