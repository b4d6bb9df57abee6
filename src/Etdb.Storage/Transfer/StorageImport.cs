using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Grains;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Transfer;

/// <summary>
/// Reads what <see cref="StorageExport"/> wrote into an empty database of either kind. The whole file is checked first (form, checksums, counts, last line), then each
/// area is written in one transaction: a file that is not whole changes nothing.
/// </summary>
public static class StorageImport
{
    /// <summary>Longest line; a grain's state is far smaller.</summary>
    public const int MostLineBytes = 256 << 20;

    private const int RowsAtOnce = 500;

    /// <summary>Checks the file; returns rows by table.</summary>
    /// <exception cref="FormatException">It is not a whole export that this version can read; the message says where and why.</exception>
    public static async Task<IReadOnlyDictionary<string, long>> CheckAsync(string path, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var (table, _, row) in RowsAsync(path, cancellationToken).ConfigureAwait(false))
        {
            foreach (var column in table.Columns)
            {
                if (!row.TryGetProperty(column, out _))
                {
                    throw new FormatException($"'{path}': a row of '{table.Name}' has no '{column}'.");
                }
            }

            counts[table.Name] = counts.GetValueOrDefault(table.Name) + 1;
        }

        return counts;
    }

    /// <summary>
    /// Writes a checked file into a site that holds no grain states. Returns the number of the last event of the shared ledger log in it (0: none), which files have no place for.
    /// </summary>
    /// <exception cref="InvalidOperationException">The site is not empty.</exception>
    public static async Task<long> WriteAsync(StorageSite site, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        await CheckAsync(path, cancellationToken).ConfigureAwait(false);
        if (await site.HasStatesAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException($"'{site.Name}' holds the data of a cluster already; import into an empty one.");
        }

        // Grain states last: as long as they are missing the site counts as empty, and an import that was cut short can be begun again.
        foreach (var area in site.Areas.Reverse())
        {
            await site.MigrateAsync(area, cancellationToken).ConfigureAwait(false);
            await WriteAreaAsync(site, area, path, cancellationToken).ConfigureAwait(false);
        }

        var last = 0L;
        await foreach (var (table, _, row) in RowsAsync(path, cancellationToken).ConfigureAwait(false))
        {
            last = table.Name == "ledger_event" ? Math.Max(last, row.GetProperty("sequence").GetInt64()) : last;
        }

        return last;
    }

    private static async Task WriteAreaAsync(StorageSite site, string area, string path, CancellationToken ct)
    {
        var connection = await site.ConnectAsync(area, ct).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                var waiting = new List<JsonElement>(RowsAtOnce);
                TransferTable? current = null;
                await foreach (var (table, _, row) in RowsAsync(path, ct).ConfigureAwait(false))
                {
                    if (waiting.Count == RowsAtOnce || (current is not null && table != current && waiting.Count > 0))
                    {
                        await InsertAsync(site, connection, current!, waiting, ct).ConfigureAwait(false);
                        waiting.Clear();
                    }

                    current = table;
                    if (table.Area == area)
                    {
                        waiting.Add(row);
                    }
                }

                if (waiting.Count > 0)
                {
                    await InsertAsync(site, connection, current!, waiting, ct).ConfigureAwait(false);
                }

                if (area == TransferTable.Grains)
                {
                    await connection.ExecuteAsync(site.RaiseETags, ct).ConfigureAwait(false);
                }

                await transaction.CommitAsync(ct).ConfigureAwait(false);
            }
        }
    }

    private static async Task InsertAsync(StorageSite site, DbConnection connection, TransferTable table, List<JsonElement> rows, CancellationToken ct)
    {
        var columns = string.Join(", ", table.Columns);
        if (site.Kind == "postgres")
        {
            var json = "[" + string.Join(',', rows.Select(r => PostgresRow(table, r))) + "]";
            await connection.ExecuteAsync(
                $"insert into {table.Name} ({columns}) select {columns} from json_populate_recordset(null::{table.Name}, @rows::json) on conflict do nothing", [("@rows", json)], ct).ConfigureAwait(false);
        }
        else
        {
            var sql = $"insert or ignore into {table.Name} ({columns}) values ({string.Join(", ", table.Columns.Select(c => "@" + c))})";
            foreach (var row in rows)
            {
                await connection.ExecuteAsync(sql, [.. table.Columns.Select(c => ("@" + c, Value(table, c, row.GetProperty(c))))], ct).ConfigureAwait(false);
            }
        }

        if (table.Name == "dataset")
        {
            await IndexAsync(site, connection, rows, ct).ConfigureAwait(false);
        }
    }

    /// <summary>The words people search by are not exported: each database cuts them in its own way.</summary>
    private static async Task IndexAsync(StorageSite site, DbConnection connection, List<JsonElement> rows, CancellationToken ct)
    {
        string Of(JsonElement row, string name) => row.GetProperty(name).GetString() ?? "";
        if (site.Kind == "postgres")
        {
            var words = rows.Select(r => new { id = Of(r, "id"), words = string.Join(' ', SearchWords.Of(string.Join('\n', Of(r, "title"), DatasetText.Of(Of(r, "artifact")).Words, Of(r, "publisher")))) });
            await connection.ExecuteAsync(CatalogueTables.Text, [("@rows", JsonSerializer.Serialize(words).Replace("\\u0000", "\\uFFFD", StringComparison.Ordinal))], ct).ConfigureAwait(false);
            return;
        }

        foreach (var row in rows)
        {
            await connection.ExecuteAsync(
                "insert or ignore into dataset_text (id, body) values (@id, @body)",
                [("@id", Of(row, "id")), ("@body", string.Join('\n', Of(row, "title"), DatasetText.Of(Of(row, "artifact")).Words, Of(row, "publisher")))],
                ct).ConfigureAwait(false);
        }
    }

    private static object? Value(TransferTable table, string column, JsonElement value) => value.ValueKind switch
    {
        _ when IsBody(table, column) => Encoding.UTF8.GetBytes(value.GetRawText()),
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number when value.TryGetInt64(out var whole) => whole,
        JsonValueKind.Number => value.GetDouble(),
        _ => throw new FormatException($"'{column}' of '{table.Name}' is neither text nor number."),
    };

    private static string PostgresRow(TransferTable table, JsonElement row) => table.Name != "grain_state"
        ? row.GetRawText().Replace("\\u0000", "\\uFFFD", StringComparison.Ordinal)
        : JsonSerializer.Serialize(table.Columns.ToDictionary(
            c => c,
            c => IsBody(table, c) ? "\\x" + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(row.GetProperty(c).GetRawText())) : Value(table, c, row.GetProperty(c))));

    private static bool IsBody(TransferTable table, string column) => table.Name == "grain_state" && column == "body";

    private static async IAsyncEnumerable<(TransferTable Table, long Line, JsonElement Row)> RowsAsync(
        string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var (number, ended) = (0L, false);
        while (await reader.ReadLineAsync(ct).ConfigureAwait(false) is { } line)
        {
            number++;
            var element = Parse(path, number, line);
            if (number == 1)
            {
                CheckHeader(path, element);
            }
            else if (element.TryGetProperty("end", out var end))
            {
                CheckCounts(path, end, counts);
                if (!element.TryGetProperty("sha256", out var written) || written.GetString() != Convert.ToHexStringLower(hash.GetCurrentHash()))
                {
                    throw new FormatException($"'{path}' is not what was exported: its hash does not match. Export again.");
                }

                ended = true;
            }
            else
            {
                var table = TransferTable.Find(element.TryGetProperty("table", out var name) ? name.GetString() : null);
                if (ended || table is null || !element.TryGetProperty("row", out var row) || row.ValueKind != JsonValueKind.Object)
                {
                    throw new FormatException($"'{path}' line {number} is no row of a table this version knows.");
                }

                if (table.Name == "grain_state" && Checksum.Of(Encoding.UTF8.GetBytes(row.GetProperty("body").GetRawText())) != row.GetProperty("checksum").GetInt64())
                {
                    throw new FormatException($"'{path}' line {number}: the state of grain {row.GetProperty("grain")} does not match its checksum; the file was changed.");
                }

                counts[table.Name] = counts.GetValueOrDefault(table.Name) + 1;
                yield return (table, number, row);
            }

            hash.AppendData(Encoding.UTF8.GetBytes(line));
            hash.AppendData("\n"u8);
        }

        if (!ended)
        {
            throw new FormatException($"'{path}' ends after line {number} without its last line: it was cut off. Export again.");
        }
    }

    private static JsonElement Parse(string path, long number, string line)
    {
        try
        {
            if (line.Length <= MostLineBytes)
            {
                using var document = JsonDocument.Parse(line);
                return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw new FormatException($"'{path}' line {number} is no JSON object.");
            }
        }
        catch (JsonException e)
        {
            throw new FormatException($"'{path}' line {number} is no JSON: {e.Message}", e);
        }

        throw new FormatException($"'{path}' line {number} is longer than {MostLineBytes} characters.");
    }

    private static void CheckHeader(string path, JsonElement header)
    {
        if (!header.TryGetProperty("product", out var product) || product.GetString() != "etdb" || !header.TryGetProperty("format", out var format))
        {
            throw new FormatException($"'{path}' is no export of etdb.");
        }

        if (format.GetInt32() > StorageExport.Format)
        {
            throw new FormatException($"'{path}' has format {format.GetInt32()}, this version reads up to {StorageExport.Format}. Use the newer version of etdb.");
        }
    }

    private static void CheckCounts(string path, JsonElement end, Dictionary<string, long> counts)
    {
        foreach (var table in end.EnumerateObject())
        {
            if (table.Value.GetInt64() != counts.GetValueOrDefault(table.Name))
            {
                throw new FormatException($"'{path}' should hold {table.Value.GetInt64()} rows of '{table.Name}' and holds {counts.GetValueOrDefault(table.Name)}: lines are missing.");
            }
        }
    }
}
