using System.Globalization;
using Dapper;
using Etdb.Ledger.Oip;
using Microsoft.Data.Sqlite;

namespace Etdb.Ledger.Listing;

/// <summary>
/// Finds the transactions of a ledger index by id, time, kind and group of parts. The index needs none of that to decide, so it is kept in a file beside it, made from the
/// index file alone: <see cref="CatchUp"/> reads on from the last block both have in common, so a reorganisation, a restart or a lost file change nothing. Safe for several threads.
/// </summary>
public sealed partial class TransactionList
{
    /// <summary>Transactions of one commit.</summary>
    private const int Batch = 4096;

    private readonly string _path;
    private readonly string _indexPath;
    private readonly TransactionKinds _kinds;
    private readonly Lock _writing = new();

    private TransactionList(string path, string indexPath, FloNetwork network)
    {
        (_path, _indexPath, Network) = (path, indexPath, network);
        _kinds = new TransactionKinds(network);
    }

    /// <summary>Network of the index.</summary>
    public FloNetwork Network { get; }

    /// <summary>Opens or makes the file beside an index file.</summary>
    /// <param name="path">The file; what is in it is not needed.</param>
    /// <param name="indexPath">The index file, which <see cref="Indexing.LedgerIndex"/> has opened.</param>
    /// <param name="network">Its network.</param>
    public static TransactionList Open(string path, string indexPath, FloNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        SQLitePCL.Batteries_V2.Init();
        var list = new TransactionList(path, indexPath, network);
        try
        {
            list.Prepare();
        }
        catch (SqliteException)
        {
            // Damaged, or no database at all: everything in it can be made again.
            File.Delete(path);
            File.Delete(path + "-wal");
            File.Delete(path + "-shm");
            list.Prepare();
        }

        return list;
    }

