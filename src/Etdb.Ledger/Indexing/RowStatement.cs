using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Etdb.Ledger.Indexing;

/// <summary>
/// A prepared statement run for many rows: values are bound in the order of the parameters and nothing is allocated for them, which a command's parameter objects cannot
/// say. Runs in whatever transaction the connection is in. For one thread.
/// </summary>
internal sealed class RowStatement : IDisposable
{
    private const int StackBytes = 256;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    public RowStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    public RowStatement Add(ReadOnlySpan<byte> blob)
    {
        // An empty span has no address, which SQLite takes for NULL.
        Check(blob.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, ++_bound, 0) : raw.sqlite3_bind_blob(_statement, ++_bound, blob));
        return this;
    }

    public RowStatement Add(long? number)
    {
        Check(number is { } value ? raw.sqlite3_bind_int64(_statement, ++_bound, value) : raw.sqlite3_bind_null(_statement, ++_bound));
        return this;
    }

    public RowStatement Add(string? text)
    {
        if (text is null)
        {
            Check(raw.sqlite3_bind_null(_statement, ++_bound));
            return this;
        }

        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most <= StackBytes ? null : ArrayPool<byte>.Shared.Rent(most);
        Span<byte> buffer = rented ?? stackalloc byte[StackBytes];
        AddText(buffer[..Encoding.UTF8.GetBytes(text, buffer)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return this;
    }

    /// <summary>Binds text that is UTF-8 already.</summary>
    public RowStatement AddText(ReadOnlySpan<byte> utf8)
    {
        Check(utf8.IsEmpty ? raw.sqlite3_bind_text(_statement, ++_bound, "") : raw.sqlite3_bind_text(_statement, ++_bound, utf8));
        return this;
    }

    public RowStatement AddNulls(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Check(raw.sqlite3_bind_null(_statement, ++_bound));
        }

        return this;
    }

    /// <summary>Runs the statement with what was bound.</summary>
    public void Run()
    {
        var result = raw.sqlite3_step(_statement);
        _ = raw.sqlite3_reset(_statement);
        if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
        {
            Check(result);
        }

        _bound = 0;
    }

    public void Dispose() => _statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
