using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;
using Etdb.Ipfs.Verify;

namespace Etdb.Ipfs.Tests.Node;

/// <summary>A disk that is really full: said clearly, nothing half done, everything acknowledged still there, and on it goes when there is room again.</summary>
public sealed class FullDiskTests
{
    private const int Mebibyte = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_that_does_not_fit_is_refused_and_collected_and_the_next_one_fits()
    {
        using var disk = SmallDisk.Mount(24);
        await using var nodes = new TestNodes();
        var node = await nodes.StartAsync(static options => options with { ReserveBytes = Mebibyte }, disk.Folder);
        var kept = await TestNodes.AddAsync(node, 8 * Mebibyte, seed: 1);

        var (status, body) = await RpcText.AddAsync(nodes.Http, node, "too-large.bin", TestNodes.Bytes(30 * Mebibyte, 2), "cid-version=1");
        Assert.Equal(500, status);
        Assert.Contains("no space left on device", body, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, node.Repository.Pins.Count);
        Assert.True(new DriveInfo(disk.Folder).AvailableFreeSpace > 0);

        Assert.Null((await node.CollectGarbageAsync(Token)).Refused);
        var next = await TestNodes.AddAsync(node, 8 * Mebibyte, seed: 3);
        await node.DisposeAsync();

        var again = await nodes.StartAsync(static options => options with { ReserveBytes = Mebibyte }, disk.Folder);
        foreach (var root in new[] { kept, next })
        {
            Assert.Equal(ReplicaFinding.Complete, (await nodes.Remote(again).VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
            Assert.NotNull(again.Repository.Pins.Find(root));
        }

        Assert.True((await again.Repository.Blocks.ScrubAsync(0, null, Token)).Clean);
    }

    [Fact]
    public async Task When_others_fill_the_disk_nothing_is_half_done_and_garbage_can_still_be_collected()
    {
        using var disk = SmallDisk.Mount(16);
        await using var nodes = new TestNodes();
        static EmbeddedNodeOptions Change(EmbeddedNodeOptions options) => options with { ReserveBytes = 0, SegmentBytes = Mebibyte };
        var node = await nodes.StartAsync(Change, disk.Folder);
        var kept = await TestNodes.AddAsync(node, 2 * Mebibyte, seed: 1);
        var garbage = await TestNodes.AddAsync(node, 3 * Mebibyte, seed: 2);
        Assert.True(node.Repository.Pins.Remove(garbage));
        disk.Fill();

        await Assert.ThrowsAnyAsync<IOException>(() => TestNodes.AddAsync(node, Mebibyte, seed: 4));
        var many = Enumerable.Range(0, 200).Select(static i => new Pin(Cid.Of(BitConverter.GetBytes(i), Multicodec.Raw, 1), PinKind.Direct, null)).ToArray();
        var error = Assert.Throws<BlockStoreException>(() => node.Repository.Pins.Add(many));
        Assert.Contains("not recorded", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, node.Repository.Pins.Count);

        var collected = await node.CollectGarbageAsync(Token);
        Assert.Null(collected.Refused);
        Assert.NotEmpty(collected.Removed);
        Assert.True(new DriveInfo(disk.Folder).AvailableFreeSpace > 2 * Mebibyte);
        disk.Release();

        var next = await TestNodes.AddAsync(node, 2 * Mebibyte, seed: 5);
        await node.DisposeAsync();
        var again = await nodes.StartAsync(Change, disk.Folder);
        Assert.Equal(2, again.Repository.Pins.Count);
        foreach (var root in new[] { kept, next })
        {
            Assert.Equal(ReplicaFinding.Complete, (await nodes.Remote(again).VerifyAsync(root, new ReplicaCheckOptions(), Token)).Finding);
        }

        Assert.True((await again.Repository.Blocks.ScrubAsync(0, null, Token)).Clean);
    }
}
