using System.Data.Common;
using Etdb.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace Etdb.Storage.Grains;

/// <summary>The write connection with its prepared statements; used by the writer thread only.</summary>
internal sealed class GrainWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);
    private long _lastETag;

    public GrainWriter(SqliteConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _lastETag = (long)Execute("select last from grain_sequence", scalar: true)!;
    }

    /// <summary>Unix milliseconds of the batch.</summary>
    public long Now { get; private set; }

    /// <summary>Executes all in one transaction. Throws <see cref="SqliteException"/>, and then nothing of them is stored.</summary>
    public void Commit(List<GrainOperation> batch)
    {
        var before = _lastETag;
        Now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Execute("begin immediate");
        try
        {
            foreach (var operation in batch)
            {
                operation.Execute(this);
            }

            if (_lastETag != before)
            {
                Execute("update grain_sequence set last = $last", ("$last", _lastETag));
            }

            Execute("commit");
        }
        catch (SqliteException)
        {
            _lastETag = before;
            TryRollback();
            throw;
        }
    }

    /// <summary>An ETag no row has ever had.</summary>
    public long NextETag() => ++_lastETag;

    /// <summary>Runs a statement; gives back how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Prepare(sql, parameters).ExecuteNonQuery();

    /// <summary>Runs a query for one value; null when there is no row.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Prepare(sql, parameters).ExecuteScalar();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private object? Execute(string sql, bool scalar) => scalar ? Scalar(sql) : Execute(sql);

    private DbCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            _commands.Add(sql, command = _connection.Command(sql, parameters));
            return command;
        }

        command.Set(parameters);
        return command;
    }

    private void TryRollback()
    {
        try
        {
            Execute("rollback");
        }
        catch (SqliteException)
        {
            // A full disk makes SQLite roll back by itself; then there is no transaction left to end.
        }
    }
}
