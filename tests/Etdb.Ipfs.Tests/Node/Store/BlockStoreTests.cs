using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Tests.Node.Store;

/// <summary>Single promises of the store, each with the damage that puts it to the test.</summary>
public sealed class BlockStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-store-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_block_is_there_after_it_was_acknowledged_and_after_reopening()
    {
        var block = Bytes(1000, 1);
        await using (var store = Open())
        {
            Assert.Equal(PutOutcome.Stored, await store.PutAsync(BlockKey.Of(block), block, Token));
            Assert.Equal(PutOutcome.Present, await store.PutAsync(BlockKey.Of(block), block, Token));
            Assert.Equal(block, store.Read(BlockKey.Of(block)).Data.ToArray());
        }

        await using var again = Open();
        Assert.Equal(block, again.Read(BlockKey.Of(block)).Data.ToArray());
        Assert.Equal(1, again.Stat().Blocks);
    }

    [Fact]
    public async Task Bytes_that_do_not_match_their_key_are_refused()
    {
        await using var store = Open();
        Assert.Equal(PutOutcome.Mismatch, await store.PutAsync(BlockKey.Of([1]), new byte[] { 2 }, Token));
        Assert.Equal(PutOutcome.TooLarge, await store.PutAsync(BlockKey.Of([1]), new byte[BlockStoreOptions.MaxBlockBytes + 1], Token));
        Assert.Equal(0, store.Stat().Blocks);
    }

    [Fact]
    public async Task A_full_store_refuses_and_keeps_what_it_has()
    {
        await using var store = Open(new BlockStoreOptions { CapacityBytes = 10_000, ReserveBytes = 0 });
        var first = Bytes(6000, 1);
        var second = Bytes(6000, 2);
        Assert.Equal(PutOutcome.Stored, await store.PutAsync(BlockKey.Of(first), first, Token));
        Assert.Equal(PutOutcome.NoRoom, await store.PutAsync(BlockKey.Of(second), second, Token));
        Assert.True(store.Remove(BlockKey.Of(first)));
        Assert.Equal(PutOutcome.Stored, await store.PutAsync(BlockKey.Of(second), second, Token));
    }

    [Fact]
    public async Task A_reserve_larger_than_the_disk_leaves_no_room()
    {
        await using var store = Open(new BlockStoreOptions { ReserveBytes = long.MaxValue / 2 });
        Assert.Equal(PutOutcome.NoRoom, await store.PutAsync(BlockKey.Of([1]), new byte[] { 1 }, Token));
    }

    [Fact]
    public async Task A_rotten_block_is_quarantined_and_stays_so_until_a_good_one_comes()
    {
        var block = Bytes(5000, 1);
        var key = BlockKey.Of(block);
        await using (var store = Open())
        {
            await store.PutAsync(key, block, Token);
            Flip(store, key);
            Assert.Equal(ReadStatus.Corrupt, store.Read(key).Status);
            Assert.False(store.Contains(key));
            Assert.True(store.IsQuarantined(key));
        }

        await using (var store = Open())
        {
            Assert.Equal(ReadStatus.Corrupt, store.Read(key).Status);
            Assert.Equal(PutOutcome.Stored, await store.PutAsync(key, block, Token));
            Assert.Equal(block, store.Read(key).Data.ToArray());
            Assert.False(store.IsQuarantined(key));
        }

        await using var last = Open();
        Assert.True(last.Read(key).Found);
        Assert.Equal(0, last.Stat().Quarantined);
    }

    [Fact]
    public async Task A_segment_without_its_side_file_is_scanned_and_only_what_rotted_is_lost()
    {
        var blocks = Enumerable.Range(0, 20).Select(static i => Bytes(3000 + i, i)).ToArray();
        string path;
        await using (var store = Open())
        {
            foreach (var block in blocks)
            {
                await store.PutAsync(BlockKey.Of(block), block, Token);
            }

            path = store.Locate(BlockKey.Of(blocks[0]))!.Value.Path;
            var header = store.Locate(BlockKey.Of(blocks[7]))!.Value.DataOffset - SegmentFormat.HeaderSize;
            await store.DisposeAsync();
            File.Delete(Path.ChangeExtension(path, ".idx"));
            Overwrite(path, header, [0xff, 0xff]); // this header is destroyed; its neighbours are not
        }

        await using var again = Open();
        for (var i = 0; i < blocks.Length; i++)
        {
            Assert.Equal(i != 7, again.Read(BlockKey.Of(blocks[i])).Found);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(47)]
    [InlineData(48)]
    [InlineData(500)]
    [InlineData(2999)]
    public async Task A_torn_last_record_disappears_and_nothing_else(int cut)
    {
        var (first, last) = (Bytes(3000, 1), Bytes(3000, 2));
        string path;
        await using (var store = Open())
        {
            await store.PutAsync(BlockKey.Of(first), first, Token);
            await store.PutAsync(BlockKey.Of(last), last, Token);
            path = store.Locate(BlockKey.Of(last))!.Value.Path;
        }

        File.Delete(Path.ChangeExtension(path, ".idx"));
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, RandomAccess.GetLength(file) - SegmentFormat.RecordSize(3000) + cut);
        }

        await using var again = Open();
        Assert.True(again.Read(BlockKey.Of(first)).Found);
        Assert.Equal(ReadStatus.NotFound, again.Read(BlockKey.Of(last)).Status);
        Assert.Equal(PutOutcome.Stored, await again.PutAsync(BlockKey.Of(last), last, Token));
        Assert.True(again.Read(BlockKey.Of(last)).Found);
    }

    [Fact]
    public async Task A_disk_that_fails_to_write_acknowledges_nothing_and_works_again_afterwards()
    {
        var faults = new FailingDisk();
        await using var store = Open(new BlockStoreOptions { Faults = faults, ReserveBytes = 0 });
        var (good, lost) = (Bytes(2000, 1), Bytes(2000, 2));
        await store.PutAsync(BlockKey.Of(good), good, Token);
        var batch = store.BeginBatch();
        await batch.AddAsync(BlockKey.Of(lost), lost, Token);
        await batch.WrittenAsync(Token);
        faults.Fail = true;
        await Assert.ThrowsAsync<BlockStoreException>(async () => await store.PutAsync(BlockKey.Of([1]), new byte[] { 1 }, Token));
        faults.Fail = false;

        await Assert.ThrowsAsync<BlockStoreException>(async () => await batch.FlushAsync(Token)); // its block was not synchronised when the disk failed
        Assert.True(store.Read(BlockKey.Of(good)).Found);
        Assert.Equal(PutOutcome.Stored, await store.PutAsync(BlockKey.Of(lost), lost, Token));
    }

    [Fact]
    public async Task Removed_room_is_given_back_and_empty_segments_disappear()
    {
        await using var store = Open(new BlockStoreOptions { SegmentBytes = 100_000, ReserveBytes = 0 });
        var keys = new List<BlockKey>();
        for (var i = 0; i < 40; i++)
        {
            var block = Bytes(10_000, i);
            keys.Add(BlockKey.Of(block));
            await store.PutAsync(keys[^1], block, Token);
        }

        var files = Directory.GetFiles(_folder, "*.blk").Length;
        foreach (var key in keys.Take(35))
        {
            Assert.True(store.Remove(key));
        }

        Assert.True(Directory.GetFiles(_folder, "*.blk").Length < files);
        Assert.All(keys.Skip(35), key => Assert.True(store.Read(key).Found));
        Assert.True(store.Stat().Bytes < 60_000);
    }

    [Fact]
    public async Task A_scrub_names_what_is_bad_and_keeps_to_its_rate()
    {
        await using var store = Open();
        var keys = new List<BlockKey>();
        for (var i = 0; i < 10; i++)
        {
            var block = Bytes(10_000, i);
            keys.Add(BlockKey.Of(block));
            await store.PutAsync(keys[^1], block, Token);
        }

        Flip(store, keys[4]);
        var started = TimeProvider.System.GetTimestamp();
        var report = await store.ScrubAsync(500_000, null, Token);
        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromSeconds(0.15));
        Assert.Equal([keys[4]], report.Corrupt);
        Assert.Equal(9, report.Blocks);
        Assert.False(report.Clean);
    }

    [Fact]
    public async Task A_sweep_takes_neither_marked_nor_leased_nor_young_blocks()
    {
        await using var store = Open();
        async Task<BlockKey> PutAsync(int seed)
        {
            var block = Bytes(100, seed);
            await store.PutAsync(BlockKey.Of(block), block, Token);
            return BlockKey.Of(block);
        }

        var (garbage, marked, touched) = (await PutAsync(1), await PutAsync(2), await PutAsync(3));
        using var lease = store.Lease();
        var leased = await PutAsync(4);
        var sweep = store.BeginSweep();
        var young = await PutAsync(5);
        Assert.True(store.Touch(touched));
        sweep.Mark(marked);
        lease.Dispose();

        Assert.Equal([garbage], sweep.RemoveUnmarked(Token));
        Assert.All(new[] { marked, touched, leased, young }, key => Assert.True(store.Read(key).Found));
        Assert.Equal(2, new HashSet<BlockKey>(store.BeginSweep().RemoveUnmarked(Token)).Intersect([leased, young]).Count());
    }

    [Fact]
    public async Task Many_writers_share_one_synchronisation()
    {
        await using var store = Open();
        var blocks = Enumerable.Range(0, 2000).Select(static i => Bytes(200, i)).ToArray();
        var outcomes = await Task.WhenAll(blocks.Select(block => store.PutAsync(BlockKey.Of(block), block, Token).AsTask()));
        Assert.All(outcomes, static outcome => Assert.Equal(PutOutcome.Stored, outcome));
        Assert.All(blocks, block => Assert.True(store.Read(BlockKey.Of(block)).Found));
    }

    internal static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static void Flip(BlockStore store, BlockKey key)
    {
        var place = store.Locate(key)!.Value;
        Overwrite(place.Path, place.DataOffset + 10, [(byte)(File.ReadAllBytes(place.Path)[place.DataOffset + 10] ^ 1)]);
    }

    private static void Overwrite(string path, long offset, byte[] bytes)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.Write(file, bytes, offset);
    }

    private BlockStore Open(BlockStoreOptions? options = null) => BlockStore.Open(_folder, options ?? new BlockStoreOptions { ReserveBytes = 0 });

    private sealed class FailingDisk : IStoreFaults
    {
        public bool Fail { get; set; }

        public void BeforeWrite(long bytes)
        {
            if (Fail)
            {
                throw new IOException("the disk is on fire");
            }
        }
    }
}
