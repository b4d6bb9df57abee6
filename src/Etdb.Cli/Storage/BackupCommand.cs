using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Storage.Transfer;

namespace Etdb.Cli.Storage;

/// <summary><c>etdb backup</c>: copies everything a silo or cluster stores while it works.</summary>
internal static class BackupCommand
{
    private static readonly Option<string> Out = new("--out") { Description = "New folder for the backup.", Required = true, HelpName = "FOLDER" };
    private static readonly Option<string?> KeyOut = new("--key-out") { Description = "Also copy the cluster's secret key into this new file (mode 0600), which must lie outside the backup.", HelpName = "FILE" };

    public static Command Build() => new Command("backup", "Copy everything a silo or cluster stores into a new folder, while it works. The secret key is not in it: see --key-out.") { Out, KeyOut }
        .WithStorage()
        .WithExamples(
            "etdb backup --config /etc/etdb/silo.json --out /backup/etdb-2026-11-22",
            "etdb backup --config /etc/etdb/silo.json --out /backup/etdb-2026-11-22 --key-out /safe/etdb-secret.key",
            "etdb backup --data /var/lib/etdb/silo --out ./today --json")
        .Does((result, output, ct) => StorageOptions.RunAsync(() => RunAsync(result, output, ct)));

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var silo = StorageOptions.Silo(result);
        var target = Path.GetFullPath(result.GetValue(Out)!);
        var keyOut = result.GetValue(KeyOut) is { } file ? Path.GetFullPath(file) : null;
        RequireApart(target, keyOut);
        await using var site = StorageOptions.Site(silo);
        var now = TimeProvider.System.GetUtcNow();
        var manifest = await MakeAsync(silo, site, target, now, output, ct);
        var key = await SecretKeys.MarkAsync(site, ct);
        if (keyOut is not null)
        {
            SecretFiles.CopyKey(silo.Security.Secrets, silo.DataFolder, keyOut);
        }

        output.Write(
            new { backup = target, manifest.Kind, manifest.At, manifest.Files, secretKey = new { id = key, inBackup = false, copiedTo = keyOut } },
            text =>
            {
                text.WriteLine($"Backed up '{site.Name}' into {target}:");
                foreach (var part in manifest.Files)
                {
                    text.WriteLine($"  {part.Name}  {Sizes.Text(part.Bytes)}  {part.Sha256[..16]}…");
                }

                text.WriteLine(keyOut is null
                    ? $"NOT in it: the cluster's secret key{SecretKeys.Named(key)}. Without it the stored credentials of nodes can never be opened again. Keep a copy elsewhere (--key-out FILE)."
                    : $"The cluster's secret key{SecretKeys.Named(key)} was copied to {keyOut}. Keep it apart from the backup: whoever has both has every node's credential.");
            });
        return CliExit.Done;
    }

    private static async Task<BackupManifest> MakeAsync(SiloOptions silo, StorageSite site, string target, DateTimeOffset now, CliOutput output, CancellationToken ct)
    {
        using var progress = new TransferProgressLine(output);
        return silo.OnPostgres ? await StorageBackup.OfPostgresAsync(site, target, now, progress, ct) : await StorageBackup.OfSqliteAsync(silo.DataFolder, target, now, progress, ct);
    }

    private static void RequireApart(string target, string? keyOut)
    {
        if (keyOut is not null && (keyOut + Path.DirectorySeparatorChar).StartsWith(target.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new CliException($"--key-out '{keyOut}' lies in the backup; the key belongs elsewhere, since whoever has both has every node's credential.");
        }

        if (File.Exists(keyOut))
        {
            throw new CliException($"there is a file '{keyOut}' already; name a new one for --key-out.");
        }
    }
}
