using System.Text.Json;

namespace Etdb.Storage.Transfer;

/// <summary>
/// Reads what <see cref="StorageExport"/> wrote into an empty database of either kind. The whole file is checked first (form, checksums, counts, hash), then each
/// area is written in one transaction: a file that is not whole changes nothing.
/// </summary>
public static class StorageImport
{
    private const int RowsAtOnce = 500;

    /// <summary>Checks the file, so that it may be written without reading it all once more.</summary>
    /// <exception cref="FormatException">It is not a whole export that this version can read; the message says where and why.</exception>
    public static async Task<CheckedExport> CheckAsync(string path, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var stamp = CheckedExport.StampOf(path); // Before it is read: what is changed meanwhile is noticed.
        return new CheckedExport(path, stamp, await new ExportFile(path, progress).CheckAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Checks the file and writes it into a site that holds no grain states; returns rows by table.</summary>
    /// <exception cref="FormatException">The file is not whole; nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">The site is not empty.</exception>
    public static async Task<IReadOnlyDictionary<string, long>> WriteAsync(StorageSite site, string path, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        return await WriteAsync(site, await CheckAsync(path, progress, cancellationToken).ConfigureAwait(false), progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a file that was checked into a site that holds no grain states; returns rows by table.</summary>
    /// <exception cref="FormatException">The file is another than the one that was checked; nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">The site is not empty.</exception>
    public static async Task<IReadOnlyDictionary<string, long>> WriteAsync(StorageSite site, CheckedExport export, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(export);
        export.RequireSame();
        var (file, contents) = (new ExportFile(export.Path, progress), export.Contents);
        if (await site.HasStatesAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException($"'{site.Name}' holds the data of a cluster already; import into an empty one.");
        }

        // Grain states last: as long as they are missing the site counts as empty, and an import that was cut short can be begun again.
        foreach (var area in site.Areas.Reverse())
        {
            await site.MigrateAsync(area, cancellationToken).ConfigureAwait(false);
            if (contents.Places.TryGetValue(area, out var place))
            {
                await WriteAreaAsync(site, area, file.RowsAsync($"writing {area}", place, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
        }

        return contents.Counts;
    }

    private static async Task WriteAreaAsync(StorageSite site, string area, IAsyncEnumerable<ExportRow> rows, CancellationToken ct)
    {
        var connection = await site.ConnectAsync(area, ct).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                var writer = site.Writer(connection);
                await using (writer.ConfigureAwait(false))
                {
                    var waiting = new List<JsonElement>(RowsAtOnce);
                    TransferTable? current = null;
                    await foreach (var (table, row) in rows.ConfigureAwait(false))
                    {
                        if (table.Area != area)
                        {
                            continue; // Stretches overlap where somebody has sorted the lines.
                        }

                        if (current is not null && (waiting.Count == RowsAtOnce || table != current))
                        {
                            await writer.WriteAsync(current, waiting, ct).ConfigureAwait(false);
                            waiting.Clear();
                        }

                        current = table;
                        waiting.Add(row);
                    }

                    if (current is not null)
                    {
                        await writer.WriteAsync(current, waiting, ct).ConfigureAwait(false);
                    }

                    await writer.EndAsync(area, ct).ConfigureAwait(false);
                }

                await transaction.CommitAsync(ct).ConfigureAwait(false);
            }
        }
    }
}
