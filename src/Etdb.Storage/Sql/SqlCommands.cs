using System.Data.Common;

namespace Etdb.Storage.Sql;

/// <summary>Short forms for commands with named parameters, for either database. Null becomes SQL null.</summary>
internal static class SqlCommands
{
    public static DbCommand Command(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Set(parameters);
        return command;
    }

    /// <summary>Gives a command its values: new parameters the first time, the same ones with new values after that. The same names in the same order each time.</summary>
    public static void Set(this DbCommand command, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var known = command.Parameters.Count > 0;
        for (var i = 0; i < parameters.Length; i++)
        {
            var value = parameters[i].Value ?? DBNull.Value;
            if (known)
            {
                command.Parameters[i].Value = value;
                continue;
            }

            var parameter = command.CreateParameter();
            parameter.ParameterName = parameters[i].Name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }
    }

    public static Task<int> ExecuteAsync(this DbConnection connection, string sql, CancellationToken cancellationToken)
        => connection.ExecuteAsync(sql, [], cancellationToken);

    public static async Task<int> ExecuteAsync(this DbConnection connection, string sql, (string Name, object? Value)[] parameters, CancellationToken cancellationToken)
    {
        var command = connection.Command(sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public static async Task<object?> ScalarAsync(this DbConnection connection, string sql, (string Name, object? Value)[] parameters, CancellationToken cancellationToken)
    {
        var command = connection.Command(sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public static async Task<List<T>> QueryAsync<T>(
        this DbConnection connection,
        string sql,
        (string Name, object? Value)[] parameters,
        Func<DbDataReader, T> read,
        CancellationToken cancellationToken)
    {
        var command = connection.Command(sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add(read(reader));
                }

                return rows;
            }
        }
    }

    public static string? TextOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static long? LongOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public static DateTimeOffset Time(this DbDataReader reader, int column) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    public static DateTimeOffset? TimeOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Time(column);
}
