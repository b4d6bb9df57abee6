using System.Data.Common;
using Etdb.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace Etdb.Storage.Grains;

/// <summary>A read connection with its prepared statements: parsing one costs as much as running it. One caller at a time.</summary>
internal sealed class GrainReader(SqliteConnection connection) : IAsyncDisposable
{
    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);

    /// <summary>The statement with these values, ready to run. Its reader must be disposed before the next use; the command itself is kept.</summary>
    public DbCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            _commands.Add(sql, command = connection.Command(sql));
        }

        command.Set(parameters);
        return command;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var command in _commands.Values)
        {
            await command.DisposeAsync().ConfigureAwait(false);
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
