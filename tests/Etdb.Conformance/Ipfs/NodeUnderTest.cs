using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Node;
using Xunit.Sdk;

namespace Etdb.Conformance.Ipfs;

/// <summary>One running node of some software, and how its disk is broken behind its back.</summary>
public abstract class NodeUnderTest : IAsyncDisposable
{
    protected NodeUnderTest(KuboEndpoint endpoint)
    {
        Http = HttpPool.Create(TimeSpan.FromSeconds(10));
        Endpoint = endpoint;
        Remote = new RemoteNode(Http, endpoint, new KuboClientOptions { StallLimit = TimeSpan.FromSeconds(30), PinStallLimit = TimeSpan.FromSeconds(60) });
    }

    public HttpClient Http { get; }

    public KuboEndpoint Endpoint { get; }

    public RemoteNode Remote { get; }

    /// <summary>Starts a node of the software with an empty repository, or skips the test when the software is not to be had here.</summary>
    public static async Task<NodeUnderTest> StartAsync(string software, string folder, CancellationToken cancellationToken) => software switch
    {
        "etdb" => new Embedded(await EmbeddedNode.StartAsync(new EmbeddedNodeOptions { Folder = folder }, cancellationToken)),
        "kubo" => new Kubo(await KuboNode.StartAsync(folder, cancellationToken)),
        "js-ipfs" => new Js(await JsIpfsNode.StartAsync(folder, cancellationToken)),
        _ => throw new ArgumentOutOfRangeException(nameof(software), software, "no such software"),
    };

    /// <summary>Takes a block off the disk.</summary>
    public abstract void Lose(Cid cid);

    /// <summary>Changes a byte of a block on the disk.</summary>
    public abstract void Rot(Cid cid);

    public virtual ValueTask DisposeAsync()
    {
        Http.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private sealed class Embedded(EmbeddedNode node) : NodeUnderTest(new KuboEndpoint(node.ApiUri, node.GatewayUri, null))
    {
        public override void Lose(Cid cid) => Assert.True(node.Faults.LoseBlock(cid));

        public override void Rot(Cid cid) => Assert.True(node.Faults.CorruptBlock(cid));

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await node.DisposeAsync();
        }
    }

    /// <summary>Kubo's flatfs keeps one file a block: <c>blocks/YY/KEY.data</c>, with the base32 of the multihash as the key.</summary>
    private sealed class Kubo(KuboNode node) : NodeUnderTest(new KuboEndpoint(node.Api, null, null))
    {
        public override void Lose(Cid cid) => File.Delete(FileOf(node.Repository, cid));

        public override void Rot(Cid cid) => Flip(FileOf(node.Repository, cid));

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await node.DisposeAsync();
        }
    }

    /// <summary>js-ipfs keeps one file a block: <c>blocks/XX/KEY.data</c>, with the base32 of the multihash as the key.</summary>
    private sealed class Js(JsIpfsNode node) : NodeUnderTest(new KuboEndpoint(node.Api, null, null))
    {
        public override void Lose(Cid cid) => File.Delete(FileOf(node.Repository, cid));

        public override void Rot(Cid cid) => Flip(FileOf(node.Repository, cid));

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await node.DisposeAsync();
        }
    }

    private static string FileOf(string repository, Cid cid)
    {
        var key = Multibase.Encode(MultibaseEncoding.Base32, cid.Hash.Bytes)[1..].ToUpperInvariant();
        return Directory.EnumerateFiles(Path.Combine(repository, "blocks"), key + ".data", SearchOption.AllDirectories).FirstOrDefault()
            ?? throw new XunitException($"the node has no file for {cid} ({key})");
    }

    private static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.SetAttributes(path, FileAttributes.Normal); // flatfs makes its files read-only
        File.WriteAllBytes(path, bytes);
    }
}
