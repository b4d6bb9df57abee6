using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Verify;

namespace Etdb.Ipfs.Tests.Node.Rpc;

/// <summary>Garbage collection by RPC in the middle of everything else.</summary>
public sealed class RpcCollectTests
{
    [Fact]
    public async Task Collecting_while_adding_and_pinning_takes_nothing_that_is_or_becomes_pinned()
    {
        const int rounds = 12;
        await using var nodes = new TestNodes();
        var (holder, node) = (await nodes.StartAsync(), await nodes.StartAsync());
        var remote = nodes.Remote(node);
        var kept = new List<Cid>();
        using var stop = new CancellationTokenSource();

        async Task CollectAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal(KuboOutcome.Done, (await remote.Client.CollectGarbageAsync(TestNodes.Token)).Outcome);
            }
        }

        var collecting = CollectAsync();
        for (var round = 0; round < rounds; round++)
        {
            var (status, body) = await RpcText.AddAsync(nodes.Http, node, "a.bin", TestNodes.Bytes(200_000, round), "cid-version=1&raw-leaves=true&chunker=size-8192");
            Assert.True(status == 200, body);
            kept.Add(Cid.Parse(System.Text.Json.JsonDocument.Parse(body.Trim().Split('\n')[^1]).RootElement.GetProperty("Hash").GetString()!));
            var other = await TestNodes.AddAsync(holder, 200_000, seed: 1000 + round, chunk: 8192);
            Assert.Equal(KuboOutcome.Done, (await remote.PinAsync(other, [TestNodes.Endpoint(holder)], 0, null, TestNodes.Token)).Outcome);
            kept.Add(other);

            // Unpinned and pinned again: its old blocks are here and may be swept at any moment, or not.
            Assert.True((await remote.UnpinAsync(other, TestNodes.Token)).Done);
            Assert.Equal(KuboOutcome.Done, (await remote.PinAsync(other, [TestNodes.Endpoint(holder)], 0, null, TestNodes.Token)).Outcome);
        }

        await stop.CancelAsync();
        await collecting;
        foreach (var root in kept)
        {
            var report = await remote.VerifyAsync(root, new ReplicaCheckOptions(), TestNodes.Token);
            Assert.True(report.Finding == ReplicaFinding.Complete, $"{root}: {report.Finding} {report.Detail}");
        }

        Assert.Equal(kept.Count, (await remote.ListPinsAsync(TestNodes.Token).ToListAsync(TestNodes.Token)).Count);
    }

    [Fact]
    public async Task Nothing_is_removed_while_a_pin_cannot_be_walked()
    {
        await using var nodes = new TestNodes();
        var node = await nodes.StartAsync();
        var pinned = await TestNodes.AddAsync(node, 300_000);
        var garbage = await TestNodes.AddAsync(node, 300_000, seed: 2);
        Assert.True(node.Repository.Pins.Remove(garbage));
        Assert.True(node.Faults.LoseBlock(pinned));
        var before = node.Repository.Blocks.Stat().Blocks;
        var (status, body) = await RpcText.CallAsync(nodes.Http, node, "repo/gc");
        Assert.Equal(500, status);
        Assert.Contains("nothing was removed", body, StringComparison.Ordinal);
        Assert.Equal(before, node.Repository.Blocks.Stat().Blocks);
    }
}
