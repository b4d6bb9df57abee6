using Etdb.Ipfs.Node;
using Etdb.Ipfs.Node.Store;
using Etdb.Ipfs.Verify;

namespace Etdb.Ipfs.Tests.Node;

/// <summary>The disk of the store may not be mounted when the node starts: an empty folder, or another disk, must not be taken for the node's own.</summary>
public sealed class StoreIdentityTests
{
    [Fact]
    public async Task An_empty_folder_where_a_store_was_is_refused_and_left_as_it_is()
    {
        await using var nodes = new TestNodes();
        var folder = nodes.NewFolder("one");
        var node = await nodes.StartAsync(folder: folder);
        var root = await TestNodes.AddAsync(node, 100_000);
        var id = node.Repository.Id;
        await node.DisposeAsync();
        var store = Path.Combine(folder, "store");
        Directory.Move(store, store + ".unmounted");
        Directory.CreateDirectory(store);

        var error = await Assert.ThrowsAsync<BlockStoreException>(() => nodes.StartAsync(folder: folder));
        Assert.Contains("is the disk mounted?", error.Message, StringComparison.Ordinal);
        Assert.Contains(id, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(store));

        Directory.Delete(store);
        Directory.Move(store + ".unmounted", store);
        var again = await nodes.StartAsync(folder: folder);
        Assert.Equal(id, again.Repository.Id);
        Assert.Equal(ReplicaFinding.Complete, (await nodes.Remote(again).VerifyAsync(root, new ReplicaCheckOptions(), TestNodes.Token)).Finding);
    }

    [Fact]
    public async Task The_store_of_another_node_is_refused()
    {
        await using var nodes = new TestNodes();
        var (one, two) = (nodes.NewFolder("one"), nodes.NewFolder("two"));
        await (await nodes.StartAsync(folder: one)).DisposeAsync();
        await (await nodes.StartAsync(folder: two)).DisposeAsync();
        Directory.Delete(Path.Combine(one, "store"), recursive: true);
        Directory.Move(Path.Combine(two, "store"), Path.Combine(one, "store"));
        var error = await Assert.ThrowsAsync<BlockStoreException>(() => nodes.StartAsync(folder: one));
        Assert.Contains("holds repository", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replaced_disk_is_taken_when_that_is_said()
    {
        await using var nodes = new TestNodes();
        var folder = nodes.NewFolder("one");
        var node = await nodes.StartAsync(folder: folder);
        var id = node.Repository.Id;
        await node.DisposeAsync();
        Directory.Delete(Path.Combine(folder, "store"), recursive: true);

        var anew = await nodes.StartAsync(static options => options with { AcceptOtherStore = true }, folder);
        var other = anew.Repository.Id;
        Assert.NotEqual(id, other);
        await anew.DisposeAsync();
        Assert.Equal(other, (await nodes.StartAsync(folder: folder)).Repository.Id); // from then on without saying so
    }

    [Fact]
    public async Task A_disk_emptied_under_a_running_node_is_known_at_the_next_start()
    {
        await using var nodes = new TestNodes();
        var folder = nodes.NewFolder("one");
        var node = await nodes.StartAsync(folder: folder);
        var id = node.Repository.Id;
        node.Faults.WipeStore();
        var other = node.Repository.Id;
        Assert.NotEqual(id, other);
        await node.DisposeAsync();
        Assert.Equal(other, (await nodes.StartAsync(folder: folder)).Repository.Id);
    }
}
