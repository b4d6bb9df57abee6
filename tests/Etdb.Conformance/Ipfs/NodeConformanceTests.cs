using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.UnixFs;
using Etdb.Ipfs.Verify;

namespace Etdb.Conformance.Ipfs;

/// <summary>One suite for every node software: what the cluster relies on is the same on each.</summary>
public sealed class NodeConformanceTests : IDisposable
{
    private int _started;
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-conformance-").FullName;

    public static TheoryData<string> Software => ["etdb", "js-ipfs", "kubo"];

    /// <summary>Receiver and source.</summary>
    public static TheoryData<string, string, TransferRoute> Pairs => new()
    {
        { "etdb", "etdb", TransferRoute.Gateway },
        { "js-ipfs", "js-ipfs", TransferRoute.Peer },
        { "etdb", "js-ipfs", TransferRoute.Relay },
        { "js-ipfs", "etdb", TransferRoute.Relay },
        { "kubo", "etdb", TransferRoute.Relay },
        { "etdb", "kubo", TransferRoute.Relay },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Software))]
    public async Task Adding_gives_the_same_cids_as_the_library(string software)
    {
        await using var node = await StartAsync(software);
        foreach (var (query, profile) in new[]
        {
            ("cid-version=0", ImportProfile.V0Of2015),
            ("cid-version=1&raw-leaves=true", ImportProfile.V0Of2015 with { CidVersion = 1, RawLeaves = true }),
            ("cid-version=1&raw-leaves=true&chunker=size-1024", ImportProfile.V0Of2015 with { CidVersion = 1, RawLeaves = true, ChunkBytes = 1024 }),
        })
        {
            foreach (var length in new[] { 0, 1, 1024, 300_000 })
            {
                var data = Bytes(length, length);
                using var stream = new MemoryStream(data);
                var expected = (await new UnixFsImporter(new ImportOptions { Profile = profile }, null).ImportStreamAsync(stream, Token)).Cid;
                Assert.Equal(expected.Hash, (await AddAsync(node, data, query)).Hash);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Software))]
    public async Task A_pin_is_listed_and_removed_and_not_pinned_is_told(string software)
    {
        await using var node = await StartAsync(software);
        var root = await AddAsync(node, Bytes(5000, 1), "cid-version=1&raw-leaves=true&pin=false");
        Assert.False((await node.Remote.Client.IsPinnedAsync(root, Token)).Value);

        Assert.Equal(KuboOutcome.Done, (await node.Remote.PinAsync(root, [], 0, null, Token)).Outcome);

        Assert.True((await node.Remote.Client.IsPinnedAsync(root, Token)).Value);
        Assert.Contains(root.Hash, (await node.Remote.ListPinsAsync(Token).ToListAsync(Token)).Select(static cid => cid.Hash));
        Assert.True((await node.Remote.UnpinAsync(root, Token)).Done);
        Assert.True((await node.Remote.UnpinAsync(root, Token)).Done);
        Assert.False((await node.Remote.Client.IsPinnedAsync(root, Token)).Value);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Content_comes_from_one_node_to_another(string receiver, string source, TransferRoute route)
    {
        await using var from = await StartAsync(source);
        await using var to = await StartAsync(receiver);
        var root = await AddAsync(from, Bytes(600_000, 2), "cid-version=1&raw-leaves=true");

        var result = await to.Remote.PinAsync(root, [from.Endpoint], 600_000, null, Token);

        Assert.True(result.Outcome == KuboOutcome.Done, result.Detail);
        Assert.Equal(route, result.Route);
        var report = await to.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token);
        Assert.True(report.Finding == ReplicaFinding.Complete, report.Detail);
        Assert.True(report.Full);
    }

    [Theory]
    [MemberData(nameof(Software))]
    public async Task A_lost_leaf_is_found_though_the_pin_stands_and_is_healed(string software)
    {
        await using var good = await StartAsync("etdb");
        await using var node = await StartAsync(software);
        var data = Bytes(900_000, 3);
        var root = await AddAsync(node, data, "cid-version=1&raw-leaves=true");
        Assert.Equal(root, await AddAsync(good, data, "cid-version=1&raw-leaves=true"));
        var leaf = Cid.Of(data.AsSpan(0, 256 << 10), Multicodec.Raw, 1);
        node.Lose(leaf);

        Assert.True((await node.Remote.Client.IsPinnedAsync(root, Token)).Value);
        var report = await node.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token);
        Assert.Equal(ReplicaFinding.Missing, report.Finding);
        Assert.Equal([leaf], report.Missing);

        var heal = await node.Remote.HealAsync(report.Missing, [good.Endpoint], Token);
        Assert.True(heal.Outcome == KuboOutcome.Done, heal.Detail);
        Assert.Single(heal.Healed);
        Assert.Equal(ReplicaFinding.Complete, (await node.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
    }

    [Theory]
    [MemberData(nameof(Software))]
    public async Task A_rotten_leaf_is_found_and_healed_and_the_pin_stands(string software)
    {
        await using var good = await StartAsync("etdb");
        await using var node = await StartAsync(software);
        var data = Bytes(900_000, 4);
        var root = await AddAsync(node, data, "cid-version=1&raw-leaves=true");
        await AddAsync(good, data, "cid-version=1&raw-leaves=true");
        var leaf = Cid.Of(data.AsSpan(256 << 10, 256 << 10), Multicodec.Raw, 1);
        node.Rot(leaf);

        var report = await node.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token);
        Assert.Equal(ReplicaFinding.Corrupt, report.Finding);
        Assert.Equal([leaf], report.Corrupt);

        var heal = await node.Remote.HealAsync(report.Corrupt, [good.Endpoint], Token);
        Assert.True(heal.Outcome == KuboOutcome.Done, heal.Detail);
        Assert.Single(heal.Healed);
        Assert.Equal(ReplicaFinding.Complete, (await node.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
        Assert.True((await node.Remote.Client.IsPinnedAsync(root, Token)).Value);
    }

    [Theory]
    [MemberData(nameof(Software))]
    public async Task A_rotten_root_is_found_and_healed_or_said_to_stay(string software)
    {
        await using var good = await StartAsync("etdb");
        await using var node = await StartAsync(software);
        var data = Bytes(900_000, 6);
        var root = await AddAsync(node, data, "cid-version=1&raw-leaves=true");
        await AddAsync(good, data, "cid-version=1&raw-leaves=true");
        node.Rot(root);
        Assert.Equal(ReplicaFinding.Corrupt, (await node.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);

        var heal = await node.Remote.HealAsync([root], [good.Endpoint], Token);
        if (software == "js-ipfs")
        {
            // It takes block/put for done, keeps what it has, and gives up no pinned root: we read back, and do not call that healed.
            Assert.Equal(KuboOutcome.Corrupt, heal.Outcome);
            Assert.Empty(heal.Healed);
            Assert.Equal(ReplicaFinding.Corrupt, (await node.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
            return;
        }

        Assert.True(heal.Outcome == KuboOutcome.Done, heal.Detail);
        Assert.Equal(ReplicaFinding.Complete, (await node.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
    }

    [Theory]
    [InlineData("etdb", "js-ipfs")]
    [InlineData("js-ipfs", "etdb")]
    [InlineData("kubo", "etdb")]
    [InlineData("etdb", "kubo")]
    public async Task A_car_goes_from_one_node_to_the_other(string from, string to)
    {
        await using var source = await StartAsync(from);
        await using var target = await StartAsync(to);
        var root = await AddAsync(source, Bytes(400_000, 5), "cid-version=1&raw-leaves=true");
        using var export = await source.Http.PostAsync(new Uri(source.Endpoint.Api, $"/api/v0/dag/export?arg={root}"), null, Token);
        export.EnsureSuccessStatusCode();
        using var content = new MultipartFormDataContent { { Part(await export.Content.ReadAsByteArrayAsync(Token)), "file", "x.car" } };
        using var import = await target.Http.PostAsync(new Uri(target.Endpoint.Api, "/api/v0/dag/import?pin-roots=true"), content, Token);
        import.EnsureSuccessStatusCode();
        await import.Content.ReadAsStringAsync(Token);

        Assert.True((await target.Remote.Client.IsPinnedAsync(root, Token)).Value);
        Assert.Equal(ReplicaFinding.Complete, (await target.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>js-ipfs refuses a part without a content type.</summary>
    private static ByteArrayContent Part(byte[] data) => new(data) { Headers = { ContentType = new("application/octet-stream") } };

    private static async Task<Cid> AddAsync(NodeUnderTest node, byte[] data, string query)
    {
        using var content = new MultipartFormDataContent { { Part(data), "file", "file.bin" } };
        using var answer = await node.Http.PostAsync(new Uri(node.Endpoint.Api, $"/api/v0/add?progress=false&{query}"), content, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = System.Text.Json.JsonDocument.Parse(text.Trim().Split('\n')[^1]);
        return Cid.Parse(json.RootElement.GetProperty("Hash").GetString()!);
    }

    private Task<NodeUnderTest> StartAsync(string software) => NodeUnderTest.StartAsync(software, Path.Combine(_folder, $"{software}-{_started++}"), Token);
}
