using System.Text;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Tests.Import;

public sealed class UnixFsImporterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Threads_streams_and_files_all_give_the_same_root_and_blocks()
    {
        var path = _folder.Write("file", 5_000_000);
        var profile = ImportProfile.V0Of2015 with { ChunkBytes = 4096, FileLinks = 7 };
        var results = new List<(string Cid, int Stored, long Blocks)>();
        foreach (var workers in new[] { 1, 2, 5 })
        {
            var store = new MemoryBlockStore();
            var result = await new UnixFsImporter(new ImportOptions { Profile = profile, Workers = workers }, store).ImportPathAsync(path, default);
            results.Add((result.Cid.ToString(), store.Count, result.Blocks));
        }

        var streamed = new MemoryBlockStore();
        await using var stream = new DribblingStream(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        var fromStream = await new UnixFsImporter(new ImportOptions { Profile = profile }, streamed).ImportStreamAsync(stream, default);
        results.Add((fromStream.Cid.ToString(), streamed.Count, fromStream.Blocks));
        Assert.Single(results.Distinct());
        Assert.Equal(results[0].Stored, results[0].Blocks);
    }

    [Fact]
    public async Task Blocks_come_children_first_and_always_in_the_same_order()
    {
        _folder.Write("tree/a/large", 100_000);
        _folder.Write("tree/b", 10, 2);
        var first = await OrderAsync(1);
        Assert.Equal(first.Select(block => block.Cid), (await OrderAsync(4)).Select(block => block.Cid));
        var seen = new HashSet<string>();
        foreach (var block in first)
        {
            seen.Add(block.Cid.ToString());
            var links = new List<Etdb.Ipfs.Cids.Cid>();
            Assert.Null(BlockLinks.Read(block, links));
            Assert.All(links, link => Assert.Contains(link.ToString(), seen));
        }

        async Task<List<Block>> OrderAsync(int workers)
        {
            var list = new RecordingWriter();
            var options = new ImportOptions { Profile = ImportProfile.V0Of2015 with { ChunkBytes = 1000, FileLinks = 5 }, Workers = workers };
            await new UnixFsImporter(options, list).ImportPathAsync(_folder["tree"], default);
            return list.Blocks;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(262144)]
    [InlineData(262145)]
    public async Task A_file_alone_and_its_stream_agree_at_the_edges_of_a_chunk(int bytes)
    {
        var path = _folder.Write("f", bytes);
        var importer = new UnixFsImporter(new ImportOptions(), null);
        await using var stream = File.OpenRead(path);
        Assert.Equal((await importer.ImportPathAsync(path, default)).Cid, (await importer.ImportStreamAsync(stream, default)).Cid);
    }

    [Fact]
    public async Task A_sparse_file_has_the_cid_of_its_zeros()
    {
        var path = _folder["sparse"];
        using (var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.SetLength(handle, 20_000_000);
        }

        var importer = new UnixFsImporter(new ImportOptions(), null);
        Assert.Equal((await importer.ImportStreamAsync(new MemoryStream(new byte[20_000_000]), default)).Cid, (await importer.ImportPathAsync(path, default)).Cid);
    }

    [Fact]
    public async Task A_file_that_changes_once_is_read_again_and_one_that_never_rests_is_refused()
    {
        var path = _folder.Write("tree/file", 400_000);
        var appended = Encoding.UTF8.GetBytes("more");
        var once = new ChangingScan(path, 1, appended);
        var result = await new UnixFsImporter(new ImportOptions { Progress = once }, null).ImportItemsAsync(once.Items(_folder["tree"]), default);
        Assert.Equal((await new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree"], default)).Cid, result.Cid);
        Assert.Equal(400_004, result.Bytes);

        var never = new ImportOptions { MaxRereads = 0 };
        var scan = new ChangingScan(path, 1, appended);
        var problem = await Assert.ThrowsAsync<ImportException>(() => new UnixFsImporter(never, null).ImportItemsAsync(scan.Items(_folder["tree"]), default));
        Assert.Equal(ImportProblem.FileChanged, problem.Problem);
    }

    [Fact]
    public async Task Symlinks_are_refused_or_recorded_and_never_followed()
    {
        _folder.Write("tree/file", 10);
        File.CreateSymbolicLink(_folder["tree/link"], "../secret");
        _folder.Write("secret", 10);
        var refused = await Assert.ThrowsAsync<ImportException>(() => new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree"], default));
        Assert.Equal(ImportProblem.Symlink, refused.Problem);

        var store = new MemoryBlockStore();
        var root = await new UnixFsImporter(new ImportOptions { Symlinks = SymlinkRule.Record }, store).ImportPathAsync(_folder["tree"], default);
        var link = (await UnixFsReader.ResolveAsync(store, root.Cid, "link", default)).Node;
        Assert.Equal(UnixFsType.Symlink, link.Data.Type);
        Assert.Equal("../secret", Encoding.UTF8.GetString(link.Content.Span));
    }

    [Fact]
    public async Task Hidden_names_are_kept_unless_they_are_to_be_skipped()
    {
        _folder.Write("tree/seen", 10);
        var without = await new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree"], default);
        _folder.Write("tree/.hidden", 10);
        _folder.Write("tree/.folder/x", 10);
        Assert.NotEqual(without.Cid, (await new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree"], default)).Cid);
        Assert.Equal(without.Cid, (await new UnixFsImporter(new ImportOptions { IncludeHidden = false }, null).ImportPathAsync(_folder["tree"], default)).Cid);
    }

    [Fact]
    public async Task Depth_width_and_absence_are_named()
    {
        _folder.Write("tree/a/b/c/d", 1);
        var deep = await FailAsync(new ImportOptions { MaxDepth = 3 }, "tree");
        Assert.Equal(ImportProblem.TooDeep, deep.Problem);
        _folder.Write("wide/a", 1);
        _folder.Write("wide/b", 1);
        Assert.Equal(ImportProblem.TooWide, (await FailAsync(new ImportOptions { MaxNames = 1 }, "wide")).Problem);
        Assert.Equal(ImportProblem.NotFound, (await FailAsync(new ImportOptions(), "absent")).Problem);
    }

    [Fact]
    public async Task A_name_that_is_not_utf8_is_refused_wherever_it_stands_and_none_is_kept_under_another()
    {
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            Assert.Skip("Only here can a name be any bytes.");
        }

        try
        {
            _folder.Write("tree/good", 10);
            await ShellAsync("mkdir -p \"$0/tree/sub\" && printf x > \"$0/tree/sub/$(printf 'caf\\351')\"");
            var file = await FailAsync(new ImportOptions(), "tree");
            Assert.Equal(ImportProblem.BadName, file.Problem);
            Assert.Contains("tree/sub/caf", file.Message, StringComparison.Ordinal);
            Assert.Contains("not UTF-8", file.Message, StringComparison.Ordinal);

            await ShellAsync("mkdir -p \"$0/folders/$(printf '\\303\\050')\"");
            Assert.Equal(ImportProblem.BadName, (await FailAsync(new ImportOptions(), "folders")).Problem);
            await ShellAsync("mkdir -p \"$0/links\" && ln -s nowhere \"$0/links/$(printf '\\377')\"");
            Assert.Equal(ImportProblem.BadName, (await FailAsync(new ImportOptions { Symlinks = SymlinkRule.Record }, "links")).Problem);
            await ShellAsync("mkdir -p \"$0/hidden\" && printf x > \"$0/hidden/$(printf '.\\377')\"");
            Assert.Equal(ImportProblem.BadName, (await FailAsync(new ImportOptions(), "hidden")).Problem);
        }
        finally
        {
            await ShellAsync("rm -rf \"$0/tree\" \"$0/folders\" \"$0/links\" \"$0/hidden\""); // .NET cannot remove such names either.
        }
    }

    [Fact]
    public async Task A_writer_that_fails_ends_the_import_with_its_own_error()
    {
        _folder.Write("file", 1_000_000);
        await Assert.ThrowsAsync<IOException>(() => new UnixFsImporter(new ImportOptions(), new FullDisk()).ImportPathAsync(_folder["file"], default));
    }

    /// <summary>Through a shell, because .NET itself cannot make such names; <c>$0</c> is the test's folder.</summary>
    private async Task ShellAsync(string script)
    {
        using var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", script, _folder[string.Empty].TrimEnd('/')]);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, shell.ExitCode);
    }

    private Task<ImportException> FailAsync(ImportOptions options, string relative) =>
        Assert.ThrowsAsync<ImportException>(() => new UnixFsImporter(options, null).ImportPathAsync(_folder[relative], default));

    private sealed class RecordingWriter : IBlockWriter
    {
        public List<Block> Blocks { get; } = [];

        public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask PutManyAsync(IReadOnlyList<Block> blocks, CancellationToken cancellationToken)
        {
            Blocks.AddRange(blocks.Select(block => block with { Data = block.Data.ToArray() }));
            return ValueTask.CompletedTask;
        }
    }

    private sealed class FullDisk : IBlockWriter
    {
        public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => throw new IOException("No space left on device");

        public ValueTask PutManyAsync(IReadOnlyList<Block> blocks, CancellationToken cancellationToken) => throw new IOException("No space left on device");
    }

    /// <summary>Changes the file after it was listed, a given number of times.</summary>
    private sealed class ChangingScan(string path, int times, byte[] append) : IProgress<ImportProgress>
    {
        private int _left = times;

        public IEnumerable<TreeItem> Items(string root)
        {
            foreach (var item in new TreeScanner(new ImportOptions()).Scan(root))
            {
                yield return item;
                if (item.Step == TreeStep.File && _left-- > 0)
                {
                    File.AppendAllBytes(path, append);
                }
            }
        }

        public void Report(ImportProgress value)
        {
        }
    }

    private sealed class DribblingStream(byte[] bytes) : MemoryStream(bytes)
    {
        private readonly Random _random = new(3);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, _random.Next(1, 5000))], cancellationToken);
    }
}
