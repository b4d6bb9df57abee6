using System.Text.Json;
using Etdb.Storage.Sql;
using Etdb.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Etdb.Storage.Transfer;

/// <summary>A file of a backup.</summary>
public sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>What a backup holds; <c>backup.json</c> in its folder, written last: a folder without it is no backup.</summary>
public sealed record BackupManifest(string Product, int Format, string Kind, DateTimeOffset At, IReadOnlyList<BackupFile> Files);

/// <summary>
/// Copies of a cluster's storage that can be made while it works. SQLite: each file as it is at one moment (<c>VACUUM INTO</c>), grain states first, so that evidence and ledger
/// index are never behind them. PostgreSQL: one export in one transaction. Every file's hash is in the manifest and is checked before anything is restored. What is said to be done
/// is on the disk; what failed leaves no files behind.
/// </summary>
public static class StorageBackup
{
    /// <summary>Version of the layout of a backup.</summary>
    public const int Format = 1;

    /// <summary>The manifest's name.</summary>
    public const string ManifestName = "backup.json";

    private const string ExportName = "export.jsonl";
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly string[] SqliteFiles = ["grains.db", "evidence.db", "ledger.db", "catalogue.db"];
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Backs a data folder up into <paramref name="target"/>, which must be missing or empty.</summary>
    public static Task<BackupManifest> OfSqliteAsync(string folder, string target, DateTimeOffset now, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        string[] files = [.. SqliteFiles.Where(n => File.Exists(Path.Combine(folder, n)))];
        return files.Length == 0
            ? throw new FileNotFoundException($"'{folder}' holds nothing to back up; is it the data folder of a silo?")
            : MakeAsync("sqlite", target, files, (name, to) => VacuumAsync(Path.Combine(folder, name), to, progress, cancellationToken), now, progress, cancellationToken);
    }

    /// <summary>Backs a PostgreSQL database up into <paramref name="target"/>, which must be missing or empty.</summary>
    public static Task<BackupManifest> OfPostgresAsync(StorageSite site, string target, DateTimeOffset now, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
        => MakeAsync("postgres", target, [ExportName], (_, to) => StorageExport.ToFileAsync(site, to, now, progress, cancellationToken), now, progress, cancellationToken);

    /// <summary>Reads a backup's manifest and hashes every file again.</summary>
    /// <exception cref="FormatException">It is no backup, of a newer version, or not what was written.</exception>
    public static async Task<BackupManifest> CheckAsync(string backup, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var path = Path.Combine(backup, ManifestName);
        if (!File.Exists(path))
        {
            throw new FormatException($"'{backup}' is no backup: it has no {ManifestName}. (A backup that was cut short has none.)");
        }

        var manifest = Parse(await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false), path);
        foreach (var file in manifest.Files)
        {
            var copy = Path.Combine(backup, file.Name);
            if (!File.Exists(copy) || await DurableFiles.HashAsync(copy, "checking", progress, cancellationToken).ConfigureAwait(false) != file.Sha256)
            {
                throw new FormatException($"'{copy}' is missing or not what was backed up; nothing was restored. Use another backup.");
            }
        }

        return manifest;
    }

    /// <summary>
    /// Puts the files of a checked SQLite backup into a data folder. What was there is moved into a folder beside it, whose path is returned; null when nothing was. No silo starts on a
    /// folder in which this was cut short (<see cref="UnfinishedRestore"/>); done again, it goes on.
    /// </summary>
    public static async Task<string?> RestoreSqliteAsync(
        string backup, BackupManifest manifest, string folder, DateTimeOffset now, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        Directory.CreateDirectory(folder);
        foreach (var file in manifest.Files)
        {
            await DurableFiles.CopyAsync(Path.Combine(backup, file.Name), Path.Combine(folder, file.Name + ".restoring"), progress, cancellationToken).ConfigureAwait(false);
        }

        var aside = Path.Combine(folder, $"replaced-{now:yyyyMMddTHHmmss}");
        UnfinishedRestore.Begin(folder, backup);
        var old = Directory.EnumerateFiles(folder, "*.db*").Where(f => !f.EndsWith(".restoring", StringComparison.Ordinal)).ToList();
        if (old.Count > 0)
        {
            Directory.CreateDirectory(aside);
            old.ForEach(f => File.Move(f, Path.Combine(aside, Path.GetFileName(f))));
            FolderSync.Sync(aside);
        }

        foreach (var file in manifest.Files)
        {
            File.Move(Path.Combine(folder, file.Name + ".restoring"), Path.Combine(folder, file.Name));
        }

        UnfinishedRestore.End(folder);
        return old.Count > 0 ? aside : null;
    }

