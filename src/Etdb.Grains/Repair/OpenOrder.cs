namespace Etdb.Grains.Repair;

/// <summary>When a shard that starts asks the datasets it knows to be open.</summary>
internal static class OpenOrder
{
    /// <summary>
    /// One after the other, those never planned first, then by urgency: the first at once, each further one so much later. All at the same time, a million would keep a silo that starts from answering anybody.
    /// </summary>
    public static IEnumerable<(RepairTicket Ticket, DateTimeOffset At)> Of(IEnumerable<RepairTicket> open, DateTimeOffset from, TimeSpan apart) =>
        open.OrderBy(t => t.Key).ThenBy(t => t.Dataset.Value, StringComparer.Ordinal).Index().Select(t => (t.Item, from + (apart * t.Index)));
}
