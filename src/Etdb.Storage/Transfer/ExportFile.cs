using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Etdb.Storage.Grains;

namespace Etdb.Storage.Transfer;

/// <summary>A line of an export that holds a row.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Row">The row: columns by name.</param>
internal readonly record struct ExportRow(TransferTable Table, JsonElement Row);

/// <summary>What a file that was checked holds: rows by table, and by area the stretch of the file its rows lie in.</summary>
internal sealed record ExportContents(IReadOnlyDictionary<string, long> Counts, IReadOnlyDictionary<string, (long Start, long End)> Places);

/// <summary>Reads a file that <see cref="StorageExport"/> wrote: once as a whole, which checks everything, then one stretch after the other.</summary>
internal sealed class ExportFile(string path, IProgress<TransferProgress>? progress)
{
    /// <summary>Longest line; a grain's state is far smaller.</summary>
    public const int MostLineBytes = 256 << 20;

    private const int BufferBytes = 1 << 20;
    private const int LinesAtOnce = 500;

    /// <summary>Checks form, checksums, columns, counts and the hash of all lines.</summary>
    /// <exception cref="FormatException">It is not a whole export that this version can read; the message says where and why.</exception>
    public async Task<ExportContents> CheckAsync(CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var places = new Dictionary<string, (long Start, long End)>(StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (number, ended) = (0L, false);
        await foreach (var (line, start, end) in LinesAsync("checking", 0, long.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            number++;
            var element = Parse(line, number);
            if (number == 1)
            {
                CheckHeader(element);
            }
            else if (element.TryGetProperty("end", out var totals))
            {
                CheckEnd(element, totals, counts, Convert.ToHexStringLower(hash.GetCurrentHash()));
                ended = true;
            }
            else
            {
                var (table, row) = ended ? throw NoRow(number) : RowOf(element, number);
                CheckRow(table, row, number);
                counts[table.Name] = counts.GetValueOrDefault(table.Name) + 1;
                places[table.Area] = (places.TryGetValue(table.Area, out var known) ? known.Start : start, end);
            }

            Append(hash, line);
        }

        return ended ? new ExportContents(counts, places) : throw new FormatException($"'{path}' ends after line {number} without its last line: it was cut off. Export again.");
    }

    /// <summary>The rows in a stretch of a file that was checked.</summary>
    public async IAsyncEnumerable<ExportRow> RowsAsync(string step, (long Start, long End) place, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (line, _, _) in LinesAsync(step, place.Start, place.End, cancellationToken).ConfigureAwait(false))
        {
            var (table, row) = RowOf(Parse(line, null), null);
            yield return new ExportRow(table, row);
        }
    }

    private async IAsyncEnumerable<(ReadOnlySequence<byte> Line, long Start, long End)> LinesAsync(string step, long from, long to, [EnumeratorCancellation] CancellationToken ct)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan | FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            file.Position = from;
            var (at, count) = (from, 0);
            var pipe = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: BufferBytes));
            while (at < to)
            {
                var read = await pipe.ReadAsync(ct).ConfigureAwait(false);
                var buffer = read.Buffer;
                while (at < to && TryTakeLine(ref buffer, read.IsCompleted) is { } line)
                {
                    var start = at;
                    at += line.Length + 1;
                    yield return (line, start, at);
                    if (++count % LinesAtOnce == 0)
                    {
                        progress?.Report(new TransferProgress(step, at - from, Math.Min(to, file.Length) - from));
                    }
                }

                if (buffer.Length > MostLineBytes)
                {
                    throw new FormatException($"'{path}' has a line longer than {MostLineBytes} bytes.");
                }

                pipe.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }

            await pipe.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The next line without its end; null when there is no whole one. The last line of a file needs no end.</summary>
    private static ReadOnlySequence<byte>? TryTakeLine(ref ReadOnlySequence<byte> buffer, bool isLast)
    {
        if (buffer.PositionOf((byte)'\n') is { } newline)
        {
            var line = buffer.Slice(0, newline);
            buffer = buffer.Slice(buffer.GetPosition(1, newline));
            return line;
        }

        if (!isLast || buffer.IsEmpty)
        {
            return null;
        }

        var rest = buffer;
        buffer = buffer.Slice(buffer.End);
        return rest;
    }

    private static void Append(IncrementalHash hash, ReadOnlySequence<byte> line)
    {
        foreach (var part in line)
        {
            hash.AppendData(part.Span);
        }

        hash.AppendData("\n"u8);
    }

    private JsonElement Parse(ReadOnlySequence<byte> line, long? number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw new FormatException($"'{path}'{At(number)} is no JSON object.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"'{path}'{At(number)} is no JSON: {e.Message}", e);
        }
    }

    private (TransferTable Table, JsonElement Row) RowOf(JsonElement line, long? number)
        => TransferTable.Find(line.TryGetProperty("table", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null) is { } table
            && line.TryGetProperty("row", out var row) && row.ValueKind == JsonValueKind.Object
            ? (table, row)
            : throw NoRow(number);

    private FormatException NoRow(long? number) => new($"'{path}'{At(number)} is no row of a table this version knows.");

    private static string At(long? number) => number is { } n ? $" line {n}" : "";

    private void CheckRow(TransferTable table, JsonElement row, long number)
    {
        foreach (var column in table.Columns)
        {
            if (!row.TryGetProperty(column, out _))
            {
                throw new FormatException($"'{path}' line {number}: a row of '{table.Name}' has no '{column}'.");
            }
        }

        if (table.Name == "grain_state"
            && (row.GetProperty("checksum") is not { ValueKind: JsonValueKind.Number } sum || !sum.TryGetInt64(out var expected) || Checksum.Of(Encoding.UTF8.GetBytes(row.GetProperty("body").GetRawText())) != expected))
        {
            throw new FormatException($"'{path}' line {number}: the state of grain {row.GetProperty("grain")} does not match its checksum; the file was changed.");
        }
    }

    private void CheckHeader(JsonElement header)
    {
        if (!header.TryGetProperty("product", out var product) || product.ValueKind != JsonValueKind.String || product.GetString() != "etdb"
            || !header.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.Number || !format.TryGetInt32(out var version))
        {
            throw new FormatException($"'{path}' is no export of etdb.");
        }

        if (version > StorageExport.Format)
        {
            throw new FormatException($"'{path}' has format {version}, this version reads up to {StorageExport.Format}. Use the newer version of etdb.");
        }
    }

    private void CheckEnd(JsonElement line, JsonElement totals, Dictionary<string, long> counts, string hash)
    {
        if (totals.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"'{path}': its last line does not say what it should hold.");
        }

        foreach (var table in totals.EnumerateObject())
        {
            var held = counts.GetValueOrDefault(table.Name);
            if (table.Value.ValueKind != JsonValueKind.Number || !table.Value.TryGetInt64(out var expected) || expected != held)
            {
                throw new FormatException($"'{path}' should hold {table.Value} rows of '{table.Name}' and holds {held}: lines are missing.");
            }
        }

        if (!line.TryGetProperty("sha256", out var written) || written.ValueKind != JsonValueKind.String || written.GetString() != hash)
        {
            throw new FormatException($"'{path}' is not what was exported: its hash does not match. Export again.");
        }
    }
}
