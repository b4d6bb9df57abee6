using System.Security.Cryptography;
using System.Text.Json;
using Etdb.Storage.Sql;
using Etdb.Storage.Sqlite;

namespace Etdb.Storage.Transfer;

/// <summary>A file of a backup.</summary>
public sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>What a backup holds; <c>backup.json</c> in its folder, written last: a folder without it is no backup.</summary>
public sealed record BackupManifest(string Product, int Format, string Kind, DateTimeOffset At, IReadOnlyList<BackupFile> Files);

/// <summary>
/// Copies of a cluster's storage that can be made while it works. SQLite: each file as it is at one moment (<c>VACUUM INTO</c>), grain states first, so that evidence and ledger
/// index are never behind them. PostgreSQL: one export in one transaction. Every file's hash is in the manifest and is checked before anything is restored.
/// </summary>
public static class StorageBackup
{
    /// <summary>Version of the layout of a backup.</summary>
    public const int Format = 1;

    /// <summary>The manifest's name.</summary>
    public const string ManifestName = "backup.json";

    private const string ExportName = "export.jsonl";
    private static readonly string[] SqliteFiles = ["grains.db", "evidence.db", "ledger.db", "catalogue.db"];
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Backs a data folder up into <paramref name="target"/>, which must be missing or empty.</summary>
    public static async Task<BackupManifest> OfSqliteAsync(string folder, string target, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Prepare(target);
        var files = new List<string>();
        foreach (var name in SqliteFiles.Where(n => File.Exists(Path.Combine(folder, n))))
        {
            var connection = await SqliteDatabase.OpenAsync(Path.Combine(folder, name), durable: true, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await connection.ExecuteAsync("vacuum into @target", [("@target", Path.Combine(target, name))], cancellationToken).ConfigureAwait(false);
            }

            files.Add(name);
        }

        return files.Count == 0
            ? throw new FileNotFoundException($"'{folder}' holds nothing to back up; is it the data folder of a silo?")
            : await FinishAsync("sqlite", target, files, now, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Backs a PostgreSQL database up into <paramref name="target"/>, which must be missing or empty.</summary>
    public static async Task<BackupManifest> OfPostgresAsync(StorageSite site, string target, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Prepare(target);
        var file = new FileStream(Path.Combine(target, ExportName), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        await using (file.ConfigureAwait(false))
        {
            await StorageExport.WriteAsync(site, file, now, cancellationToken).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        return await FinishAsync("postgres", target, [ExportName], now, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a backup's manifest and hashes every file again.</summary>
    /// <exception cref="FormatException">It is no backup, of a newer version, or not what was written.</exception>
    public static async Task<BackupManifest> CheckAsync(string backup, CancellationToken cancellationToken)
    {
        var path = Path.Combine(backup, ManifestName);
        if (!File.Exists(path))
        {
            throw new FormatException($"'{backup}' is no backup: it has no {ManifestName}. (A backup that was cut short has none.)");
        }

        var manifest = Parse(await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false), path);
        foreach (var file in manifest.Files)
        {
            var copy = Path.Combine(backup, Path.GetFileName(file.Name));
            if (!File.Exists(copy) || await HashAsync(copy, cancellationToken).ConfigureAwait(false) != file.Sha256)
            {
                throw new FormatException($"'{copy}' is missing or not what was backed up; nothing was restored. Use another backup.");
            }
        }

        return manifest;
    }

    /// <summary>Puts the files of a checked SQLite backup into a data folder. What was there is moved into a folder beside it, whose path is returned; null when nothing was.</summary>
    public static async Task<string?> RestoreSqliteAsync(string backup, BackupManifest manifest, string folder, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        Directory.CreateDirectory(folder);
        foreach (var file in manifest.Files)
        {
            await CopyAsync(Path.Combine(backup, file.Name), Path.Combine(folder, file.Name + ".restoring"), cancellationToken).ConfigureAwait(false);
        }

        var aside = Path.Combine(folder, $"replaced-{now:yyyyMMddTHHmmss}");
        var old = Directory.EnumerateFiles(folder, "*.db*").Where(f => !f.EndsWith(".restoring", StringComparison.Ordinal)).ToList();
        if (old.Count > 0)
        {
            Directory.CreateDirectory(aside);
            old.ForEach(f => File.Move(f, Path.Combine(aside, Path.GetFileName(f))));
        }

        foreach (var file in manifest.Files)
        {
            File.Move(Path.Combine(folder, file.Name + ".restoring"), Path.Combine(folder, file.Name));
        }

        return old.Count > 0 ? aside : null;
    }

    /// <summary>Puts a checked PostgreSQL backup into an empty site of either kind; returns what <see cref="StorageImport.WriteAsync"/> does.</summary>
    public static Task<long> RestoreExportAsync(string backup, StorageSite site, CancellationToken cancellationToken)
        => StorageImport.WriteAsync(site, Path.Combine(backup, ExportName), cancellationToken);

    private static void Prepare(string target)
    {
        Directory.CreateDirectory(target);
        if (Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new IOException($"'{target}' is not empty; name a new folder for each backup.");
        }
    }

    private static async Task<BackupManifest> FinishAsync(string kind, string target, IEnumerable<string> names, DateTimeOffset now, CancellationToken ct)
    {
        var files = new List<BackupFile>();
        foreach (var name in names)
        {
            var path = Path.Combine(target, name);
            files.Add(new BackupFile(name, new FileInfo(path).Length, await HashAsync(path, ct).ConfigureAwait(false)));
        }

        var manifest = new BackupManifest("etdb", Format, kind, now, files);
        await File.WriteAllTextAsync(Path.Combine(target, ManifestName + ".new"), JsonSerializer.Serialize(manifest, Json), ct).ConfigureAwait(false);
        File.Move(Path.Combine(target, ManifestName + ".new"), Path.Combine(target, ManifestName));
        return manifest;
    }

    private static BackupManifest Parse(string text, string path)
    {
        BackupManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<BackupManifest>(text, Json);
        }
        catch (JsonException e)
        {
            throw new FormatException($"'{path}' cannot be read: {e.Message}", e);
        }

        return manifest switch
        {
            { Product: "etdb", Format: <= Format, Files.Count: > 0 } => manifest,
            { Product: "etdb", Format: > Format } => throw new FormatException($"'{path}' is of a newer version of etdb (layout {manifest.Format}, this one reads {Format})."),
            _ => throw new FormatException($"'{path}' is no manifest of a backup of etdb."),
        };
    }

    private static async Task<string> HashAsync(string path, CancellationToken ct)
    {
        var stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, ct).ConfigureAwait(false));
        }
    }

    private static async Task CopyAsync(string from, string to, CancellationToken ct)
    {
        var source = File.OpenRead(from);
        await using (source.ConfigureAwait(false))
        {
            var target = new FileStream(to, FileMode.Create, FileAccess.Write);
            await using (target.ConfigureAwait(false))
            {
                await source.CopyToAsync(target, ct).ConfigureAwait(false);
                target.Flush(flushToDisk: true);
            }
        }
    }
}
