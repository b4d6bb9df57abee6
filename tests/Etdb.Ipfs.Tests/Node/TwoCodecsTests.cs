using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;
using Etdb.Ipfs.Verify;

namespace Etdb.Ipfs.Tests.Node;

/// <summary>The same bytes linked twice, as raw and as dag-pb, in either order: the raw link must not hide what the dag-pb link leads to.</summary>
public sealed class TwoCodecsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Block Leaf { get; } = Block.Of("the leaf below"u8.ToArray(), Multicodec.Raw, 1);

    private static Block Middle { get; } = new DagPbNode([new DagPbLink(Leaf.Cid, "leaf", 14)], null).ToBlock(1);

    private static DagPbLink AsBytes { get; } = new(Cid.V1(Multicodec.Raw, Middle.Cid.Hash), "as bytes", 1);

    private static DagPbLink AsNode { get; } = new(Middle.Cid, "as node", 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_full_check_looks_below_the_dag_pb_link(bool bytesFirst)
    {
        var root = Root(bytesFirst);
        await using var nodes = new TestNodes();
        var node = await HoldAsync(nodes, root, Middle);
        var report = await nodes.Remote(node).VerifyAsync(root.Cid, new ReplicaCheckOptions(), Token);
        Assert.Equal(ReplicaFinding.Missing, report.Finding);
        Assert.Equal([Leaf.Cid], report.Missing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sample_looks_below_the_dag_pb_link(bool bytesFirst)
    {
        var root = Root(bytesFirst);
        await using var nodes = new TestNodes();
        var node = await HoldAsync(nodes, root, Middle);
        var report = await nodes.Remote(node).VerifyAsync(root.Cid, new ReplicaCheckOptions { SampleLeaves = 16, Parallel = 1 }, Token);
        Assert.Contains(Leaf.Cid, report.Missing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fetch_brings_what_is_below_the_dag_pb_link(bool bytesFirst)
    {
        var root = Root(bytesFirst);
        await using var nodes = new TestNodes();
        var (holder, receiver) = (await HoldAsync(nodes, root, Middle, Leaf), await nodes.StartAsync());
        var result = await receiver.PinAsync(root.Cid, PinKind.Recursive, null, [holder.GatewayUri], null, Token);
        Assert.Equal(FetchOutcome.Complete, result.Outcome);
        Assert.True(Holds(receiver, Leaf.Cid));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Garbage_collection_keeps_what_is_below_the_dag_pb_link(bool bytesFirst)
    {
        var root = Root(bytesFirst);
        await using var nodes = new TestNodes();
        var node = await HoldAsync(nodes, root, Middle, Leaf);
        node.Repository.Pins.Add([new Pin(root.Cid, PinKind.Recursive, null)]);
        var result = await node.CollectGarbageAsync(Token);
        Assert.Null(result.Refused);
        Assert.Empty(result.Removed);
        Assert.True(Holds(node, Leaf.Cid));
    }

    [Fact]
    public async Task Garbage_collection_keeps_what_another_pin_reads_as_bytes()
    {
        await using var nodes = new TestNodes();
        var node = await HoldAsync(nodes, Middle, Leaf);
        node.Repository.Pins.Add([new Pin(Cid.V1(Multicodec.Raw, Middle.Cid.Hash), PinKind.Recursive, null), new Pin(Middle.Cid, PinKind.Recursive, null)]);
        Assert.Empty((await node.CollectGarbageAsync(Token)).Removed);
        Assert.True(Holds(node, Leaf.Cid));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Healing_brings_what_is_below_the_dag_pb_link(bool bytesFirst)
    {
        var root = Root(bytesFirst);
        await using var nodes = new TestNodes();
        var (good, broken) = (await HoldAsync(nodes, root, Middle, Leaf), await HoldAsync(nodes, Middle));
        var heal = await nodes.Remote(broken).HealAsync([root.Cid], [TestNodes.Endpoint(good)], Token);
        Assert.Equal(KuboOutcome.Done, heal.Outcome);
        Assert.True(Holds(broken, Leaf.Cid));
    }

    private static Block Root(bool bytesFirst) => new DagPbNode(bytesFirst ? [AsBytes, AsNode] : [AsNode, AsBytes], null).ToBlock(1);

    private static bool Holds(EmbeddedNode node, Cid cid) => BlockKeys.TryFrom(cid, out var key) && node.Repository.Blocks.Contains(key);

    private static async Task<EmbeddedNode> HoldAsync(TestNodes nodes, params Block[] blocks)
    {
        var node = await nodes.StartAsync();
        foreach (var block in blocks)
        {
            Assert.True(BlockKeys.TryFrom(block.Cid, out var key));
            await node.Repository.Blocks.PutAsync(key, block.Data, Token);
        }

        return node;
    }
}
