using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Tests.Import;

public sealed class ImportJournalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_stopped_import_goes_on_and_ends_with_the_same_root_and_counts()
    {
        for (var i = 0; i < 40; i++)
        {
            _folder.Write($"tree/{i:d2}", 2_000_000, i);
        }

        var plain = await new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree"], default);
        var store = new MemoryBlockStore();
        using (var first = ImportJournal.Open(_folder["journal"], ImportProfile.V0Of2015))
        {
            var breaking = new BreakingWriter(store, 200);
            await Assert.ThrowsAsync<IOException>(() => Importer(first, breaking).ImportPathAsync(_folder["tree"], default));
        }

        var stored = store.Count;
        Assert.InRange(stored, 1, 300);
        using var second = ImportJournal.Open(_folder["journal"], ImportProfile.V0Of2015);
        var counting = new BreakingWriter(store, int.MaxValue);
        var resumed = await Importer(second, counting).ImportPathAsync(_folder["tree"], default);
        Assert.Equal(plain, resumed);
        Assert.InRange(counting.Count, 1, plain.Blocks - 50);
        Assert.All(await DagWalker.WalkAsync(store, resumed.Cid, new DagLimits(), default).ToListAsync(), step => Assert.Null(step.Problem));
    }

    [Fact]
    public async Task Inside_a_large_file_it_goes_on_at_the_last_note()
    {
        var bytes = ImportJournal.CheckpointBytes + 10_000_001;
        using (var handle = File.OpenHandle(_folder["large"], FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.SetLength(handle, bytes);
            RandomAccess.Write(handle, [1], bytes - 1);
            RandomAccess.Write(handle, [2], 123_456_789);
        }

        var profile = ImportProfile.V1Of2025 with { FileLinks = 7 };
        var plain = await new UnixFsImporter(new ImportOptions { Profile = profile }, null).ImportPathAsync(_folder["large"], default);
        using (var first = ImportJournal.Open(_folder["journal"], profile))
        {
            var stop = new CancellationTokenSource();
            var options = new ImportOptions { Profile = profile, Journal = first, Progress = new StopAfter(stop, ImportJournal.CheckpointBytes) };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new UnixFsImporter(options, null).ImportPathAsync(_folder["large"], stop.Token));
        }

        using var second = ImportJournal.Open(_folder["journal"], profile);
        var seen = new StopAfter(new CancellationTokenSource(), long.MaxValue);
        var resumed = await new UnixFsImporter(new ImportOptions { Profile = profile, Journal = second, Progress = seen }, null).ImportPathAsync(_folder["large"], default);
        Assert.Equal(plain, resumed);
        Assert.True(seen.First >= ImportJournal.CheckpointBytes);
    }

    [Fact]
    public async Task A_changed_file_another_profile_and_a_torn_line_are_read_anew()
    {
        var path = _folder.Write("tree/a", 100);
        await RunAsync(ImportProfile.V0Of2015);
        await File.AppendAllTextAsync(_folder["journal"], "{\"Path\":\"torn", TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(path, new byte[100], TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal((await new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree"], default)).Cid, (await RunAsync(ImportProfile.V0Of2015)).Cid);
        Assert.Equal(1, (await RunAsync(ImportProfile.V1Of2025)).Cid.Version);
    }

    private async Task<ImportResult> RunAsync(ImportProfile profile)
    {
        using var journal = ImportJournal.Open(_folder["journal"], profile);
        return await new UnixFsImporter(new ImportOptions { Profile = profile, Journal = journal }, null).ImportPathAsync(_folder["tree"], default);
    }

    private static UnixFsImporter Importer(ImportJournal journal, IBlockWriter writer) => new(new ImportOptions { Journal = journal }, writer);

    private sealed class StopAfter(CancellationTokenSource stop, long bytes) : IProgress<ImportProgress>
    {
        public long First { get; private set; } = -1;

        public void Report(ImportProgress value)
        {
            First = First < 0 ? value.Bytes : First;
            if (value.Bytes >= bytes)
            {
                stop.Cancel();
            }
        }
    }

    private sealed class BreakingWriter(MemoryBlockStore inner, int most) : IBlockWriter
    {
        public long Count { get; private set; }

        public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask PutManyAsync(IReadOnlyList<Block> blocks, CancellationToken cancellationToken)
        {
            if ((Count += blocks.Count) > most)
            {
                throw new IOException("the power went");
            }

            return inner.PutManyAsync(blocks, cancellationToken);
        }
    }
}
