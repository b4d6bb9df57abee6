using System.Globalization;
using Etdb.Grains.Ports;

namespace Etdb.Silo.Adapters;

/// <summary>
/// The events of this silo's index with a number added to each. A cluster that was moved from PostgreSQL into files has heard events up to that number, of a log it no longer
/// has: it hears this index from its first event, with numbers that are new to it. Hearing a record again changes nothing.
/// </summary>
public sealed class RenumberedLedgerFeed(ILedgerFeed local, long offset) : ILedgerFeed
{
    /// <summary>File in the data folder that holds the number; written by an import.</summary>
    public const string FileName = "ledger-offset";

    /// <summary>The number in that folder; 0 when there is none.</summary>
    public static long OffsetOf(string folder) => File.Exists(Path.Combine(folder, FileName))
        ? long.Parse(File.ReadAllText(Path.Combine(folder, FileName)), NumberStyles.None, CultureInfo.InvariantCulture)
        : 0;

    /// <inheritdoc/>
    public async Task<LedgerBatch> ReadAsync(long sequence, int limit, CancellationToken cancellationToken)
    {
        var batch = await local.ReadAsync(Math.Max(0, sequence - offset), limit, cancellationToken);
        return batch with { Events = [.. batch.Events.Select(e => e with { Sequence = e.Sequence + offset })] };
    }
}
