using System.Text.Json;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Nodes;

/// <summary><c>etdb ipfs cid</c> and <c>etdb ipfs car …</c> as a script calls them: answers, exit codes and what is said of odd input.</summary>
public sealed class ContentCommandTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-content-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Cid_of_a_file_is_what_every_other_importer_says()
    {
        var path = Write("hello.txt", "hello\n"u8.ToArray());
        var (code, json) = await JsonAsync("ipfs", "cid", path, "--json");
        Assert.Equal(0, code);
        Assert.Equal("QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN", json.GetProperty("cid").GetString()); // of "hello\n", in many tutorials
        Assert.Equal((6, 1), (json.GetProperty("bytes").GetInt64(), json.GetProperty("blocks").GetInt64()));
        (_, json) = await JsonAsync("ipfs", "cid", path, "--cid-version", "1", "--raw-leaves", "--json");
        var sha = System.Security.Cryptography.SHA256.HashData("hello\n"u8);
        Assert.Equal(Etdb.Ipfs.Cids.Cid.Decode([0x01, 0x55, 0x12, 0x20, .. sha]).ToString(), json.GetProperty("cid").GetString());
    }

    [Fact]
    public async Task A_folder_goes_into_a_car_and_comes_out_the_same()
    {
        var tree = Path.Combine(_folder, "tree");
        Write("tree/a.txt", "one"u8.ToArray());
        Write("tree/sub/zeros.bin", new byte[700_000]);
        Write("tree/sub/empty", []);
        Write("tree/naïve – 文.txt", "two"u8.ToArray());
        var car = Path.Combine(_folder, "tree.car");

        var (code, packed) = await JsonAsync("ipfs", "car", "pack", tree, "-o", car, "--json");
        Assert.Equal(0, code);
        var (_, named) = await JsonAsync("ipfs", "cid", tree, "--json");
        var (verified, report) = await JsonAsync("ipfs", "car", "verify", car, "--json");
        Assert.Equal(0, verified);
        Assert.Contains(named.GetProperty("cid").GetString()!, report.ToString(), StringComparison.Ordinal);
        Assert.Contains(named.GetProperty("cid").GetString()!, packed.ToString(), StringComparison.Ordinal);

        var to = Path.Combine(_folder, "out");
        (code, _) = await JsonAsync("ipfs", "car", "unpack", car, "-o", to, "--json");
        Assert.Equal(0, code);
        Assert.Equal(Files(tree), Files(to));
        (code, var again) = await JsonAsync("ipfs", "car", "unpack", car, "-o", to, "--json");
        Assert.Equal(0, code);
        Assert.Equal(again.GetProperty("bytes").GetInt64(), again.GetProperty("bytesReused").GetInt64());
    }

    [Fact]
    public async Task A_damaged_car_is_named_and_unpacks_to_nothing_wrong()
    {
        var car = Path.Combine(_folder, "x.car");
        Assert.Equal(0, (await JsonAsync("ipfs", "car", "pack", Write("x.bin", new byte[300_000]), "-o", car, "--json")).Code);
        var bytes = await File.ReadAllBytesAsync(car, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        var flipped = Write("flipped.car", bytes);
        var cut = Write("cut.car", bytes[..(bytes.Length - 1000)]);
        foreach (var bad in new[] { flipped, cut })
        {
            var (code, output, errors) = await EtdbProcess.RunAsync(Limit, "ipfs", "car", "verify", bad);
            Assert.True(code == 1, output + errors);
            var to = Path.Combine(_folder, "unpacked-" + Path.GetFileName(bad));
            (code, output, errors) = await EtdbProcess.RunAsync(Limit, "ipfs", "car", "unpack", bad, "-o", to);
            Assert.True(code is 1 or 2, output + errors);
            Assert.All(Directory.Exists(to) ? Files(to) : [], static file => Assert.Contains(".etdb-part ", file, StringComparison.Ordinal)); // kept to go on from
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Odd_input_is_refused_in_one_line_with_exit_code_2()
    {
        var file = Write("f", "x"u8.ToArray());
        var absent = Path.Combine(_folder, "absent");
        foreach (string[] arguments in new string[][]
        {
            ["ipfs", "cid", absent],
            ["ipfs", "cid"],
            ["ipfs", "cid", file, "--profile", "nonsense"],
            ["ipfs", "cid", file, "--cid-version", "2"],
            ["ipfs", "cid", file, "--raw-leaves", "--no-raw-leaves"],
            ["ipfs", "cid", file, "--chunker", "size-0"],
            ["ipfs", "cid", file, "--chunker", "size-99999999999"],
            ["ipfs", "cid", file, "--chunker", "rabin"],
            ["ipfs", "cid", file, "--workers", "-1"],
            ["ipfs", "cid", "/dev/zero"],
            ["ipfs", "car", "pack", absent, "-o", Path.Combine(_folder, "o.car")],
            ["ipfs", "car", "pack", file, "-o", Path.Combine(absent, "o.car")],
            ["ipfs", "car", "verify", absent],
            ["ipfs", "car", "unpack", file, "-o", Path.Combine(_folder, "o")],
            ["ipfs", "car", "unpack", absent, "-o", Path.Combine(_folder, "o")],
        })
        {
            var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
            var said = $"{string.Join(' ', arguments)} ended with {code}: {output}{errors}";
            Assert.True(code == 2, said);
            Assert.True(errors.Trim().Length > 0 && !errors.Contains("   at ", StringComparison.Ordinal) && !errors.Contains("Unhandled", StringComparison.Ordinal), said);
        }
    }

    [Fact]
    public async Task A_name_that_is_not_utf8_is_refused_in_one_line_by_every_command_that_reads_a_folder()
    {
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            Assert.Skip("Only here can a name be any bytes.");
        }

        var tree = Path.Combine(_folder, "tree");
        Write("tree/good.txt", "one"u8.ToArray());
        await ShellAsync("printf x > \"$0/$(printf 'line\\ncaf\\351')\"", tree);
        var car = Path.Combine(_folder, "o.car");
        try
        {
            foreach (string[] arguments in new string[][] { ["ipfs", "cid", tree], ["ipfs", "cid", tree, "--skip-hidden"], ["ipfs", "car", "pack", tree, "-o", car] })
            {
                var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
                var said = $"{string.Join(' ', arguments)} ended with {code}: {output}{errors}";
                Assert.True(code == 2, said);
                Assert.True(output.Trim().Length == 0, said);
                Assert.True(errors.Contains("not UTF-8", StringComparison.Ordinal) && errors.Contains("caf", StringComparison.Ordinal), said);
                Assert.True(!errors.Trim().Contains('\n', StringComparison.Ordinal), said);
            }
        }
        finally
        {
            await ShellAsync("rm -rf \"$0\"", tree); // .NET cannot remove such names.
        }

        Assert.False(File.Exists(car));
    }

    private static async Task ShellAsync(string script, string folder)
    {
        using var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", script, folder]);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, shell.ExitCode);
    }

    private static List<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => Path.GetRelativePath(folder, path) + " " + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))))];

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static async Task<(int Code, JsonElement Json)> JsonAsync(params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
        Assert.True(output.TrimStart().StartsWith('{'), $"{string.Join(' ', arguments)} ended with {code}: {output}{errors}");
        using var json = JsonDocument.Parse(output);
        return (code, json.RootElement.Clone());
    }
}
