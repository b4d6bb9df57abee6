using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.Verify;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Nodes;

/// <summary>
/// kill -9 of a real node process in the middle of each kind of work, then a restart on the same folder: what was acknowledged is there and whole, what was
/// not is not pinned, and a scrub of the whole store finds nothing torn.
/// </summary>
public sealed class KilledNodeTests : IDisposable
{
    private const string Query = "cid-version=1&raw-leaves=true&chunker=size-16384";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-killed-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public async Task In_adding(int acknowledged)
    {
        var folder = await InitAsync("adding");
        var done = new List<Cid>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (var node = await NodeProcess.RunAsync(folder))
        {
            var adding = Enumerable.Range(0, 4).Select(worker => AddManyAsync(node, worker, done, acknowledged, enough)).ToArray();
            await enough.Task.WaitAsync(Limit, Token);
            await node.KillAsync(); // the other workers are in the middle of theirs
            await Task.WhenAll(adding);
        }

        Assert.True(done.Count >= acknowledged);
        await AllThereAsync(folder, done, exactly: false);
    }

    [Fact]
    public async Task In_pinning_and_fetching()
    {
        await using var holder = await EmbeddedNode.StartAsync(new EmbeddedNodeOptions { Folder = Path.Combine(_folder, "holder") }, Token);
        var roots = new List<Cid>();
        using var http = Ipfs.Fetch.HttpPool.Create(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 6; i++)
        {
            roots.Add((await holder.AddStreamAsync(
                new MemoryStream(Bytes(3_000_000, i)),
                new Ipfs.Import.ImportOptions { Profile = Ipfs.UnixFs.ImportProfile.V0Of2015 with { CidVersion = 1, RawLeaves = true, ChunkBytes = 16384 } },
                pin: true,
                Token)).Cid);
        }

        var folder = await InitAsync("fetching");
        var from = new[] { new KuboEndpoint(holder.ApiUri, holder.GatewayUri, null) };
        var pinned = new List<Cid>();
        await using (var node = await NodeProcess.RunAsync(folder))
        {
            Assert.Equal(KuboOutcome.Done, (await node.Remote.PinAsync(roots[0], from, 0, null, Token)).Outcome);
            pinned.Add(roots[0]);
            var others = roots.Skip(1).Select(root => PinAsync(node, root, from)).ToArray();
            pinned.Add(await await Task.WhenAny(others) ?? roots[0]);
            await node.KillAsync();
            pinned.AddRange((await Task.WhenAll(others)).OfType<Cid>());
        }

        await AllThereAsync(folder, pinned, exactly: false);

        // What was cut off goes on and ends well.
        await using var again = await NodeProcess.RunAsync(folder);
        foreach (var root in roots)
        {
            Assert.Equal(KuboOutcome.Done, (await again.Remote.PinAsync(root, from, 0, null, Token)).Outcome);
            Assert.Equal(ReplicaFinding.Complete, (await again.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
        }
    }

    [Fact]
    public async Task In_collecting_garbage()
    {
        var folder = await InitAsync("collecting");
        var kept = new List<Cid>();
        await using (var node = await NodeProcess.RunAsync(folder))
        {
            for (var i = 0; i < 10; i++)
            {
                var root = await node.AddAsync(Bytes(1_000_000, i), Query, Token);
                if (i % 2 == 0)
                {
                    kept.Add(root);
                }
                else
                {
                    Assert.True((await node.Remote.UnpinAsync(root, Token)).Done);
                }
            }

            var collecting = node.Remote.Client.CollectGarbageAsync(Token);
            while (await BlocksAsync(node) is var blocks and > 400 && !collecting.IsCompleted)
            {
                Assert.True(blocks > 0);
            }

            await node.KillAsync();
            await collecting; // ends in a value whatever came of it
        }

        await AllThereAsync(folder, kept, exactly: true);
        await using var again = await NodeProcess.RunAsync(folder);
        Assert.True((await again.Remote.Client.CollectGarbageAsync(Token)).Done);
        foreach (var root in kept)
        {
            Assert.Equal(ReplicaFinding.Complete, (await again.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
        }
    }

    [Fact]
    public async Task In_adding_again_and_again()
    {
        // The same store is killed several times: what one recovery wrote must be whole for the next.
        var folder = await InitAsync("again");
        var done = new List<Cid>();
        string? repository = null;
        for (var life = 0; life < 4; life++)
        {
            await using var node = await NodeProcess.RunAsync(folder);
            repository ??= node.RepositoryId;
            Assert.Equal(repository, node.RepositoryId);
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var adding = Enumerable.Range(0, 3).Select(worker => AddManyAsync(node, 100 + (life * 10) + worker, done, done.Count + 4, enough)).ToArray();
            await enough.Task.WaitAsync(Limit, Token);
            await node.KillAsync();
            await Task.WhenAll(adding);
        }

        await AllThereAsync(folder, done, exactly: false);
    }

    private async Task<string> InitAsync(string name)
    {
        var folder = Path.Combine(_folder, name);
        await NodeProcess.InitAsync(folder);
        return folder;
    }

    /// <summary>After a restart: every acknowledged root is pinned and whole; with <paramref name="exactly"/> nothing else is pinned. Then the store alone is hashed.</summary>
    private static async Task AllThereAsync(string folder, List<Cid> acknowledged, bool exactly)
    {
        await using (var node = await NodeProcess.RunAsync(folder))
        {
            var pins = (await node.Remote.ListPinsAsync(Token).ToListAsync(Token)).Select(static cid => cid.Hash).ToHashSet();
            Assert.All(acknowledged, cid => Assert.Contains(cid.Hash, pins));
            if (exactly)
            {
                Assert.Equal(acknowledged.Count, pins.Count);
            }

            // A pin that was recorded and whose answer did not arrive counts too: it must be whole.
            foreach (var root in await node.Remote.ListPinsAsync(Token).ToListAsync(Token))
            {
                var report = await node.Remote.VerifyAsync(root, new ReplicaCheckOptions(), Token);
                Assert.True(report.Finding == ReplicaFinding.Complete, $"{root}: {report.Finding} {report.Detail}");
            }

            Assert.Equal(0, await node.StopAsync());
        }

        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, "node", "verify", "--data", folder, "--json");
        Assert.True(code == 0, output + errors);
    }

    private static async Task AddManyAsync(NodeProcess node, int worker, List<Cid> done, int wanted, TaskCompletionSource enough)
    {
        try
        {
            for (var i = 0; i < 1000; i++)
            {
                var root = await node.AddAsync(Bytes(400_000, (worker * 1000) + i), Query, Token);
                lock (done)
                {
                    done.Add(root);
                    if (done.Count >= wanted)
                    {
                        enough.TrySetResult();
                    }
                }
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            // Killed: this one was not acknowledged.
        }
        catch (Exception error)
        {
            enough.TrySetException(error);
        }
    }

    private static async Task<Cid?> PinAsync(NodeProcess node, Cid root, KuboEndpoint[] from) =>
        (await node.Remote.PinAsync(root, from, 0, null, Token)).Outcome == KuboOutcome.Done ? root : null;

    private static async Task<long> BlocksAsync(NodeProcess node)
    {
        using var answer = await node.Http.PostAsync(new Uri(node.Endpoint.Api, "/api/v0/repo/stat"), null, Token);
        using var json = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
        return json.RootElement.GetProperty("NumObjects").GetInt64();
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
