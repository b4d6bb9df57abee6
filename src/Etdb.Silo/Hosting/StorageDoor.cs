using System.Buffers.Binary;
using System.Globalization;
using Etdb.Silo.Adapters;
using Etdb.Silo.Security;
using Etdb.Storage.Clustering;
using Etdb.Storage.Grains;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sqlite;
using Etdb.Storage.Transfer;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Etdb.Silo.Hosting;

/// <summary>
/// Looks, before a silo starts, whether it can start on its database, and brings the schema up to date. Everything that is wrong is a sentence, not a failure: who
/// starts the silo waits and looks again. A damaged catalogue is moved aside, because it can be made again from the grains; nothing else is touched.
/// </summary>
public static class StorageDoor
{
    private const int HeaderBytes = 100;

    /// <summary>What is in the way, for people; null when the silo can start.</summary>
    public static async Task<string?> LookAsync(SiloOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return (options.OnPostgres ? await LookAtPostgresAsync(options, time, cancellationToken) : await LookAtFilesAsync(options, time, cancellationToken))
                ?? LookAtLedger(options, time);
        }
        catch (Exception e) when (e is NewerSchemaException or NotSupportedException or GrainStorageException or NpgsqlException or SqliteException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            return e.Message;
        }
    }

    private static async Task<string?> LookAtPostgresAsync(SiloOptions options, TimeProvider time, CancellationToken ct)
    {
        await using var database = new PostgresDatabase(options.Postgres);
        var probe = new PostgresProbe(database, options, time);
        await using (probe)
        {
            if (await probe.ProbeAsync(ct) is { } problem)
            {
                return problem;
            }
        }

        foreach (var area in new[] { "grains", "evidence", "catalogue", "cluster" })
        {
            await database.MigrateAsync(area, ct);
        }

        return await KeyDoor.LookAsync(options.Security.Secrets, options.DataFolder, StorageSite.Postgres(database), ct);
    }

    private static async Task<string?> LookAtFilesAsync(SiloOptions options, TimeProvider time, CancellationToken ct)
    {
        if ((UnfinishedRestore.Look(options.DataFolder) ?? await MissingAsync(options.DataFolder, ct)) is { } amiss)
        {
            return amiss;
        }

        foreach (var area in new[] { "grains", "evidence", "catalogue" })
        {
            var path = Path.Combine(options.DataFolder, area + ".db");
            var problem = Damage(path) ?? await TryMigrateAsync(path, area, ct);
            if (problem is null)
            {
                continue;
            }

            if (area != "catalogue" || problem.Contains("locked", StringComparison.Ordinal))
            {
                return problem;
            }

            MoveAside(path, time.GetUtcNow());
            await TryMigrateAsync(path, area, ct);
        }

        return await KeyDoor.LookAsync(options.Security.Secrets, options.DataFolder, StorageSite.Sqlite(options.DataFolder), ct);
    }

    /// <summary>The ledger's index can be made again from the chain. In a cluster the database keeps the numbers of its events, so that is done at once; else somebody has to say so, as it takes hours.</summary>
    private static string? LookAtLedger(SiloOptions options, TimeProvider time)
    {
        var path = Path.Combine(options.DataFolder, LedgerFeed.FileName);
        if (Damage(path) is not { } problem)
        {
            return null;
        }

        if (!options.OnPostgres)
        {
            return problem + " Or delete it: the chain is then read again.";
        }

        MoveAside(path, time.GetUtcNow());
        return null;
    }

    /// <summary>Grain states and evidence belong together: one without the other was lost, and to begin it anew would hide that.</summary>
    private static async Task<string?> MissingAsync(string folder, CancellationToken ct)
    {
        var (grains, evidence) = (Path.Combine(folder, "grains.db"), Path.Combine(folder, "evidence.db"));
        await using var site = StorageSite.Sqlite(folder);
        return (File.Exists(grains), File.Exists(evidence)) switch
        {
            (false, true) => Damage(evidence) ?? (await site.HasEvidenceAsync(ct)
                ? $"'{grains}' is missing, and '{evidence}' has entries. Put a backup in its place (etdb restore), and this silo goes on by itself; to begin a new cluster, name another data folder."
                : null),
            (true, false) => Damage(grains) ?? (await site.HasStatesAsync(ct)
                ? $"'{evidence}' is missing, and '{grains}' holds a cluster. Put a backup in its place, or an empty file to go on without the evidence so far; this silo goes on by itself then."
                : null),
            _ => null,
        };
    }

    /// <summary>SQLite writes its number of pages into the first one: a file shorter than that was cut off. (With a log beside it the missing pages may be in there.)</summary>
    private static string? Damage(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length == 0 || (File.Exists(path + "-wal") && new FileInfo(path + "-wal").Length > 0))
        {
            return null;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.StartsWith("SQLite format 3\0"u8))
        {
            return $"'{path}' is damaged: it does not begin like a SQLite file. Put a backup in its place (etdb restore); this silo goes on by itself then.";
        }

        var pageSize = BinaryPrimitives.ReadUInt16BigEndian(header[16..]) is var size && size == 1 ? 65_536L : size;
        var expected = pageSize * BinaryPrimitives.ReadUInt32BigEndian(header[28..]);
        return file.Length >= expected
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"'{path}' is damaged: it has {file.Length} of {expected} bytes, it was cut off. Put a backup in its place (etdb restore); this silo goes on by itself then.");
    }

    private static async Task<string?> TryMigrateAsync(string path, string area, CancellationToken ct)
    {
        try
        {
            await using var connection = await SqliteDatabase.OpenAsync(path, durable: true, ct);
            await SqliteDatabase.MigrateAsync(connection, area, ct);
            return null;
        }
        catch (SqliteException e)
        {
            return e.SqliteErrorCode switch
            {
                5 or 6 => $"'{path}' is locked by another process",
                13 => $"'{path}' cannot be written: the disk is full. Free some space",
                11 or 26 => $"'{path}' is damaged ({e.Message}). Put a backup in its place (etdb restore); this silo goes on by itself then",
                _ => $"'{path}' cannot be opened: {e.Message}",
            };
        }
    }

    private static void MoveAside(string path, DateTimeOffset now)
    {
        foreach (var part in new[] { "", "-wal", "-shm" }.Where(p => File.Exists(path + p)))
        {
            File.Move(path + part, string.Create(CultureInfo.InvariantCulture, $"{path}{part}.damaged-{now:yyyyMMddTHHmmss}"), overwrite: true);
        }
    }
}
