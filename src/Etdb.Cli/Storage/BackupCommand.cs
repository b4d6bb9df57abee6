using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Storage.Transfer;

namespace Etdb.Cli.Storage;

/// <summary><c>etdb backup</c>: copies everything a silo or cluster stores while it works.</summary>
internal static class BackupCommand
{
    private static readonly Option<string> Out = new("--out") { Description = "New folder for the backup.", Required = true, HelpName = "FOLDER" };

    public static Command Build() => new Command("backup", "Copy everything a silo or cluster stores into a new folder, while it works.") { Out }
        .WithStorage()
        .WithExamples("etdb backup --config /etc/etdb/silo.json --out /backup/etdb-2026-11-22", "etdb backup --data /var/lib/etdb/silo --out ./today --json")
        .Does((result, output, ct) => StorageOptions.RunAsync(() => RunAsync(result, output, ct)));

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var silo = StorageOptions.Silo(result);
        var target = Path.GetFullPath(result.GetValue(Out)!);
        await using var site = StorageOptions.Site(silo);
        var now = TimeProvider.System.GetUtcNow();
        var manifest = silo.OnPostgres ? await StorageBackup.OfPostgresAsync(site, target, now, ct) : await StorageBackup.OfSqliteAsync(silo.DataFolder, target, now, ct);
        output.Write(
            new { backup = target, manifest.Kind, manifest.At, manifest.Files },
            text =>
            {
                text.WriteLine($"Backed up '{site.Name}' into {target}:");
                foreach (var file in manifest.Files)
                {
                    text.WriteLine($"  {file.Name}  {Sizes.Text(file.Bytes)}  {file.Sha256[..16]}…");
                }
            });
        return CliExit.Done;
    }
}
