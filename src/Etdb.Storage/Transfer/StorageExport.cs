using System.Buffers;
using System.Data;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Etdb.Storage.Grains;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Transfer;

/// <summary>
/// Writes everything a cluster stores as JSON lines, the same from either database: a header, one line a row (<c>{"table":…,"row":{…}}</c>), and a last line
/// with the counts and the SHA-256 of all lines before it, so that a file that was cut off or changed is noticed. Runs beside a working silo; what it reads is one state of each area.
/// </summary>
public static class StorageExport
{
    /// <summary>Version of the form of the lines.</summary>
    public const int Format = 1;

    private const int Buffered = 1 << 20;
    private const int RowsAtOnce = 500;

    /// <summary>Writes a file that is whole and on the disk when it has its name; returns rows by table. A file of that name is replaced then.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> ToFileAsync(
        StorageSite site, string path, DateTimeOffset now, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var unfinished = path + ".new";
        try
        {
            IReadOnlyDictionary<string, long> counts;
            var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, Buffered);
            await using (file.ConfigureAwait(false))
            {
                counts = await WriteAsync(site, file, now, progress, cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            DurableFiles.Rename(unfinished, path);
            return counts;
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Writes to <paramref name="output"/>; returns rows by table.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> WriteAsync(
        StorageSite site, Stream output, DateTimeOffset now, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(output);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        using var lines = new LineWriter(output, progress);
        var writer = new Utf8JsonWriter(lines.Buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        await using (writer.ConfigureAwait(false))
        {
            Header(writer, site, now);
            await lines.EndAsync(writer, cancellationToken).ConfigureAwait(false);
            foreach (var area in site.Areas)
            {
                await site.MigrateAsync(area, cancellationToken).ConfigureAwait(false);
            }

            // On PostgreSQL all areas are read in one transaction; SQLite has a file for each, read in an order that keeps evidence ahead of states.
            foreach (var group in site.Kind == "postgres" ? [site.Areas] : site.Areas.Select(a => (IReadOnlyList<string>)[a]))
            {
                await WriteAreasAsync(site, group, writer, lines, counts, cancellationToken).ConfigureAwait(false);
            }

            writer.WriteStartObject();
            writer.WriteStartObject("end");
            foreach (var (table, count) in counts)
            {
                writer.WriteNumber(table, count);
            }

            writer.WriteEndObject();
            writer.WriteString("sha256", lines.Hash());
            writer.WriteEndObject();
            await lines.EndAsync(writer, cancellationToken).ConfigureAwait(false);
        }

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return counts;
    }

    private static void Header(Utf8JsonWriter writer, StorageSite site, DateTimeOffset now)
    {
        writer.WriteStartObject();
        writer.WriteString("product", "etdb");
        writer.WriteNumber("format", Format);
        writer.WriteString("from", site.Kind);
        writer.WriteString("at", now);
        writer.WriteEndObject();
    }

    private static async Task WriteAreasAsync(
        StorageSite site, IReadOnlyList<string> areas, Utf8JsonWriter writer, LineWriter lines, Dictionary<string, long> counts, CancellationToken ct)
    {
        var connection = await site.ConnectAsync(areas[0], ct).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var transaction = await connection.BeginTransactionAsync(site.Kind == "postgres" ? IsolationLevel.RepeatableRead : IsolationLevel.Unspecified, ct).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                foreach (var table in TransferTable.All.Where(t => areas.Contains(t.Area, StringComparer.Ordinal)))
                {
                    counts[table.Name] = await WriteTableAsync(connection, table, writer, lines, ct).ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task<long> WriteTableAsync(DbConnection connection, TransferTable table, Utf8JsonWriter writer, LineWriter lines, CancellationToken ct)
    {
        var count = 0L;
        var command = connection.Command($"select {string.Join(", ", table.Columns)} from {table.Name} order by {table.Key}");
        await using (command.ConfigureAwait(false))
        {
            var r = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
            await using (r.ConfigureAwait(false))
            {
                while (await r.ReadAsync(ct).ConfigureAwait(false))
                {
                    WriteRow(writer, table, r);
                    await lines.EndAsync(writer, ct).ConfigureAwait(false);
                    if (++count % RowsAtOnce == 0)
                    {
                        lines.Tell(table.Name);
                    }
                }
            }
        }

        return count;
    }

    private static void WriteRow(Utf8JsonWriter writer, TransferTable table, DbDataReader r)
    {
        writer.WriteStartObject();
        writer.WriteString("table", table.Name);
        writer.WriteStartObject("row");
        for (var i = 0; i < table.Columns.Length; i++)
        {
            writer.WritePropertyName(table.Columns[i]);
            switch (r.GetValue(i))
            {
                case DBNull: writer.WriteNullValue(); break;
                case byte[] body: WriteBody(writer, body, r); break;
                case string text: writer.WriteStringValue(text); break;
                case bool yes: writer.WriteNumberValue(yes ? 1 : 0); break;
                case double number: writer.WriteNumberValue(number); break;
                case var number: writer.WriteNumberValue(Convert.ToInt64(number, System.Globalization.CultureInfo.InvariantCulture)); break;
            }
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>A grain's state goes out as the JSON it is, byte for byte; one that is damaged stops the export, as it would stop the grain.</summary>
    private static void WriteBody(Utf8JsonWriter writer, byte[] body, DbDataReader r)
    {
        if (Checksum.Of(body) != r.GetInt64(r.GetOrdinal("checksum")))
        {
            throw new CorruptGrainStateException($"State '{r.GetString(r.GetOrdinal("state"))}' of grain {r.GetString(r.GetOrdinal("grain"))} is damaged: its checksum does not match. Restore it from a backup first.");
        }

        writer.WriteRawValue(body, skipInputValidation: false);
    }

    /// <summary>One line at a time, hashed as it goes out.</summary>
    private sealed class LineWriter(Stream output, IProgress<TransferProgress>? progress) : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _written;

        public ArrayBufferWriter<byte> Buffer { get; } = new();

        public async Task EndAsync(Utf8JsonWriter writer, CancellationToken ct)
        {
            await writer.FlushAsync(ct).ConfigureAwait(false);
            Buffer.Write("\n"u8);
            _hash.AppendData(Buffer.WrittenSpan);
            await output.WriteAsync(Buffer.WrittenMemory, ct).ConfigureAwait(false);
            _written += Buffer.WrittenCount;
            Buffer.ResetWrittenCount();
            writer.Reset();
        }

        public void Tell(string table) => progress?.Report(new TransferProgress($"exporting {table}", _written, null));

        /// <summary>SHA-256 of all lines that went out.</summary>
        public string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public void Dispose() => _hash.Dispose();
    }
}
