using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;
using FsCheck;
using FsCheck.Fluent;

namespace Etdb.Ipfs.Tests.UnixFs;

public sealed class UnixFsReaderTests
{
    private readonly MemoryBlockStore _store = new();

    /// <summary>Small chunks and few links make trees of several levels out of little.</summary>
    private static ImportProfile Small(bool raw, int chunk) =>
        new() { ChunkBytes = chunk, FileLinks = 3, RawLeaves = raw, CidVersion = raw ? 1 : 0 };

    [Fact]
    public void Any_range_of_any_file_is_that_range_of_its_bytes() => Prop.ForAll(
        Gen.Zip(Gen.Choose(0, 400), Gen.Zip(Gen.Choose(1, 17), Gen.Zip(Gen.Choose(0, 420), Gen.Choose(0, 420)))).ToArbitrary(),
        input =>
        {
            var (size, (chunk, (offset, length))) = input;
            var bytes = new byte[size];
            new Random(size).NextBytes(bytes);
            var root = ImportAsync(bytes, Small(size % 2 == 0, chunk)).GetAwaiter().GetResult();
            var to = new MemoryStream();
            UnixFsReader.CopyAsync(_store, root, to, offset, length, default).GetAwaiter().GetResult();
            return to.ToArray().AsSpan().SequenceEqual(bytes.AsSpan(Math.Min(offset, size), Math.Min(length, size - Math.Min(offset, size))));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Only_blocks_of_the_range_are_asked_for()
    {
        var bytes = new byte[1000];
        new Random(1).NextBytes(bytes);
        var root = await ImportAsync(bytes, Small(true, 10));
        var counting = new CountingReader(_store);
        var to = new MemoryStream();
        await UnixFsReader.CopyAsync(counting, root, to, 500, 10, default);
        Assert.Equal(bytes[500..510], to.ToArray());
        Assert.InRange(counting.Count, 1, 6);
    }

    [Fact]
    public async Task A_child_of_another_length_than_its_parent_says_is_refused()
    {
        var leaf = Block.Of(new byte[10], Multicodec.Raw, 1);
        _store.Put(leaf);
        var root = PutFile(8, [(leaf.Cid, 8)]);
        await RefusesAsync(DagProblem.WrongLength, () => CopyAsync(root));
        await RefusesAsync(DagProblem.WrongLength, () => CopyAsync(PutFile(9, [(leaf.Cid, 10)])));
    }

    [Fact]
    public async Task Empty_children_without_end_cost_nothing()
    {
        var at = PutFile(0, []);
        for (var level = 0; level < 40; level++)
        {
            at = PutFile(0, [.. Enumerable.Repeat((at, 0UL), 1000)]);
        }

        var leaf = Block.Of(new byte[1], Multicodec.Raw, 1);
        _store.Put(leaf);
        var root = PutFile(1, [.. Enumerable.Repeat((at, 0UL), 1000), (leaf.Cid, 1)]);
        Assert.Equal(1, await CopyAsync(root));
    }

    [Fact]
    public async Task A_file_of_too_many_levels_is_refused()
    {
        var leaf = Block.Of(new byte[1], Multicodec.Raw, 1);
        _store.Put(leaf);
        var at = leaf.Cid;
        for (var level = 0; level <= UnixFsReader.MaxFileDepth; level++)
        {
            at = PutFile(1, [(at, 1)]);
        }

        await RefusesAsync(DagProblem.TooDeep, () => CopyAsync(at));
    }

    [Fact]
    public async Task Missing_and_wrong_blocks_and_wrong_kinds_are_named()
    {
        var root = await ImportAsync(new byte[100], Small(true, 10));
        var dir = DirectoryBuilder.Build([new DirectoryChild("f"u8.ToArray(), new DagPart(root, 100, 100))], ImportProfile.V0Of2015, _store.Put);
        await RefusesAsync(DagProblem.NotAFile, () => CopyAsync(dir.Cid));
        await RefusesAsync(DagProblem.NotFound, () => UnixFsReader.ResolveAsync(_store, dir.Cid, "g", default));
        await RefusesAsync(DagProblem.NotADirectory, () => UnixFsReader.ResolveAsync(_store, dir.Cid, "/f/g", default));
        await RefusesAsync(DagProblem.NotADirectory, async () => await UnixFsReader.ListAsync(_store, root, default).ToListAsync());
        Assert.Equal([dir.Cid, root], (await UnixFsReader.ResolveAsync(_store, dir.Cid, "//f/", default)).Via);
        _store.Remove(root);
        await RefusesAsync(DagProblem.Missing, () => CopyAsync(root));
        _store.Put(new Block(root, "wrong"u8.ToArray()));
        await RefusesAsync(DagProblem.Corrupt, () => CopyAsync(root));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(256)]
    [InlineData(1024)]
    public async Task A_sharded_directory_lists_and_finds_every_name(int fanout)
    {
        var leaf = await ImportAsync("x"u8.ToArray(), ImportProfile.V1Of2025);
        var profile = ImportProfile.V1Of2025 with { ShardAboveBytes = 0, ShardFanout = fanout };
        var names = Enumerable.Range(0, 3000).Select(i => i % 3 == 0 ? $"naïve-{i}-✓" : $"name{i}").ToArray();
        var children = names.Select(name => new DirectoryChild(System.Text.Encoding.UTF8.GetBytes(name), new DagPart(leaf, 1, 1))).ToArray();
        var root = DirectoryBuilder.Build(children, profile, _store.Put);
        Array.Reverse(children);
        Assert.Equal(root.Cid, DirectoryBuilder.Build(children, profile, _store.Put).Cid);
        var listed = await UnixFsReader.ListAsync(_store, root.Cid, default).Select(entry => entry.Name).ToListAsync();
        Assert.Equal(names.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        foreach (var name in names.Where((_, i) => i % 50 == 0))
        {
            Assert.Equal(leaf, (await UnixFsReader.ResolveAsync(_store, root.Cid, name, default)).Node.Cid);
        }

        await RefusesAsync(DagProblem.NotFound, () => UnixFsReader.ResolveAsync(_store, root.Cid, "not there", default));
    }

    [Theory]
    [InlineData(0x12, 256, "FF", 1)]
    [InlineData(0x22, 100, "FF", 1)]
    [InlineData(0x22, 1UL << 40, "FF", 1)]
    [InlineData(0x22, 256, "F", 1)]
    [InlineData(0x22, 256, "XXname", 1)]
    [InlineData(0x22, 256, "00name", 3)]
    public async Task A_shard_that_contradicts_itself_is_refused(ulong hash, ulong fanout, string name, byte bits)
    {
        var leaf = Block.Of("x"u8.ToArray(), Multicodec.Raw, 1);
        var data = new UnixFsData(UnixFsType.HamtShard) { Data = new[] { bits }, HashType = hash, Fanout = fanout };
        var block = new DagPbNode([new DagPbLink(leaf.Cid, name, 1)], data.Encode()).ToBlock(1);
        _store.Put(block);
        await RefusesAsync(DagProblem.Malformed, async () => await UnixFsReader.ListAsync(_store, block.Cid, default).ToListAsync());
    }

    [Fact]
    public async Task Shards_deeper_than_the_hash_are_refused()
    {
        var leaf = Block.Of("x"u8.ToArray(), Multicodec.Raw, 1);
        var at = leaf.Cid;
        var name = "00x";
        for (var level = 0; level < 10; level++)
        {
            var data = new UnixFsData(UnixFsType.HamtShard) { Data = new byte[] { 1 }, HashType = 0x22, Fanout = 256 };
            var block = new DagPbNode([new DagPbLink(at, name, 1)], data.Encode()).ToBlock(1);
            _store.Put(block);
            (at, name) = (block.Cid, "00");
        }

        await RefusesAsync(DagProblem.TooDeep, async () => await UnixFsReader.ListAsync(_store, at, default).ToListAsync());
    }

    /// <summary>MurmurHash3_x64_128 of the reference implementation (smhasher), first half, seed 0.</summary>
    [Theory]
    [InlineData("", 0x0000000000000000)]
    [InlineData("hello", 0xcbd8a7b341bd9b02)]
    [InlineData("hello, world", 0x342fac623a5ebc8e)]
    [InlineData("The quick brown fox jumps over the lazy dog.", 0xcd99481f9ee902c9)]
    public void Murmur3_matches_the_reference(string text, ulong expected) =>
        Assert.Equal(expected, Murmur3.Hash64(System.Text.Encoding.ASCII.GetBytes(text)));

    private static async Task RefusesAsync(DagProblem problem, Func<Task> action) =>
        Assert.Equal(problem, (await Assert.ThrowsAsync<DagException>(action)).Problem);

    private Task<long> CopyAsync(Cid cid) => UnixFsReader.CopyAsync(_store, cid, Stream.Null, 0, null, default);

    private async Task<Cid> ImportAsync(byte[] bytes, ImportProfile profile) =>
        (await new UnixFsImporter(new ImportOptions { Profile = profile }, _store).ImportStreamAsync(new MemoryStream(bytes), default)).Cid;

    private Cid PutFile(ulong bytes, (Cid Cid, ulong Bytes)[] parts)
    {
        var data = new UnixFsData(UnixFsType.File) { FileBytes = bytes, BlockBytes = [.. parts.Select(part => part.Bytes)] };
        var block = new DagPbNode([.. parts.Select(part => new DagPbLink(part.Cid, string.Empty, part.Bytes))], data.Encode()).ToBlock(1);
        _store.Put(block);
        return block.Cid;
    }

    private sealed class CountingReader(IBlockReader inner) : IBlockReader
    {
        public int Count { get; private set; }

        public ValueTask<Block?> GetAsync(Cid cid, CancellationToken cancellationToken)
        {
            Count++;
            return inner.GetAsync(cid, cancellationToken);
        }
    }
}
