using Dapper;
using Microsoft.Data.Sqlite;

namespace Etdb.Ledger.Indexing;

// What those who follow the log were told of it.
public sealed partial class LedgerIndexStore
{
    private const string Offset = "numbering-offset";
    private const string RetoldTo = "numbering-retold-to";

    /// <summary>How entries are numbered for readers; null in a file nobody has followed.</summary>
    public LogNumbering? Numbering() => Number(Offset) is { } offset ? new LogNumbering(offset, Number(RetoldTo)) : null;

    /// <summary>Keeps how entries are numbered; on the disk when it returns.</summary>
    internal void Keep(LogNumbering numbering)
    {
        using (var transaction = _connection.BeginTransaction())
        {
            _connection.Execute("DELETE FROM meta WHERE key IN (@Offset, @RetoldTo)", new { Offset, RetoldTo }, transaction);
            foreach (var (key, number) in new[] { (Offset, (long?)numbering.Offset), (RetoldTo, numbering.RetoldTo) })
            {
                _connection.Execute("INSERT INTO meta SELECT @key, @number WHERE @number IS NOT NULL", new { key, number }, transaction);
            }

            transaction.Commit();
        }

        _isDurable = false;
        MakeDurable();
    }

    /// <summary>
    /// Has a file forget how its entries were numbered, on the disk when this returns: those who follow it from now on have heard another. Nothing happens where there is no such file.
    /// </summary>
    /// <exception cref="SqliteException">It cannot be written.</exception>
    public static void ForgetNumbering(string path)
    {
        if (Inspect(path) is null)
        {
            return;
        }

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        connection.Execute("PRAGMA synchronous=FULL; DELETE FROM meta WHERE key IN (@Offset, @RetoldTo)", new { Offset, RetoldTo });
    }

    /// <summary>The last entry on each record and each publisher among the entries up to a sequence: what holds, without how it came to be.</summary>
    public IReadOnlySet<long> LastWords(long upTo) => _connection.Query<long>(
        "SELECT max(sequence) FROM events WHERE sequence<=@upTo GROUP BY kind=@publisher, CASE kind WHEN @publisher THEN owner ELSE record END",
        new { upTo, publisher = (int)RecordEventKind.Publisher },
        buffered: false).ToHashSet();

    private long? Number(string key) => _connection.ExecuteScalar<string?>("SELECT value FROM meta WHERE key=@key", new { key }) is { } text
        ? long.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
        : null;
}
