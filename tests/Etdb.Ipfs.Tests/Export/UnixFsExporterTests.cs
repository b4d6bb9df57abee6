using System.Text;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Export;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;
using FsCheck;
using FsCheck.Fluent;

namespace Etdb.Ipfs.Tests.Export;

public sealed class UnixFsExporterTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MemoryBlockStore _store = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Import_of_an_export_has_the_same_root() => Prop.ForAll(
        Gen.Zip(Gen.Choose(1, 1000), Gen.Choose(0, 12)).ToArbitrary(),
        input =>
        {
            var (seed, files) = input;
            using var folder = new TempFolder();
            var random = new Random(seed);
            Directory.CreateDirectory(folder["in"]);
            for (var i = 0; i < files; i++)
            {
                folder.Write("in/" + string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => "d" + random.Next(2) + "/")) + "ƒ" + i, random.Next(200), i);
            }

            var options = new ImportOptions { Profile = (seed % 2 == 0 ? ImportProfile.V0Of2015 : ImportProfile.V1Of2025) with { ChunkBytes = 16, FileLinks = 3, ShardAboveBytes = 200 } };
            var root = new UnixFsImporter(options, _store).ImportPathAsync(folder["in"], default).GetAwaiter().GetResult();
            new UnixFsExporter(_store, new ExportOptions()).ExportAsync(root.Cid, folder["out"], null, default).GetAwaiter().GetResult();
            return new UnixFsImporter(options, null).ImportPathAsync(folder["out"], default).GetAwaiter().GetResult().Cid == root.Cid;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Theory]
    [InlineData("unixfs-v0-2015")]
    [InlineData("unixfs-v1-2025")]
    public async Task A_second_run_reads_no_leaf_that_is_on_disk_and_right(string profile)
    {
        _folder.Write("in/large", 5_000_000);
        _folder.Write("in/sub/small", 100, 2);
        var root = await ImportAsync("in", profile);
        await ExportAsync(root);
        var counting = new CountingReader(_store);
        var again = await new UnixFsExporter(counting, new ExportOptions()).ExportAsync(root, _folder["out"], null, default);
        Assert.Equal(5_000_100, again.BytesReused);
        Assert.InRange(counting.Count, 1, 10);

        // Half a file and a damaged one: only what is wrong is read and written again.
        var bytes = await File.ReadAllBytesAsync(_folder["out/large"], TestContext.Current.CancellationToken);
        File.Delete(_folder["out/large"]);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(_folder["out/large" + FileExporter.PartSuffix], bytes[..3_000_000], TestContext.Current.CancellationToken);
        var rest = await ExportAsync(root);
        Assert.InRange(rest.BytesReused, 1_000_000, 3_000_000);
        Assert.Equal(root, await ImportAsync("out", profile));
        Assert.False(File.Exists(_folder["out/large" + FileExporter.PartSuffix]));
    }

    [Fact]
    public async Task A_damaged_finished_file_is_put_right()
    {
        _folder.Write("in/f", 600_000);
        var root = await ImportAsync("in", "unixfs-v0-2015");
        await ExportAsync(root);
        var bytes = await File.ReadAllBytesAsync(_folder["out/f"], TestContext.Current.CancellationToken);
        bytes[300_000] ^= 1;
        await File.WriteAllBytesAsync(_folder["out/f"], bytes, TestContext.Current.CancellationToken);
        await ExportAsync(root);
        Assert.Equal(root, await ImportAsync("out", "unixfs-v0-2015"));
    }

    [Theory]
    [InlineData("..", ExportProblem.UnsafeName)]
    [InlineData(".", ExportProblem.UnsafeName)]
    [InlineData("", ExportProblem.UnsafeName)]
    [InlineData("../up", ExportProblem.UnsafeName)]
    [InlineData("/etc/passwd", ExportProblem.UnsafeName)]
    [InlineData("nul\0byte", ExportProblem.UnsafeName)]
    [InlineData("CON", ExportProblem.ReservedName)]
    [InlineData("aux.txt", ExportProblem.ReservedName)]
    [InlineData("a\\b", ExportProblem.ReservedName)]
    [InlineData("C:x", ExportProblem.ReservedName)]
    [InlineData("dot.", ExportProblem.ReservedName)]
    [InlineData("bell\a", ExportProblem.ReservedName)]
    [InlineData("x.etdb-part", ExportProblem.ReservedName)]
    public async Task Dangerous_names_are_refused_and_nothing_is_written(string name, ExportProblem expected)
    {
        var root = PutDirectory((Encoding.UTF8.GetBytes(name), PutRaw("x")));
        var problem = await Assert.ThrowsAsync<ExportException>(() => ExportAsync(root));
        Assert.Equal(expected, problem.Problem);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
    }

    [Fact]
    public async Task Names_that_are_no_text_or_meet_each_other_are_refused()
    {
        var x = PutRaw("x");
        Assert.Equal(ExportProblem.UnsafeName, (await Assert.ThrowsAsync<ExportException>(() => ExportAsync(PutDirectory(([0xff, 0xfe], x))))).Problem);
        Assert.Equal(ExportProblem.DuplicateName, (await Assert.ThrowsAsync<ExportException>(() => ExportAsync(PutDirectory(("a"u8.ToArray(), x), ("a"u8.ToArray(), x))))).Problem);
        Assert.Equal(ExportProblem.DuplicateName, (await Assert.ThrowsAsync<ExportException>(() => ExportAsync(PutDirectory(("a"u8.ToArray(), x), ("A"u8.ToArray(), x))))).Problem);
        var both = PutDirectory(("a"u8.ToArray(), x), ("A"u8.ToArray(), x));
        await new UnixFsExporter(_store, new ExportOptions { AllowReservedNames = true }).ExportAsync(both, _folder["both"], null, default);
        Assert.Equal(2, Directory.GetFiles(_folder["both"]).Length);
    }

    [Fact]
    public async Task Nothing_is_written_through_a_link_on_disk()
    {
        Directory.CreateDirectory(_folder["out"]);
        Directory.CreateDirectory(_folder["elsewhere"]);
        Directory.CreateSymbolicLink(_folder["out/sub"], _folder["elsewhere"]);
        var root = PutDirectory(("sub"u8.ToArray(), PutDirectory(("f"u8.ToArray(), PutRaw("x")))));
        Assert.Equal(ExportProblem.InTheWay, (await Assert.ThrowsAsync<ExportException>(() => ExportAsync(root))).Problem);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["elsewhere"]));

        File.CreateSymbolicLink(_folder["out/g"], _folder["elsewhere/g"]);
        Assert.Equal(ExportProblem.InTheWay, (await Assert.ThrowsAsync<ExportException>(() => ExportAsync(PutDirectory(("g"u8.ToArray(), PutRaw("x")))))).Problem);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["elsewhere"]));
    }

    [Fact]
    public async Task Links_in_the_tree_are_refused_skipped_or_made_and_none_leads_out()
    {
        var inside = PutDirectory(("f"u8.ToArray(), PutRaw("x")), ("l"u8.ToArray(), PutLink("f")));
        Assert.Equal(ExportProblem.Symlink, (await Assert.ThrowsAsync<ExportException>(() => ExportAsync(inside))).Problem);
        Assert.Equal(1, (await ExportAsync(inside, new ExportOptions { Links = ExportLinks.Skip })).LinksSkipped);
        await ExportAsync(inside, new ExportOptions { Links = ExportLinks.Create });
        Assert.Equal("f", new FileInfo(_folder["out/l"]).LinkTarget);
        foreach (var target in new[] { "../x", "/etc/passwd", "a/../../x", "" })
        {
            var outside = PutDirectory(("m"u8.ToArray(), PutLink(target)));
            var problem = await Assert.ThrowsAsync<ExportException>(() => ExportAsync(outside, new ExportOptions { Links = ExportLinks.Create }));
            Assert.Equal(ExportProblem.Symlink, problem.Problem);
        }
    }

    [Fact]
    public async Task Entries_depth_and_bytes_are_limited()
    {
        var at = PutDirectory(("f"u8.ToArray(), PutRaw("x")), ("g"u8.ToArray(), PutRaw("y")));
        for (var i = 0; i < 60; i++)
        {
            // Two names for one folder: 2^60 entries out of 61 blocks.
            at = PutDirectory(("a"u8.ToArray(), at), ("b"u8.ToArray(), at));
        }

        foreach (var options in new[] { new ExportOptions { MaxEntries = 500 }, new ExportOptions { MaxDepth = 10 } })
        {
            Assert.Equal(ExportProblem.TooMuch, (await Assert.ThrowsAsync<ExportException>(() => ExportAsync(at, options))).Problem);
        }

        var two = PutDirectory(("f"u8.ToArray(), PutRaw("xx")));
        Assert.Equal(ExportProblem.TooMuch, (await Assert.ThrowsAsync<ExportException>(() => ExportAsync(two, new ExportOptions { MaxBytes = 1 }))).Problem);
    }

    [Fact]
    public async Task A_missing_block_stops_and_leaves_no_half_file_under_its_name()
    {
        _folder.Write("in/f", 2_000_000);
        var root = await ImportAsync("in", "unixfs-v1-2025");
        var file = (await UnixFsReader.ResolveAsync(_store, root, "f", default)).Node;
        _store.Remove(file.Links[1].Cid);
        var problem = await Assert.ThrowsAsync<DagException>(() => ExportAsync(root));
        Assert.Equal((DagProblem.Missing, file.Links[1].Cid), (problem.Problem, problem.Cid));
        Assert.False(File.Exists(_folder["out/f"]));
    }

    private async Task<Cid> ImportAsync(string relative, string profile) =>
        (await new UnixFsImporter(new ImportOptions { Profile = ImportProfile.ByName(profile)! }, _store).ImportPathAsync(_folder[relative], default)).Cid;

    private Task<ExportResult> ExportAsync(Cid root, ExportOptions? options = null) =>
        new UnixFsExporter(_store, options ?? new ExportOptions()).ExportAsync(root, _folder["out"], null, default);

    private Cid Put(Block block)
    {
        _store.Put(block);
        return block.Cid;
    }

    private Cid PutRaw(string text) => Put(Block.Of(Encoding.UTF8.GetBytes(text), Multicodec.Raw, 1));

    private Cid PutLink(string target) =>
        Put(new DagPbNode([], new UnixFsData(UnixFsType.Symlink) { Data = Encoding.UTF8.GetBytes(target) }.Encode()).ToBlock(1));

    private Cid PutDirectory(params (byte[] Name, Cid Cid)[] names) =>
        Put(new DagPbNode([.. names.Select(entry => new DagPbLink(entry.Cid, entry.Name, 1))], UnixFsData.Directory.Encode()).ToBlock(1));

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
