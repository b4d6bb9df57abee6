using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>
/// <c>node.json</c> in a node's folder: how it runs. Only its owner may read it, since secrets are in it. Reading gathers every mistake into one message
/// that names the keys.
/// </summary>
public sealed record NodeConfigFile
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "node.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>Address and port of the RPC.</summary>
    public string Api { get; init; } = "127.0.0.1:5001";

    /// <summary>Address and port of the gateway.</summary>
    public string Gateway { get; init; } = "127.0.0.1:8080";

    /// <summary>Most bytes of blocks; 0 means what the disk has.</summary>
    public long CapacityBytes { get; init; }

    /// <summary>Free bytes of the disk that are never used.</summary>
    public long ReserveBytes { get; init; } = 1L << 30;

    /// <summary>Bytes a second that the scrub in the background reads; 0 runs none. 4 MB/s read 33 TB in 90 days.</summary>
    public long ScrubBytesPerSecond { get; init; } = 4_000_000;

    /// <summary>Gateways of other nodes to ask for blocks.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>Secrets and what they open.</summary>
    public IReadOnlyList<NodeConfigAuthorization> Authorizations { get; init; } = [];

    /// <summary>Reads the file in <paramref name="folder"/>.</summary>
    /// <exception cref="FormatException">It is absent or wrong; the message names every key that is.</exception>
    public static EmbeddedNodeOptions Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new FormatException($"{path} is not there: make the node first with 'etdb node init --data {folder}'");
        }

        try
        {
            var file = JsonSerializer.Deserialize<NodeConfigFile>(File.ReadAllBytes(path), Json) ?? throw new FormatException($"{path} is empty");
            return file.ToOptions(folder, path);
        }
        catch (JsonException error)
        {
            throw new FormatException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>Writes a new file; an existing one is left alone.</summary>
    /// <exception cref="FormatException">There is one already, or the settings are wrong.</exception>
    public EmbeddedNodeOptions Create(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (File.Exists(path))
        {
            throw new FormatException($"{path} is there already: change it by hand, or choose another folder");
        }

        var options = ToOptions(folder, path);
        Directory.CreateDirectory(folder);
        DurableFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this, Json), secret: true);
        return options;
    }

    private EmbeddedNodeOptions ToOptions(string folder, string path)
    {
        var problems = new List<string>();
        var api = Endpoint(Api, "api", problems);
        var gateway = Endpoint(Gateway, "gateway", problems);
        var peers = new List<Uri>();
        foreach (var peer in Peers)
        {
            if (PeerAddress.TryParse(peer, out var uri))
            {
                peers.Add(uri);
            }
            else
            {
                problems.Add($"peers: '{peer}' is no gateway address, e.g. http://10.0.0.5:8080");
            }
        }

        problems.AddRange(new (string Key, long Value)[] { ("capacityBytes", CapacityBytes), ("reserveBytes", ReserveBytes), ("scrubBytesPerSecond", ScrubBytesPerSecond) }
            .Where(static size => size.Value < 0).Select(static size => $"{size.Key} is {size.Value}, must not be negative"));
        if (!IPAddress.IsLoopback(api.Address) && Authorizations.Count == 0)
        {
            problems.Add($"api is {Api}, which others can reach, and authorizations is empty: add at least one secret or listen on 127.0.0.1");
        }

        if (problems.Count > 0)
        {
            throw new FormatException($"{path}: {string.Join("; ", problems)}");
        }

        return new EmbeddedNodeOptions
        {
            Folder = folder,
            ApiAddress = api.Address,
            ApiPort = api.Port,
            GatewayAddress = gateway.Address,
            GatewayPort = gateway.Port,
            CapacityBytes = CapacityBytes,
            ReserveBytes = ReserveBytes,
            ScrubBytesPerSecond = ScrubBytesPerSecond,
            Peers = peers,
            Authorizations = [.. Authorizations.Select(static a => new RpcAuthorization(a.Name, a.Secret, a.AllowedPaths))],
        };
    }

    private static IPEndPoint Endpoint(string text, string key, List<string> problems)
    {
        if (IPEndPoint.TryParse(text, out var endpoint) && text.Contains(':', StringComparison.Ordinal))
        {
            return endpoint;
        }

        problems.Add($"{key} is '{text}', expected ADDRESS:PORT such as 127.0.0.1:5001");
        return new IPEndPoint(IPAddress.Loopback, 0);
    }
}

/// <summary>One secret in <c>node.json</c>.</summary>
public sealed record NodeConfigAuthorization
{
    /// <summary>Names the caller.</summary>
    public required string Name { get; init; }

    /// <summary><c>bearer:TOKEN</c> or <c>basic:USER:PASSWORD</c>.</summary>
    public required string Secret { get; init; }

    /// <summary>Path prefixes it opens.</summary>
    public required IReadOnlyList<string> AllowedPaths { get; init; }

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"{Name}: {string.Join(", ", AllowedPaths)}";
}