    private void Prepare()
    {
        using var connection = Connect();
        if (connection.ExecuteScalar<long>("PRAGMA main.user_version") == SchemaVersion)
        {
            return;
        }

        connection.Execute("PRAGMA journal_mode=WAL");
        using var transaction = connection.BeginTransaction();
        connection.Execute("DROP TABLE IF EXISTS main.transactions; DROP TABLE IF EXISTS main.blocks;" + Schema, transaction: transaction);
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA main.user_version={SchemaVersion}"), transaction: transaction);
        transaction.Commit();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            connection.Execute("PRAGMA synchronous=NORMAL; ATTACH @index AS ledger", new { index = _indexPath });
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Lists what the index has read since; true when anything changed.</summary>
    public bool CatchUp(CancellationToken cancellationToken)
    {
        lock (_writing)
        {
            using var connection = Connect();
            var changed = DropForeign(connection);
            while (ReadOn(connection))
            {
                changed = true;
                cancellationToken.ThrowIfCancellationRequested();
            }

            return changed;
        }
    }

    /// <summary>Takes back every block that is not, or no longer, in the index.</summary>
    private bool DropForeign(SqliteConnection connection)
    {
        var last = connection.ExecuteScalar<long?>("SELECT max(height) FROM main.blocks");
        var common = connection.ExecuteScalar<long?>(
            "SELECT b.height FROM main.blocks b JOIN ledger.blocks l ON l.height=b.height AND l.hash=b.hash ORDER BY b.height DESC LIMIT 1");
        if (last is null || last == common)
        {
            return false;
        }

        using var transaction = connection.BeginTransaction();
        var parameters = new { height = common ?? -1 };
        var touched = connection.Query<string>("SELECT DISTINCT parts FROM main.transactions WHERE height>@height AND parts IS NOT NULL", parameters, transaction).AsList();
        connection.Execute("DELETE FROM main.transactions WHERE height>@height; DELETE FROM main.blocks WHERE height>@height", parameters, transaction);
        foreach (var parts in touched)
        {
            // What is left may still be complete: the same part can be in the chain twice.
            connection.Execute("UPDATE main.transactions SET holds=0 WHERE parts=@parts", new { parts }, transaction);
            foreach (var address in connection.Query<string>("SELECT DISTINCT address FROM main.transactions WHERE parts=@parts", new { parts }, transaction).AsList())
            {
                Complete(connection, transaction, parts, address);
            }
        }

        transaction.Commit();
        return true;
    }

    /// <summary>Reads whole blocks until a batch is full; false when there are no more.</summary>
    private bool ReadOn(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        var after = connection.ExecuteScalar<long>("SELECT ifnull(max(height),-1) FROM main.blocks", transaction: transaction);
        var until = connection.ExecuteScalar<long?>(
            "SELECT max(height) FROM (SELECT height FROM ledger.comments WHERE height>@after ORDER BY height LIMIT @Batch)", new { after, Batch }, transaction);
        if (until is null)
        {
            return false;
        }

        var rows = connection.Query<Stored>(
            """
            SELECT c.height, c.position, c.raw, l.hash, l.header FROM ledger.comments c JOIN ledger.blocks l ON l.height=c.height
            WHERE c.height>@after AND c.height<=@until ORDER BY c.height, c.position
            """,
            new { after, until },
            transaction).AsList();
        Write(connection, transaction, [.. rows.AsParallel().AsOrdered().Select(Read)]);
        connection.Execute(
            "INSERT INTO main.blocks SELECT height, hash FROM ledger.blocks WHERE height IN (SELECT height FROM ledger.comments WHERE height>@after AND height<=@until)",
            new { after, until },
            transaction);
        transaction.Commit();
        return true;
    }

    private Row Read(Stored stored)
    {
        var transaction = FloTransaction.Parse(stored.Raw);
        var message = _kinds.Read(transaction.FloData, stored.Height, transaction.IsCoinbase);
        var part = (message as PartMessage)?.Part;
        var txid = transaction.Txid.ToString();
        return new Row(
            txid, stored.Height, stored.Position, FloBlockHeader.Parse(stored.Header).Time, transaction.IsCoinbase,
            TransactionKinds.Of(message), part is null ? null : TransactionKinds.GroupOf(part, txid), part?.Address);
    }

    private void Write(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyList<Row> rows)
    {
        foreach (var row in rows)
        {
            connection.Execute(
                "INSERT OR REPLACE INTO main.transactions VALUES(@Txid, @Height, @Position, @Time, @IsCoinbase, @Kind, 0, @Parts, @Address)", row, transaction);
        }

        foreach (var group in rows.Where(r => r.Parts is not null).Select(r => (r.Parts, r.Address)).Distinct())
        {
            Complete(connection, transaction, group.Parts!, group.Address!);
        }
    }

    /// <summary>Notes what the messages of a group hold whose parts are all there.</summary>
    private void Complete(SqliteConnection connection, SqliteTransaction transaction, string group, string address)
    {
        foreach (var parts in Assemble(connection, transaction, group, address).Where(p => p.IsComplete))
        {
            var holds = TransactionKinds.Of(_kinds.ReadAssembled(parts.Join(), parts.First.Height, parts.IsProto));
            connection.Execute("UPDATE main.transactions SET holds=@holds WHERE txid=@txid", new { holds, txid = parts.First.Txid }, transaction);
        }
    }

    private sealed record Row(string Txid, long Height, long Position, long Time, bool IsCoinbase, ListedKind Kind, string? Parts, string? Address);

    // Dapper makes these by name; SQLite's integers are 64 bits wide.
    private sealed class Stored
    {
        public string Txid { get; init; } = "";

        public long Height { get; init; }

        public long Position { get; init; }

        public long Time { get; init; }

        public long Kind { get; init; }

        public long Holds { get; init; }

        public byte[] Raw { get; init; } = [];

        public byte[] Hash { get; init; } = [];

        public byte[] Header { get; init; } = [];

        public ChainTransaction ToTransaction() => new(Txid, Height, Time, new Hash256(Hash).ToString(), (ListedKind)Kind, (ListedKind)Holds, Raw);
    }
}
