using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Verify;

namespace Etdb.Ipfs.Tests.Node;

/// <summary>The story of the whole: add, replicate, break, notice, heal, over real HTTP between nodes in this process.</summary>
public sealed class ReplicationTests
{
    private static readonly ReplicaCheckOptions Full = new();

    [Fact]
    public async Task A_pin_brings_every_block_from_another_nodes_gateway()
    {
        await using var nodes = new TestNodes();
        var (a, b) = (await nodes.StartAsync(), await nodes.StartAsync());
        var root = await TestNodes.AddAsync(a, 1_000_000);

        var result = await nodes.Remote(b).PinAsync(root, [TestNodes.Endpoint(a)], 1_000_000, null, TestNodes.Token);

        Assert.Equal(KuboOutcome.Done, result.Outcome);
        Assert.Equal(TransferRoute.Gateway, result.Route);
        Assert.True(result.BytesMoved > 1_000_000);
        var report = await nodes.Remote(b).VerifyAsync(root, Full, TestNodes.Token);
        Assert.Equal(ReplicaFinding.Complete, report.Finding);
        Assert.True(report.Full);
        Assert.Equal(result.BlocksMoved, report.BlocksChecked);
        Assert.Equal([root], await nodes.Remote(b).ListPinsAsync(TestNodes.Token).ToListAsync(TestNodes.Token));
    }

    [Fact]
    public async Task Bits_flipped_on_a_running_nodes_disk_are_named_and_healed()
    {
        await using var nodes = new TestNodes();
        var (a, b) = (await nodes.StartAsync(), await nodes.StartAsync());
        var root = await TestNodes.AddAsync(a, 500_000);
        await nodes.Remote(b).PinAsync(root, [TestNodes.Endpoint(a)], 0, null, TestNodes.Token);
        var broken = await b.Faults.CorruptBlocksAsync(3, seed: 7, root, TestNodes.Token);
        Assert.Equal(3, broken.Count);

        var report = await nodes.Remote(b).VerifyAsync(root, Full, TestNodes.Token);
        Assert.Equal(ReplicaFinding.Corrupt, report.Finding);
        Assert.All(report.Corrupt, cid => Assert.Contains(cid, broken));
        Assert.NotEmpty(report.Corrupt);

        while (report.Finding == ReplicaFinding.Corrupt)
        {
            var heal = await nodes.Remote(b).HealAsync(report.Corrupt, [TestNodes.Endpoint(a)], TestNodes.Token);
            Assert.Equal(KuboOutcome.Done, heal.Outcome);
            Assert.True(heal.Healed.Count >= report.Corrupt.Count);
            report = await nodes.Remote(b).VerifyAsync(root, Full, TestNodes.Token);
        }

        Assert.Equal(ReplicaFinding.Complete, report.Finding);
    }

    [Fact]
    public async Task A_wiped_disk_shows_as_a_new_repository_without_pins_and_blocks()
    {
        await using var nodes = new TestNodes();
        var (a, b) = (await nodes.StartAsync(), await nodes.StartAsync());
        var root = await TestNodes.AddAsync(a, 300_000);
        var before = await nodes.Remote(a).ProbeAsync(TestNodes.Token);
        await nodes.Remote(b).PinAsync(root, [TestNodes.Endpoint(a)], 0, null, TestNodes.Token);

        Assert.True(a.Faults.WipeStore() > 300_000);

        var after = await nodes.Remote(a).ProbeAsync(TestNodes.Token);
        Assert.True(after.Reachable);
        Assert.NotEqual(before.RepositoryId, after.RepositoryId);
        Assert.Equal(0, after.UsedBytes);
        Assert.Empty(await nodes.Remote(a).ListPinsAsync(TestNodes.Token).ToListAsync(TestNodes.Token));
        var report = await nodes.Remote(a).VerifyAsync(root, Full, TestNodes.Token);
        Assert.Equal(ReplicaFinding.Missing, report.Finding);
        Assert.Equal([root], report.Missing);

        // The node lives on with its new disk.
        var again = await nodes.Remote(a).PinAsync(root, [TestNodes.Endpoint(b)], 0, null, TestNodes.Token);
        Assert.Equal(KuboOutcome.Done, again.Outcome);
        Assert.Equal(ReplicaFinding.Complete, (await nodes.Remote(a).VerifyAsync(root, Full, TestNodes.Token)).Finding);
    }

    [Fact]
    public async Task A_wiped_disk_is_noticed_by_a_read_even_when_nothing_else_was_asked()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync();
        var root = await TestNodes.AddAsync(a, 300_000);
        a.Faults.WipeStore();
        Assert.Equal(ReplicaFinding.Missing, (await nodes.Remote(a).VerifyAsync(root, Full, TestNodes.Token)).Finding);
        Assert.Equal(0, a.Repository.Pins.Count);
    }

    [Fact]
    public async Task A_lost_leaf_is_named_though_the_pin_still_stands()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync();
        var root = await TestNodes.AddAsync(a, 200_000);
        var leaf = (await a.Faults.CorruptBlocksAsync(0, 0, root, TestNodes.Token), a.Repository.Blocks.Keys()[0]).Item2;
        var lost = Etdb.Ipfs.Node.Store.BlockKeys.ToRawCid(leaf);
        Assert.True(a.Faults.LoseBlock(lost));

        var report = await nodes.Remote(a).VerifyAsync(root, Full, TestNodes.Token);
        Assert.Equal(ReplicaFinding.Missing, report.Finding);
        Assert.Equal(lost.Hash, Assert.Single(report.Missing).Hash);
        Assert.True((await nodes.Remote(a).Client.IsPinnedAsync(root, TestNodes.Token)).Value);
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_unknown_and_not_missing()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync();
        var root = await TestNodes.AddAsync(a, 1000);
        var remote = nodes.Remote(a);
        await a.DisposeAsync();
        Assert.False((await remote.ProbeAsync(TestNodes.Token)).Reachable);
        Assert.Equal(ReplicaFinding.Unknown, (await remote.VerifyAsync(root, Full, TestNodes.Token)).Finding);
        await Assert.ThrowsAsync<KuboException>(async () => await remote.ListPinsAsync(TestNodes.Token).ToListAsync(TestNodes.Token));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_restart()
    {
        await using var nodes = new TestNodes();
        var folder = nodes.NewFolder("one");
        var a = await nodes.StartAsync(folder: folder);
        var root = await TestNodes.AddAsync(a, 800_000);
        var (peer, repository) = (a.Identity.PeerId, a.Repository.Id);
        await a.DisposeAsync();

        var again = await nodes.StartAsync(folder: folder);
        Assert.Equal(peer, again.Identity.PeerId);
        Assert.Equal(repository, again.Repository.Id);
        Assert.Equal(ReplicaFinding.Complete, (await nodes.Remote(again).VerifyAsync(root, Full, TestNodes.Token)).Finding);
        Assert.NotNull(again.Repository.Pins.Find(root));
    }
}
