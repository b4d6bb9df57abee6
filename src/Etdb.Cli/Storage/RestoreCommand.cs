using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Silo.Hosting;
using Etdb.Storage.Transfer;

namespace Etdb.Cli.Storage;

/// <summary><c>etdb restore</c>: puts a backup back. Every file is hashed first; what is replaced is moved aside, never deleted.</summary>
internal static class RestoreCommand
{
    private static readonly Option<string> From = new("--from") { Description = "Folder of the backup.", Required = true, HelpName = "FOLDER" };

    public static Command Build() => new Command("restore", "Put a backup back: checked first, asked for, and what was there is moved aside.") { From, StorageOptions.Yes }
        .WithStorage()
        .WithExamples("etdb restore --config /etc/etdb/silo.json --from /backup/etdb-2026-11-22", "etdb restore --data /var/lib/etdb/silo --from ./today --yes")
        .Does((result, output, ct) => StorageOptions.RunAsync(() => RunAsync(result, output, ct)));

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var silo = StorageOptions.Silo(result);
        var backup = Path.GetFullPath(result.GetValue(From)!);
        var manifest = await CheckAsync(backup, output, ct);
        using var held = StorageOptions.Hold(silo);
        await using var site = StorageOptions.Site(silo, isRestoring: true);
        if (manifest.Kind == "sqlite" && silo.OnPostgres)
        {
            throw new CliException("a backup of SQLite files cannot be put into PostgreSQL as it is. Restore it into a data folder, then move it with 'etdb export' and 'etdb import'.");
        }

        if (!StorageOptions.Confirmed(result, output, $"The data of '{site.Name}' is replaced by the backup of {manifest.At:u}."))
        {
            output.Write(new { restored = false, backup }, text => text.WriteLine("Nothing was changed. Run it again with --yes to restore."));
            return CliExit.No;
        }

        var aside = await PutAsync(silo, site, backup, manifest, output, ct);
        var (key, advice) = await SecretKeys.AfterRestoreAsync(silo, site, ct);
        output.Write(
            new { restored = true, backup, manifest.At, movedTo = aside, secretKey = new { id = key, advice } },
            text =>
            {
                text.WriteLine($"Restored the backup of {manifest.At:u} into '{site.Name}'.{(aside is null ? "" : $" What was there lies in {aside}.")}");
                text.WriteLine("Access is as it was then: revoke again what was revoked since ('etdb token list'), and take back invitations that were used since ('etdb member invites').");
                if (advice is not null)
                {
                    text.WriteLine(advice);
                }
            });
        return CliExit.Done;
    }

    private static async Task<BackupManifest> CheckAsync(string backup, CliOutput output, CancellationToken ct)
    {
        using var progress = new TransferProgressLine(output);
        return await StorageBackup.CheckAsync(backup, progress, ct);
    }

    private static async Task<string?> PutAsync(SiloOptions silo, StorageSite site, string backup, BackupManifest manifest, CliOutput output, CancellationToken ct)
    {
        using var progress = new TransferProgressLine(output);
        if (manifest.Kind == "sqlite")
        {
            return await StorageBackup.RestoreSqliteAsync(backup, manifest, silo.DataFolder, TimeProvider.System.GetUtcNow(), progress, ct);
        }

        await StorageOptions.ForgetNumberingAsync(silo, site, ct);
        await StorageBackup.RestoreExportAsync(backup, site, progress, ct);
        return null;
    }
}
