using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Hosting;

namespace Etdb.Cli.Storage;

/// <summary><c>etdb rebuild</c>: has a running silo make the catalogue again from the grains, and waits for it.</summary>
internal static class RebuildCommand
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(500);

    public static Command Build() => new Command("rebuild", "Have a running silo make the catalogue again from the grains. Loses nothing; lists fill up again.")
        .WithServer()
        .WithExamples("etdb rebuild", "etdb rebuild --server http://127.0.0.1:8420 --json")
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        var progress = await client.PostAsync<RebuildView>("catalogue/rebuild", new { }, ct) ?? throw new CliException("the server cannot rebuild; is it an etdb silo of this version?");
        while (progress is { State: "running" })
        {
            await Task.Delay(PollEvery, TimeProvider.System, ct);
            progress = await client.NeedAsync<RebuildView>("catalogue/rebuild", ct);
        }

        output.Write(progress, text => text.WriteLine(progress.Problem is null ? $"Rebuilt from {progress.Shown} grains." : $"Stopped after {progress.Shown} grains: {progress.Problem}"));
        return progress.Problem is null ? CliExit.Done : CliExit.No;
    }
}
