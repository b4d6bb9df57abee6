using System.Data.Common;
using System.Text;
using System.Text.Json;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Transfer;

/// <summary>Writes rows of an export into one database, many at a time, in a transaction of the caller's. Rows that are there already stay.</summary>
internal abstract class RowWriter(DbConnection connection) : IAsyncDisposable
{
    protected DbConnection Connection { get; } = connection;

    /// <summary>Statement that makes the ETags given from now on higher than all imported ones.</summary>
    protected abstract string RaiseETags { get; }

    /// <summary>Writes rows of one table.</summary>
    public abstract Task WriteAsync(TransferTable table, IReadOnlyList<JsonElement> rows, CancellationToken cancellationToken);

    /// <summary>What has to be done when an area is complete.</summary>
    public async Task EndAsync(string area, CancellationToken cancellationToken)
    {
        if (area == TransferTable.Grains)
        {
            await Connection.ExecuteAsync(RaiseETags, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>The words people search by are not exported: each database cuts them in its own way.</summary>
    protected static string WordsOf(JsonElement dataset) => string.Join('\n', Text(dataset, "title"), DatasetText.Of(Text(dataset, "artifact")).Words, Text(dataset, "publisher"));

    protected static string Text(JsonElement row, string column) => row.GetProperty(column).GetString() ?? "";

    protected static bool IsBody(TransferTable table, string column) => table.Name == "grain_state" && column == "body";

    protected static object? Value(TransferTable table, string column, JsonElement value) => value.ValueKind switch
    {
        _ when IsBody(table, column) => Encoding.UTF8.GetBytes(value.GetRawText()),
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number when value.TryGetInt64(out var whole) => whole,
        JsonValueKind.Number => value.GetDouble(),
        _ => throw new FormatException($"'{column}' of '{table.Name}' is neither text nor number."),
    };
}

/// <summary>Into SQLite: one prepared statement a table.</summary>
internal sealed class SqliteRowWriter(DbConnection connection) : RowWriter(connection)
{
    private readonly Dictionary<string, DbCommand> _inserts = new(StringComparer.Ordinal);

    protected override string RaiseETags => "update grain_sequence set last = max(last, (select coalesce(max(etag), 0) from grain_state), (select coalesce(max(etag), 0) from reminder))";

    public override async Task WriteAsync(TransferTable table, IReadOnlyList<JsonElement> rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            await InsertAsync(table.Name, [.. table.Columns.Select(c => (c, Value(table, c, row.GetProperty(c))))], cancellationToken).ConfigureAwait(false);
            if (table.Name == "dataset")
            {
                await InsertAsync("dataset_text", [("id", Text(row, "id")), ("body", WordsOf(row))], cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var insert in _inserts.Values)
        {
            await insert.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task InsertAsync(string table, (string Column, object? Value)[] values, CancellationToken ct)
    {
        if (!_inserts.TryGetValue(table, out var insert))
        {
            insert = Connection.Command($"insert or ignore into {table} ({string.Join(", ", values.Select(v => v.Column))}) values ({string.Join(", ", values.Select(v => "@" + v.Column))})");
            _inserts.Add(table, insert);
        }

        insert.Set([.. values.Select(v => ("@" + v.Column, v.Value))]);
        await insert.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }
}

/// <summary>Into PostgreSQL: one statement for many rows.</summary>
internal sealed class PostgresRowWriter(DbConnection connection) : RowWriter(connection)
{
    protected override string RaiseETags => "select setval('grain_etag', (select greatest(1, coalesce((select max(etag) from grain_state), 0), coalesce((select max(etag) from reminder), 0))))";

    public override async Task WriteAsync(TransferTable table, IReadOnlyList<JsonElement> rows, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", table.Columns);
        var json = "[" + string.Join(',', rows.Select(r => Row(table, r))) + "]";
        await Connection.ExecuteAsync(
            $"insert into {table.Name} ({columns}) select {columns} from json_populate_recordset(null::{table.Name}, @rows::json) on conflict do nothing", [("@rows", json)], cancellationToken)
            .ConfigureAwait(false);
        if (table.Name == "dataset")
        {
            var words = rows.Select(r => new { id = Text(r, "id"), words = string.Join(' ', SearchWords.Of(WordsOf(r))) });
            await Connection.ExecuteAsync(CatalogueTables.Text, [("@rows", Storable(JsonSerializer.Serialize(words)))], cancellationToken).ConfigureAwait(false);
        }
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Row(TransferTable table, JsonElement row) => table.Name != "grain_state"
        ? Storable(row.GetRawText())
        : JsonSerializer.Serialize(table.Columns.ToDictionary(
            c => c,
            c => IsBody(table, c) ? "\\x" + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(row.GetProperty(c).GetRawText())) : Value(table, c, row.GetProperty(c))));

    /// <summary>PostgreSQL's text has no U+0000.</summary>
    private static string Storable(string json) => json.Replace("\\u0000", "\\uFFFD", StringComparison.Ordinal);
}
