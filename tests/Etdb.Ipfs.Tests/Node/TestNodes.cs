using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Tests.Node;

/// <summary>Embedded nodes in a temporary folder, stopped and deleted at the end of the test.</summary>
public sealed class TestNodes : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-node-").FullName;
    private readonly List<EmbeddedNode> _nodes = [];

    public HttpClient Http { get; } = HttpPool.Create(TimeSpan.FromSeconds(5));

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    public async Task<EmbeddedNode> StartAsync(Func<EmbeddedNodeOptions, EmbeddedNodeOptions>? change = null, string? folder = null)
    {
        var options = new EmbeddedNodeOptions { Folder = folder ?? NewFolder($"node{_nodes.Count}"), SegmentBytes = 4 << 20, StallLimit = TimeSpan.FromSeconds(10) };
        var node = await EmbeddedNode.StartAsync(change?.Invoke(options) ?? options, Token);
        _nodes.Add(node);
        return node;
    }

    public RemoteNode Remote(EmbeddedNode node, string? secret = null) => new(Http, Endpoint(node, secret), new KuboClientOptions { StallLimit = TimeSpan.FromSeconds(10) });

    public static KuboEndpoint Endpoint(EmbeddedNode node, string? secret = null) => new(node.ApiUri, node.GatewayUri, secret);

    /// <summary>Adds a file of <paramref name="bytes"/> random bytes in small blocks and returns its root.</summary>
    public static async Task<Cid> AddAsync(EmbeddedNode node, int bytes, int seed = 1, bool rawLeaves = true, int chunk = 16 << 10)
    {
        var options = new ImportOptions { Profile = ImportProfile.V0Of2015 with { CidVersion = rawLeaves ? 1 : 0, RawLeaves = rawLeaves, ChunkBytes = chunk, FileLinks = 8 } };
        using var stream = new MemoryStream(Bytes(bytes, seed));
        return (await node.AddStreamAsync(stream, options, pin: true, Token)).Cid;
    }

    public static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        Http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
