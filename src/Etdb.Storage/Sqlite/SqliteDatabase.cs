using Etdb.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace Etdb.Storage.Sqlite;

/// <summary>
/// Opens one SQLite file the way everything here wants it: WAL, <c>synchronous=FULL</c> (what is committed survives power loss), a busy
/// time-out, and the schema of one area brought up to date by numbered, forward-only migrations (<c>Migrations/sqlite/&lt;area&gt;_NNNN.sql</c>).
/// </summary>
public static class SqliteDatabase
{
    private const int BusyTimeoutMs = 10_000;

    /// <summary>MiB of pages one connection keeps in memory: enough for the inner pages of a catalogue of a million datasets.</summary>
    public const int UsualCache = 16;

    /// <summary>
    /// Pages in the log before they are carried over into the file (SQLite's own figure is 1,000, some hundred datasets): a page that is written again meanwhile is carried over once.
    /// 64 MB where nobody waits for the writer; 16 MB where grains do, for whom it takes a fifth of a second.
    /// </summary>
    private static int PagesInLog(bool durable) => durable ? 4_096 : 16_384;

    /// <summary>The log is cut back to this after a carry-over: what a long read has made it grow to does not stay.</summary>
    private const int LogKept = 128 << 20;

    static SqliteDatabase() => SQLitePCL.Batteries_V2.Init();

    /// <summary>A connection to <paramref name="path"/>; the folder is made when missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="durable">False for projections that can be rebuilt: commits may be lost on power failure, never torn.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <param name="cacheMiB">MiB of pages it keeps in memory at most.</param>
    public static async Task<SqliteConnection> OpenAsync(string path, bool durable, CancellationToken cancellationToken, int cacheMiB = UsualCache)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = BusyTimeoutMs / 1000 }.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(
                $"pragma busy_timeout={BusyTimeoutMs}; pragma journal_mode=wal; pragma synchronous={(durable ? "full" : "normal")}; pragma foreign_keys=on; "
                + $"pragma cache_size=-{cacheMiB * 1024}; pragma wal_autocheckpoint={PagesInLog(durable)}; pragma journal_size_limit={LogKept};",
                cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Applies the migrations of <paramref name="area"/> that the file has not seen, each in its own transaction.</summary>
    /// <exception cref="NewerSchemaException">The file was written by a newer version of this software; nothing was touched.</exception>
    public static async Task MigrateAsync(SqliteConnection connection, string area, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        await connection.ExecuteAsync("create table if not exists migration (area text not null, number integer not null, primary key (area, number)) without rowid;", cancellationToken).ConfigureAwait(false);
        var scripts = MigrationScripts.Of(MigrationScripts.Sqlite, area);
        var applied = (int)(long)(await connection.ScalarAsync("select coalesce(max(number), 0) from migration where area = $area", [("$area", area)], cancellationToken).ConfigureAwait(false))!;
        if (applied > scripts.Count)
        {
            throw new NewerSchemaException($"'{connection.DataSource}' holds {area} schema {applied}, this version knows up to {scripts.Count}. Run the newer version of etdb, or restore a backup made by this one.");
        }

        foreach (var (number, sql) in scripts.Skip(applied))
        {
            var transaction = (SqliteTransaction)await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await connection.ExecuteAsync(sql, cancellationToken).ConfigureAwait(false);
                await connection.ExecuteAsync("insert into migration (area, number) values ($area, $number)", [("$area", area), ("$number", number)], cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
