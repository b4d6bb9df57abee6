using System.Diagnostics;
using System.Text.RegularExpressions;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;
using Etdb.Testing;

namespace Etdb.Conformance.Content;

/// <summary>The same files through other people's importers: every CID must be ours. Sizes lie on both sides of each edge of chunk and node.</summary>
public sealed partial class SameCidTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("js-ipfs", "unixfs-v0-2015")]
    [InlineData("current", "unixfs-v0-2015")]
    [InlineData("current", "unixfs-v1-2025")]
    public async Task Files_and_folders_get_the_cid_of_the_JavaScript_importer(string engine, string profile)
    {
        var paths = new[] { 0, 1, 255, 262143, 262144, 262145, 1048576, 1048577, 174 * 262144, 174 * 262144 + 1 }.Select(size => Write($"f{size}", size)).ToList();
        paths.Add(MakeTree());
        paths.Add(MakeWideFolder("plain", 100));
        paths.Add(MakeWideFolder("sharded", 6000));
        var jobs = paths.ConvertAll(path => new JsImporter.Job(path, engine, engine == "current" ? profile : null));
        var theirs = await JsImporter.CidsAsync(jobs);
        await CompareAsync(paths, ImportProfile.ByName(profile)!, theirs);
    }

    [Theory]
    [InlineData("js-ipfs", 0, true, 1000, 5)]
    [InlineData("js-ipfs", 1, true, 262144, 174)]
    [InlineData("js-ipfs", 1, false, 1000, 174)]
    [InlineData("current", 1, false, 65536, 3)]
    [InlineData("current", 0, true, 4096, 174)]
    public async Task Single_options_mean_the_same(string engine, int cidVersion, bool rawLeaves, int chunk, int maxLinks)
    {
        var paths = new[] { 0, 1, 999, 1000, 1001, 100_000, 700_001 }.Select(size => Write($"f{size}", size)).ToList();
        var theirs = await JsImporter.CidsAsync(paths.ConvertAll(path => new JsImporter.Job(path, engine, null, cidVersion, rawLeaves, chunk, maxLinks)));
        var profile = new ImportProfile { CidVersion = cidVersion, RawLeaves = rawLeaves, ChunkBytes = chunk, FileLinks = maxLinks };
        await CompareAsync(paths, profile, theirs);
    }

    [Fact]
    public async Task Files_get_the_cid_of_Debians_ipfs_cid()
    {
        foreach (var size in new[] { 1, 262144, 262145, 5_000_000, 50_000_000 })
        {
            var path = Write($"f{size}", size);
            var ours = await new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(await DebianAsync(path), ours.Cid.ToString());
        }
    }

    private static async Task CompareAsync(List<string> paths, ImportProfile profile, IReadOnlyList<string> theirs)
    {
        for (var i = 0; i < paths.Count; i++)
        {
            var ours = await new UnixFsImporter(new ImportOptions { Profile = profile }, null).ImportPathAsync(paths[i], TestContext.Current.CancellationToken);
            Assert.True(theirs[i] == ours.Cid.ToString(), $"{Path.GetFileName(paths[i])}: theirs {theirs[i]}, ours {ours.Cid}");
        }
    }

    private static async Task<string> DebianAsync(string path)
    {
        try
        {
            var info = new ProcessStartInfo("ipfs_cid", [path]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(info)!;
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await errors;
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return V0Text().Match(output).Value;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("Debian's ipfs-cid is not installed (apt-get install ipfs-cid).");
            throw;
        }
    }

    [GeneratedRegex("Qm[1-9A-HJ-NP-Za-km-z]{44}", RegexOptions.None, 1000)]
    private static partial Regex V0Text();

    private string MakeTree()
    {
        Write("tree/a.txt", 10);
        Write("tree/naïve ✓.bin", 300_000);
        Write("tree/sub/deep/er/x", 1);
        Write("tree/sub/empty-file", 0);
        Directory.CreateDirectory(_folder.At("tree", "empty-folder"));
        return _folder.At("tree");
    }

    private string MakeWideFolder(string name, int files)
    {
        for (var i = 0; i < files; i++)
        {
            Write($"{name}/a file whose name is of some length, number {i}", i % 7);
        }

        return _folder.At(name);
    }

    private string Write(string relative, int size)
    {
        var path = _folder.At(relative.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
