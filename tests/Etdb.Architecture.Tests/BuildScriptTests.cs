using System.Diagnostics;

namespace Etdb.Architecture.Tests;

/// <summary>eng/build.sh, run with a compiler in place of the real one, in a tree of its own.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private readonly string _tree = Directory.CreateTempSubdirectory("etdb-build-").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_tree, recursive: true);

    [Fact]
    public async Task A_compiler_that_stays_does_not_keep_the_lock_of_the_build()
    {
        // What MSBuild's nodes do: they outlive the build that started them, with every descriptor they were given.
        Compiler("sleep 120 & echo $! > \"$STAYS\"; disown; exit 0");
        var (code, text) = await RunAsync("build_cli Embedded; kill -0 $(cat \"$STAYS\") && flock -n \"$root/artifacts/embedded/.built.lock\" echo free; kill $(cat \"$STAYS\")");
        Assert.True(code == 0 && text.Contains("free", StringComparison.Ordinal), text);
    }

    [Fact]
    public async Task A_tree_that_did_not_change_is_not_built_again()
    {
        Compiler("echo built >> \"$STAYS\"");
        var (code, text) = await RunAsync("build_cli Embedded; touch -d '1 hour ago' src tests/Etdb.Simulation src/* Directory.*; touch artifacts/embedded/.built; build_cli Embedded; wc -l < \"$STAYS\"");
        Assert.Equal((0, "1"), (code, text.Trim().Split('\n')[^1].Trim()));
    }

    [Fact]
    public async Task A_build_that_fails_shows_what_the_compiler_said_and_is_tried_again()
    {
        Compiler("echo 'error CS1002: ; expected'; echo built >> \"$STAYS\"; exit 1");
        var (first, text) = await RunAsync("build_cli Embedded");
        Assert.Equal(2, first);
        Assert.Contains("error CS1002", text, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("build_cli Embedded")).Code);
        Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Combine(_tree, "stays"), TestContext.Current.CancellationToken)).Length);
    }

    private void Compiler(string body)
    {
        foreach (var folder in new[] { "bin", "src/Etdb.Cli", "tests/Etdb.Simulation" })
        {
            Directory.CreateDirectory(Path.Combine(_tree, folder));
        }

        foreach (var file in new[] { "src/Etdb.Cli/Etdb.Cli.csproj", "Directory.Build.props", ".globalconfig", ".editorconfig", "global.json", "BannedSymbols.txt" })
        {
            File.WriteAllText(Path.Combine(_tree, file), "");
        }

        File.WriteAllText(Path.Combine(_tree, "bin", "dotnet"), $"#!/usr/bin/env bash\n{body}\n");
    }

    /// <summary>Exit code and both streams of a script that has read eng/build.sh.</summary>
    private async Task<(int Code, string Text)> RunAsync(string script)
    {
        var end = TestContext.Current.CancellationToken;
        var log = Path.Combine(_tree, "log");
        var source = Path.Combine(Repository.Root, "eng", "build.sh");
        var info = new ProcessStartInfo("bash", ["-c", $"exec >\"$LOG\" 2>&1; set -euo pipefail; chmod +x bin/dotnet; root=$PWD; . '{source}'; {script}"]) { WorkingDirectory = _tree, UseShellExecute = false };
        info.Environment["PATH"] = $"{Path.Combine(_tree, "bin")}:{info.Environment["PATH"]}";
        info.Environment["STAYS"] = Path.Combine(_tree, "stays");
        info.Environment["LOG"] = log;
        using var process = Process.Start(info)!;
        await process.WaitForExitAsync(end);
        return (process.ExitCode, await File.ReadAllTextAsync(log, end));
    }
}
