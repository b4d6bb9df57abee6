using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;
using Etdb.Ipfs.Tests.Node;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Tests.Fetch;

/// <summary>DAGs made to harm, offered by an obedient peer: each ends by name at a limit, and nothing of it is pinned.</summary>
public sealed class FetchLimitsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dag_that_is_too_deep_too_wide_or_too_large_is_bad_content()
    {
        await using var nodes = new TestNodes();
        var holder = await nodes.StartAsync();
        var receiver = await nodes.StartAsync(static options => options with { Limits = new DagLimits { MaxDepth = 20, MaxLinks = 50, MaxBlocks = 60 } });
        var leaf = Block.Of("leaf"u8.ToArray(), Multicodec.Raw, 1);
        var chain = new List<Block> { leaf };
        for (var i = 0; i < 30; i++)
        {
            chain.Add(new DagPbNode([new DagPbLink(chain[^1].Cid, string.Empty, 1)], null).ToBlock(1));
        }

        var wide = new DagPbNode([.. Enumerable.Range(0, 51).Select(i => new DagPbLink(leaf.Cid, $"{i}", 1))], null).ToBlock(1);
        var many = Enumerable.Range(0, 90).Select(static i => Block.Of(BitConverter.GetBytes(i), Multicodec.Raw, 1)).ToArray();
        var halves = many.Chunk(45).Select(static half => new DagPbNode([.. half.Select(static b => new DagPbLink(b.Cid, string.Empty, 4))], null).ToBlock(1)).ToArray();
        var large = new DagPbNode([.. halves.Select(static b => new DagPbLink(b.Cid, string.Empty, 1))], null).ToBlock(1);
        await PutAsync(holder, [.. chain, wide, .. many, .. halves, large]);

        foreach (var (root, why) in new[] { (chain[^1], "TooDeep"), (wide, "TooWide"), (large, "TooManyBlocks") })
        {
            var result = await receiver.PinAsync(root.Cid, PinKind.Recursive, null, [holder.GatewayUri], null, Token);
            Assert.Equal(FetchOutcome.BadContent, result.Outcome);
            Assert.Contains(why, result.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(0, receiver.Repository.Pins.Count);
        Assert.Equal(FetchOutcome.Complete, (await receiver.PinAsync(chain[15].Cid, PinKind.Recursive, null, [holder.GatewayUri], null, Token)).Outcome);
    }

    [Fact]
    public async Task Nested_identity_links_are_followed_without_asking_anyone_and_the_rest_is_brought()
    {
        await using var nodes = new TestNodes();
        var (holder, receiver) = (await nodes.StartAsync(), await nodes.StartAsync());
        var leaf = Block.Of("at the bottom"u8.ToArray(), Multicodec.Raw, 1);
        var inner = Identity(new DagPbNode([new DagPbLink(leaf.Cid, null, null)], null).Encode());
        var middle = Identity(new DagPbNode([new DagPbLink(inner, null, null)], null).Encode());
        var root = new DagPbNode([.. Enumerable.Repeat(new DagPbLink(middle, null, null), 100)], null).ToBlock(1);
        await PutAsync(holder, [leaf, root]);
        var result = await receiver.PinAsync(root.Cid, PinKind.Recursive, null, [holder.GatewayUri], null, Token);
        Assert.Equal(FetchOutcome.Complete, result.Outcome);
        Assert.Equal(2, result.Moved.BlocksMoved);
        Assert.Equal(4, result.Moved.Blocks); // each identity block once, however often it is linked
        Assert.Empty((await receiver.CollectGarbageAsync(Token)).Removed); // what lies below an identity block is kept too
    }

    [Fact]
    public async Task A_hash_that_cannot_be_checked_is_refused_by_name()
    {
        await using var nodes = new TestNodes();
        var (holder, receiver) = (await nodes.StartAsync(), await nodes.StartAsync());
        var blake = Cid.V1(Multicodec.Raw, Multihash.Parse([0xa0, 0xe4, 0x02, 32, .. new byte[32]])); // blake2b-256
        var root = new DagPbNode([new DagPbLink(blake, "b", 1)], null).ToBlock(1);
        await PutAsync(holder, [root]);
        var result = await receiver.PinAsync(root.Cid, PinKind.Recursive, null, [holder.GatewayUri], null, Token);
        Assert.Equal(FetchOutcome.BadContent, result.Outcome);
        Assert.Contains("blake2b-256", result.Detail, StringComparison.Ordinal);
        Assert.Equal(0, receiver.Repository.Pins.Count);
    }

    [Fact]
    public async Task A_file_cut_by_any_chunker_reads_whole_and_by_range()
    {
        // Rabin and buzhash give leaves of any length; the reader must not count on equal ones.
        var data = TestNodes.Bytes(100_000, 4);
        var (store, parts, random) = (new MemoryBlockStore(), new List<(Block Block, int Length)>(), new Random(9));
        for (var at = 0; at < data.Length;)
        {
            var length = Math.Min(random.Next(1, 9000), data.Length - at);
            parts.Add((Block.Of(data.AsMemory(at, length), Multicodec.Raw, 1), length));
            at += length;
        }

        var file = new UnixFsData(UnixFsType.File) { FileBytes = (ulong)data.Length, BlockBytes = [.. parts.Select(static part => (ulong)part.Length)] };
        var root = new DagPbNode([.. parts.Select(static part => new DagPbLink(part.Block.Cid, string.Empty, (ulong)part.Length))], file.Encode()).ToBlock(1);
        await store.PutManyAsync([.. parts.Select(static part => part.Block), root], Token);
        foreach (var (offset, length) in new[] { (0, data.Length), (1, 1), (4321, 50_000), (99_999, 1) })
        {
            using var to = new MemoryStream();
            await UnixFsReader.CopyAsync(store, root.Cid, to, offset, length, Token);
            Assert.Equal(data[offset..(offset + length)], to.ToArray());
        }
    }

    private static Cid Identity(byte[] bytes) => Cid.V1(Multicodec.DagPb, Multihash.Parse([0x00, (byte)bytes.Length, .. bytes]));

    private static async Task PutAsync(EmbeddedNode node, Block[] blocks)
    {
        foreach (var block in blocks)
        {
            Assert.True(BlockKeys.TryFrom(block.Cid, out var key));
            await node.Repository.Blocks.PutAsync(key, block.Data, Token);
        }
    }
}