    /// <summary>Puts a checked PostgreSQL backup into an empty site of either kind.</summary>
    public static Task RestoreExportAsync(string backup, StorageSite site, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
        => StorageImport.WriteAsync(site, Path.Combine(backup, ExportName), progress, cancellationToken);

    private static async Task<BackupManifest> MakeAsync(
        string kind, string target, string[] names, Func<string, string, Task> copy, DateTimeOffset now, IProgress<TransferProgress>? progress, CancellationToken ct)
    {
        Directory.CreateDirectory(target);
        if (Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new IOException($"'{target}' is not empty; name a new folder for each backup.");
        }

        try
        {
            var files = new List<BackupFile>();
            foreach (var name in names)
            {
                var path = Path.Combine(target, name);
                await copy(name, path).ConfigureAwait(false);
                files.Add(new BackupFile(name, new FileInfo(path).Length, await DurableFiles.HashAsync(path, "hashing", progress, ct).ConfigureAwait(false)));
            }

            var manifest = new BackupManifest("etdb", Format, kind, now, files);
            FolderSync.Sync(Path.GetDirectoryName(Path.GetFullPath(target).TrimEnd(Path.DirectorySeparatorChar)) ?? "/");
            DurableFiles.Write(Path.Combine(target, ManifestName), JsonSerializer.SerializeToUtf8Bytes(manifest, Json));
            return manifest;
        }
        catch
        {
            // Half a backup would only take the room that may be short, and stand in the way of the next one.
            foreach (var file in Directory.EnumerateFiles(target))
            {
                File.Delete(file);
            }

            throw;
        }
    }

    /// <summary>SQLite copies on this thread's behalf until it is done: it is watched from outside, and interrupted when the caller gives up.</summary>
    private static async Task VacuumAsync(string from, string to, IProgress<TransferProgress>? progress, CancellationToken ct)
    {
        var connection = await SqliteDatabase.OpenAsync(from, durable: true, ct).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var (step, total) = ($"copying {Path.GetFileName(from)}", new FileInfo(from).Length);
            var copying = Task.Run(() => connection.ExecuteAsync("vacuum into @target", [("@target", to)], CancellationToken.None), CancellationToken.None);
            var stop = ct.Register(() => SQLitePCL.raw.sqlite3_interrupt(connection.Handle));
            await using (stop.ConfigureAwait(false))
            {
                while (await Task.WhenAny(copying, Task.Delay(LookEvery, TimeProvider.System, CancellationToken.None)).ConfigureAwait(false) != copying)
                {
                    progress?.Report(new TransferProgress(step, File.Exists(to) ? new FileInfo(to).Length : 0, total));
                }

                try
                {
                    await copying.ConfigureAwait(false);
                }
                catch (SqliteException) when (ct.IsCancellationRequested)
                {
                    throw new OperationCanceledException(ct);
                }
            }
        }

        DurableFiles.Sync(to); // SQLite leaves that to the system.
    }

    /// <summary>A name out of a manifest becomes a path in the data folder: only those that a backup gives are taken, each once.</summary>
    private static bool HoldsOnlyOurs(BackupManifest manifest)
    {
        string[] known = manifest.Kind switch
        {
            "sqlite" => SqliteFiles,
            "postgres" => [ExportName],
            _ => [],
        };
        var names = manifest.Files.Select(f => f?.Name ?? "").ToList();
        return names.All(known.Contains) && names.Distinct(StringComparer.Ordinal).Count() == names.Count;
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
            { Product: "etdb", Format: <= Format, Files.Count: > 0 } when HoldsOnlyOurs(manifest) => manifest,
            { Product: "etdb", Format: > Format } => throw new FormatException($"'{path}' is of a newer version of etdb (layout {manifest.Format}, this one reads {Format})."),
            _ => throw new FormatException($"'{path}' is no manifest of a backup of etdb."),
        };
    }
}
