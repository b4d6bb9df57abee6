using System.Diagnostics;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Tests.Import;

public sealed class ImportManifestTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_manifest_in_any_order_gives_the_root_of_the_folder_it_describes()
    {
        string[] names = ["a", "b/c", "b/d/e", "b/d/f", "b-c", "z/é"];
        var entries = names.Select((name, i) => ManifestEntry.OfFile(name, _folder.Write("tree/" + name, 1000 * i, i))).ToList();
        var known = await new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree/b/c"], default);
        entries[1] = ManifestEntry.OfPart("b/c", known.Root);
        var folder = await new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree"], default);
        for (var seed = 0; seed < 10; seed++)
        {
            var shuffled = entries.ToArray();
            new Random(seed).Shuffle(shuffled);
            Assert.Equal(folder.Root, (await ImportManifest.ImportAsync(shuffled, new ImportOptions(), null, default)).Root);
        }

        Assert.Equal(
            "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", (await ImportManifest.ImportAsync([], new ImportOptions(), null, default)).Cid.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/.")]
    [InlineData("x", "x")]
    [InlineData("x", "x/y")]
    public async Task Paths_that_cannot_be_are_refused(params string[] paths)
    {
        var file = _folder.Write("f", 1);
        var entries = paths.Select(path => ManifestEntry.OfFile(path, file)).ToList();
        var problem = await Assert.ThrowsAsync<ImportException>(() => ImportManifest.ImportAsync(entries, new ImportOptions(), null, default));
        Assert.Equal(ImportProblem.BadName, problem.Problem);
    }

    [Fact]
    public async Task A_pipe_is_refused_and_never_opened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes in folders are told apart on Linux.");
        Directory.CreateDirectory(_folder["tree"]);
        using (var made = Process.Start("mkfifo", _folder["tree/pipe"]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var problem = await Assert.ThrowsAsync<ImportException>(() => new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree"], default));
        Assert.Equal(ImportProblem.SpecialFile, problem.Problem);
        var entry = ManifestEntry.OfFile("p", _folder["tree/pipe"]);
        Assert.Equal(ImportProblem.NotFound, (await Assert.ThrowsAsync<ImportException>(() => ImportManifest.ImportAsync([entry], new ImportOptions(), null, default))).Problem);
    }

    [Fact]
    public async Task A_name_that_is_not_UTF8_is_refused_and_not_changed_silently()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux file systems hold such names.");
        Directory.CreateDirectory(_folder["tree"]);
        await ShellAsync("printf x > $'\\xff\\xfe'");
        var problem = await Assert.ThrowsAsync<ImportException>(() => new UnixFsImporter(new ImportOptions(), null).ImportPathAsync(_folder["tree"], default));
        Assert.Equal(ImportProblem.BadName, problem.Problem);

        // .NET cannot name the file, so it cannot delete it either.
        await ShellAsync("rm -f ./*");
    }

    private async Task ShellAsync(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = _folder["tree"], UseShellExecute = false })!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
