using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.Tests.Dag;

public sealed class DagWalkerTests
{
    private readonly MemoryBlockStore _store = new();

    [Fact]
    public async Task Parents_come_before_children_and_each_block_once()
    {
        var (a, b) = (Put("a"u8), Put("b"u8));
        var inner = Put(a, b);
        var root = Put(inner, a, inner);
        Assert.Equal([root, inner, a, b], (await WalkAsync(root)).Select(step => step.Cid));
    }

    [Fact]
    public async Task Missing_corrupt_and_unreadable_blocks_are_named_and_the_rest_is_walked()
    {
        var (gone, bad, good) = (Put("gone"u8), Put("bad"u8), Put("good"u8));
        var strange = Cid.Of("{}"u8, Multicodec.DagJson, 1);
        _store.Put(new Block(strange, "{}"u8.ToArray()));
        var unsupported = Cid.Parse("bafkrgqbqt3gerhas23vuzrapkdeqf4vu2dwxp3srdj6hvg6nhsug2tgyn6mj3u23yx7utftq3i2ckw2fwdh5qmhid5qf3t35yvkc5e5ottlw6");
        _store.Put(new Block(unsupported, "hello world"u8.ToArray()));
        var root = Put(gone, bad, strange, unsupported, good);
        _store.Remove(gone);
        _store.Put(new Block(bad, "baD"u8.ToArray()));
        var problems = (await WalkAsync(root)).ToDictionary(step => step.Cid, step => step.Problem);
        Assert.Equal(DagProblem.Missing, problems[gone]);
        Assert.Equal(DagProblem.Corrupt, problems[bad]);
        Assert.Equal(DagProblem.UnsupportedCodec, problems[strange]);
        Assert.Equal(DagProblem.UnsupportedHash, problems[unsupported]);
        Assert.Null(problems[good]);
        Assert.Null(problems[root]);
    }

    [Fact]
    public async Task A_chain_of_a_hundred_thousand_levels_needs_no_stack_and_ends_at_the_limit()
    {
        var at = Put("end"u8);
        for (var i = 0; i < 100_000; i++)
        {
            at = Put(at);
        }

        var all = await WalkAsync(at, new DagLimits { MaxDepth = int.MaxValue });
        Assert.Equal(100_001, all.Count);
        var some = await WalkAsync(at, new DagLimits { MaxDepth = 1000 });
        Assert.Equal(DagProblem.TooDeep, some[^1].Problem);
        Assert.Equal(1001, some.Count);
    }

    /// <summary>A node that is also linked to as raw bytes must not hide what lies below it.</summary>
    [Fact]
    public async Task The_same_bytes_under_another_codec_are_walked_too()
    {
        var leaf = Put("leaf"u8);
        var node = Put(leaf);
        var root = Put(Cid.V1(Multicodec.Raw, node.Hash), node);
        _store.Remove(leaf);
        Assert.Contains(await WalkAsync(root), step => step.Cid == leaf && step.Problem == DagProblem.Missing);
    }

    [Fact]
    public async Task Width_number_and_waiting_links_are_limited()
    {
        var leaves = Enumerable.Range(0, 100).Select(i => Put([(byte)i])).ToArray();
        var root = Put(leaves);
        Assert.Equal(DagProblem.TooWide, (await WalkAsync(root, new DagLimits { MaxLinks = 99 }))[^1].Problem);
        Assert.Equal(DagProblem.TooManyBlocks, (await WalkAsync(root, new DagLimits { MaxBlocks = 50 }))[^1].Problem);
        Assert.Equal(DagProblem.TooManyBlocks, (await WalkAsync(root, new DagLimits { MaxPending = 99 }))[^1].Problem);
    }

    [Fact]
    public async Task Identity_blocks_are_answered_without_the_store_and_large_blocks_refused()
    {
        var inline = Cid.Identity(Multicodec.Raw, "inline"u8);
        var large = new Block(Cid.Of(new byte[BlockLimits.MaxReadBytes + 1], Multicodec.Raw, 1), new byte[BlockLimits.MaxReadBytes + 1]);
        _store.Put(large);
        var steps = await WalkAsync(Put(inline, large.Cid));
        Assert.Equal("inline"u8, steps[1].Data.Span);
        Assert.Equal(DagProblem.BlockTooLarge, steps[2].Problem);
    }

    private Cid Put(ReadOnlySpan<byte> raw)
    {
        var block = Block.Of(raw.ToArray(), Multicodec.Raw, 1);
        _store.Put(block);
        return block.Cid;
    }

    private Cid Put(params Cid[] links)
    {
        var block = new DagPbNode([.. links.Select(cid => new DagPbLink(cid, string.Empty, 0))], null).ToBlock(1);
        _store.Put(block);
        return block.Cid;
    }

    private async Task<List<DagStep>> WalkAsync(Cid root, DagLimits? limits = null) =>
        await DagWalker.WalkAsync(_store, root, limits ?? new DagLimits(), TestContext.Current.CancellationToken).ToListAsync();
}
