using System.Data.Common;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sql;
using Etdb.Storage.Sqlite;

namespace Etdb.Storage.Transfer;

/// <summary>Everything one cluster stores, as backup, export, import and retention see it: SQLite files in a folder, or one PostgreSQL database.</summary>
public abstract class StorageSite : IAsyncDisposable
{
    /// <summary>SQLite files in a data folder.</summary>
    public static StorageSite Sqlite(string folder) => new SqliteSite(folder);

    /// <summary>A PostgreSQL database; closed with the site.</summary>
    public static StorageSite Postgres(PostgresDatabase database) => new PostgresSite(database);

    /// <summary>Where it is, for messages.</summary>
    public abstract string Name { get; }

    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether a cluster has ever been here, as far as can be told without opening it; a server may hold an empty one.</summary>
    public abstract bool Exists { get; }

    /// <summary>Whether grain states are stored here.</summary>
    public Task<bool> HasStatesAsync(CancellationToken cancellationToken) => HasRowsAsync(TransferTable.Grains, "grain_state", cancellationToken);

    /// <summary>Whether evidence is stored here.</summary>
    public Task<bool> HasEvidenceAsync(CancellationToken cancellationToken) => HasRowsAsync(TransferTable.Evidence, "evidence", cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Areas that exist here.</summary>
    internal abstract IReadOnlyList<string> Areas { get; }

    /// <summary>A connection to an area.</summary>
    internal abstract Task<DbConnection> ConnectAsync(string area, CancellationToken cancellationToken);

    /// <summary>Brings an area up to date.</summary>
    internal abstract Task MigrateAsync(string area, CancellationToken cancellationToken);

    /// <summary>Writes rows of an export through a connection of this site.</summary>
    internal abstract RowWriter Writer(DbConnection connection);

    private async Task<bool> HasRowsAsync(string area, string table, CancellationToken ct)
    {
        await MigrateAsync(area, ct).ConfigureAwait(false);
        var connection = await ConnectAsync(area, ct).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await connection.ScalarAsync($"select 1 from {table} limit 1", [], ct).ConfigureAwait(false) is not null;
        }
    }

    private sealed class SqliteSite(string folder) : StorageSite
    {
        public override string Name => folder;

        public override string Kind => "sqlite";

        public override bool Exists => File.Exists(Path.Combine(folder, TransferTable.Grains + ".db"));

        internal override IReadOnlyList<string> Areas { get; } = [TransferTable.Grains, TransferTable.Evidence, TransferTable.Catalogue];

        internal override RowWriter Writer(DbConnection connection) => new SqliteRowWriter(connection);

        internal override async Task<DbConnection> ConnectAsync(string area, CancellationToken cancellationToken)
            => await SqliteDatabase.OpenAsync(Path.Combine(folder, area + ".db"), durable: true, cancellationToken).ConfigureAwait(false);

        internal override async Task MigrateAsync(string area, CancellationToken cancellationToken)
        {
            var connection = await SqliteDatabase.OpenAsync(Path.Combine(folder, area + ".db"), durable: true, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await SqliteDatabase.MigrateAsync(connection, area, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private sealed class PostgresSite(PostgresDatabase database) : StorageSite
    {
        public override string Name => database.Name;

        public override string Kind => "postgres";

        public override bool Exists => true;

        internal override IReadOnlyList<string> Areas { get; } = [TransferTable.Grains, TransferTable.Evidence, TransferTable.Catalogue, TransferTable.Cluster];

        internal override RowWriter Writer(DbConnection connection) => new PostgresRowWriter(connection);

        public override async ValueTask DisposeAsync()
        {
            await database.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
        }

        internal override async Task<DbConnection> ConnectAsync(string area, CancellationToken cancellationToken) => await database.OpenAsync(cancellationToken).ConfigureAwait(false);

        internal override Task MigrateAsync(string area, CancellationToken cancellationToken) => database.MigrateAsync(area, cancellationToken);
    }
}
