using System.Globalization;
using Etdb.Storage.Sql;
using Etdb.Storage.Sqlite;
using Npgsql;

namespace Etdb.Storage.Postgres;

/// <summary>
/// The pool of connections to one PostgreSQL database, and its schema: numbered, forward-only migrations (<c>Migrations/postgres/&lt;area&gt;_NNNN.sql</c>),
/// each in a transaction of its own, under one lock, so that silos may start at the same time.
/// </summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    private const int OldestServer = 150_000;
    private const long MigrationLock = 0x6574_6462_0000_0001; // "etdb", 1.
    private const int ConnectionsOutsideTheGate = 5; // Evidence, catalogue writer, live changes, place, a long listing.
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(3);
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlDataSource _readers;
    private readonly SemaphoreSlim _gate; // Statements wait here, without a limit of time, not in the pool, which gives up.
    private readonly SemaphoreSlim _readersGate;

    /// <summary>A pool; nothing is connected before it is used.</summary>
    public PostgresDatabase(PostgresOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var text = options.Complete();
        var parts = new NpgsqlConnectionStringBuilder(text);
        Name = string.Create(CultureInfo.InvariantCulture, $"PostgreSQL {parts.Host}:{parts.Port}/{parts.Database}");
        _source = NpgsqlDataSource.Create(text);
        _readers = NpgsqlDataSource.Create(options.CompleteForReaders());
        _gate = new SemaphoreSlim(options.MostConnections - options.Readers - ConnectionsOutsideTheGate);
        _readersGate = new SemaphoreSlim(options.Readers);
    }

    /// <summary>Server and database, for messages; no secret in it.</summary>
    public string Name { get; }

    /// <summary>An open connection; dispose it to give it back.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Runs something short on a connection, as soon as one is free.</summary>
    internal Task<T> UseAsync<T>(Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellationToken) => UseAsync(_source, _gate, use, cancellationToken);

    /// <summary>Asks something of the catalogue on a connection that only reads and plans each question by its values; never behind what grains write.</summary>
    internal Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellationToken) => UseAsync(_readers, _readersGate, read, cancellationToken);

    /// <summary>Applies the migrations of <paramref name="area"/> that the database has not seen. A table of a million rows takes its time, and so does another silo that is at it.</summary>
    /// <exception cref="NewerSchemaException">A newer version of this software has been here; nothing was touched.</exception>
    public async Task MigrateAsync(string area, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await CheckServerAsync(connection, cancellationToken).ConfigureAwait(false);
            await PatientlyAsync(connection, "select pg_advisory_lock(@lock)", [("@lock", MigrationLock)], cancellationToken).ConfigureAwait(false);
            try
            {
                await MigrateAsync(connection, MigrationScripts.Of(MigrationScripts.Postgres, area), area, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await connection.ExecuteAsync("select pg_advisory_unlock(@lock)", [("@lock", MigrationLock)], CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What the server says of itself: whether it refuses writes, and its clock.</summary>
    /// <exception cref="Grains.GrainStorageException">It does not answer; the message says why.</exception>
    public async Task<(bool ReadOnly, DateTimeOffset Now)> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await UseAsync(
                async c => (await c.QueryAsync(
                    "select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on', clock_timestamp()",
                    [],
                    r => (r.GetBoolean(0), r.GetFieldValue<DateTimeOffset>(1)),
                    cancellationToken).ConfigureAwait(false))[0],
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            throw PostgresProblems.Explain(failure, Name, "reached");
        }
    }

    /// <summary>
    /// Who else holds a lock that a statement of ours has waited for longer than any lock of ours lasts, and since when; null when nobody does. Such a server answers everything else, so that only
    /// looking for it tells.
    /// </summary>
    /// <exception cref="Grains.GrainStorageException">The server does not answer; the message says why.</exception>
    public async Task<(string Who, int Seconds)?> BlockerAsync(CancellationToken cancellationToken)
    {
        try
        {
            var found = await ReadAsync(
                c => c.QueryAsync(
                    """
                    select b.pid, b.usename::text, b.application_name, extract(epoch from clock_timestamp() - w.query_start)::integer
                    from pg_stat_activity w cross join lateral unnest(pg_blocking_pids(w.pid)) p(pid) join pg_stat_activity b on b.pid = p.pid
                    where w.datname = current_database() and w.application_name = @own and w.wait_event_type = 'Lock' and clock_timestamp() - w.query_start > @patience
                      and b.application_name is distinct from @own
                    order by w.query_start limit 1
                    """,
                    [("@own", PostgresOptions.ApplicationName), ("@patience", LockPatience)],
                    r => ($"session {r.GetInt32(0)} of {r.TextOrNull(1)} ({(r.TextOrNull(2) is { Length: > 0 } name ? name : "no name")})", r.GetInt32(3)),
                    cancellationToken),
                cancellationToken).ConfigureAwait(false);
            return found.Count == 0 ? null : found[0];
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            throw PostgresProblems.Explain(failure, Name, "reached");
        }
    }

    /// <summary>
    /// Has a table grow by some 180 KB and takes that back: a server whose disk is full still answers, and still changes rows where they are, as long as nothing has to grow.
    /// </summary>
    /// <exception cref="Grains.GrainStorageException">There is no room, or the server does not answer; the message says which.</exception>
    public async Task ProbeRoomAsync(CancellationToken cancellationToken)
    {
        try
        {
            await UseAsync(c => GrowAsync(c, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            throw PostgresProblems.Explain(failure, Name, "written");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync().ConfigureAwait(false);
        await _readers.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
        _readersGate.Dispose();
    }

    /// <summary>Brings <paramref name="area"/> up to the given scripts; the caller holds the lock.</summary>
    internal async Task MigrateAsync(NpgsqlConnection connection, IReadOnlyList<(int Number, string Sql)> scripts, string area, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("create table if not exists migration (area text not null, number integer not null, primary key (area, number))", cancellationToken).ConfigureAwait(false);
        var applied = (int)(await connection.ScalarAsync("select coalesce(max(number), 0) from migration where area = @area", [("@area", area)], cancellationToken).ConfigureAwait(false))!;
        if (applied > scripts.Count)
        {
            throw new NewerSchemaException($"'{Name}' holds {area} schema {applied}, this version knows up to {scripts.Count}. Run the newer version of etdb, or restore a backup made by this one.");
        }

        foreach (var (number, sql) in scripts.Skip(applied))
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await PatientlyAsync(connection, sql, [], cancellationToken).ConfigureAwait(false);
                await connection.ExecuteAsync("insert into migration (area, number) values (@area, @number)", [("@area", area), ("@number", number)], cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>However long it takes; <see cref="PostgresOptions.CommandTimeout"/> is for what a silo does every second.</summary>
    private static async Task PatientlyAsync(NpgsqlConnection connection, string sql, (string Name, object? Value)[] parameters, CancellationToken cancellationToken)
    {
        var command = connection.Command(sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<T> UseAsync<T>(NpgsqlDataSource source, SemaphoreSlim gate, Func<NpgsqlConnection, Task<T>> use, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await use(connection).ConfigureAwait(false);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Rows of a type that is never stored elsewhere, so that no further table is made; undone, so that nothing stays.</summary>
    private static async Task<int> GrowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await connection.ExecuteAsync("create table etdb_room (filler name)", cancellationToken).ConfigureAwait(false);
            var rows = await connection.ExecuteAsync("insert into etdb_room select '' from generate_series(1, 2000)", cancellationToken).ConfigureAwait(false);
            await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
            return rows;
        }
    }

    private async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var version = int.Parse((string)(await connection.ScalarAsync("show server_version_num", [], cancellationToken).ConfigureAwait(false))!, CultureInfo.InvariantCulture);
        if (version < OldestServer)
        {
            throw new NotSupportedException($"'{Name}' is PostgreSQL {connection.PostgreSqlVersion}; version 15 or newer is needed.");
        }

        var encoding = (string)(await connection.ScalarAsync("show server_encoding", [], cancellationToken).ConfigureAwait(false))!;
        if (encoding != "UTF8")
        {
            throw new NotSupportedException($"'{Name}' has the encoding {encoding}; create the database with: createdb --encoding=UTF8 --template=template0.");
        }
    }
}
