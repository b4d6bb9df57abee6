using System.Globalization;

namespace Etdb.Grains.Publishers;

/// <summary>Rows of a publisher's table of datasets: the ledger sequence of the first appearance and the declared size. Rows of version 1 are empty.</summary>
internal static class PublisherRows
{
    /// <summary>As it is kept.</summary>
    public static string Write(long sequence, long bytes) => string.Create(CultureInfo.InvariantCulture, $"{sequence} {bytes}");

    /// <summary>As it was kept; (0, 0) for rows of version 1, which were there before all others.</summary>
    public static (long Sequence, long Bytes) Read(string row)
    {
        var space = row.IndexOf(' ', StringComparison.Ordinal);
        return space > 0
            && long.TryParse(row.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && long.TryParse(row.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? (sequence, bytes) : (0, 0);
    }
}
