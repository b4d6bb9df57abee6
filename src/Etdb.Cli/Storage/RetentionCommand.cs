using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Storage.Transfer;

namespace Etdb.Cli.Storage;

/// <summary><c>etdb retention</c>: shows, and removes when confirmed, what is older than the configured limits. A silo does the same once an hour.</summary>
internal static class RetentionCommand
{
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only count." };

    public static Command Build() => new Command("retention", "Remove observations, ended repairs and healed incidents that are older than configured; never evidence.") { DryRun, StorageOptions.Yes }
        .WithStorage()
        .WithExamples("etdb retention --config silo.json --dry-run", "etdb retention --config silo.json --yes")
        .Does((result, output, ct) => StorageOptions.RunAsync(() => RunAsync(result, output, ct)));

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var silo = StorageOptions.Silo(result);
        await using var site = StorageOptions.Existing(silo);
        var now = TimeProvider.System.GetUtcNow();
        var counts = await Retention.TrimAsync(site, silo.Retention, now, remove: false, ct);
        var remove = counts.Values.Sum() > 0 && !result.GetValue(DryRun) && StorageOptions.Confirmed(result, output, $"{counts.Values.Sum()} old rows are removed from '{site.Name}'.");
        if (remove)
        {
            counts = await Retention.TrimAsync(site, silo.Retention, now, remove: true, ct);
        }

        output.Write(
            new { removed = remove, rows = counts },
            text => text.WriteLine($"{(remove ? "Removed" : "Too old")}: {string.Join(", ", counts.Select(c => $"{c.Value} {c.Key}"))}."));
        return remove || result.GetValue(DryRun) || counts.Values.Sum() == 0 ? CliExit.Done : CliExit.No;
    }
}
