namespace Etdb.Ledger.Indexing;

/// <summary>A <see cref="RecordEvent"/> on its way into the log: it has no number yet, and names the record instead of copying it.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Height">Height of the block it happened at.</param>
/// <param name="Time">Header time of that block, Unix seconds.</param>
/// <param name="RecordTxid">Id of the record; empty for publishers.</param>
/// <param name="Owner">FLO address that owns it, or that registered.</param>
/// <param name="Record">What holds now; null for retractions and publishers.</param>
/// <param name="Alias">Registered name; null otherwise, and when the registration was withdrawn.</param>
internal readonly record struct LogEntry(RecordEventKind Kind, long Height, long Time, string RecordTxid, string Owner, IndexedRecord? Record, string? Alias)
{
    /// <summary>Entries for what changed, records in the order they were touched.</summary>
    public static IEnumerable<LogEntry> From(IndexChanges changes, IndexTip tip)
    {
        foreach (var change in changes.Records)
        {
            var (before, after) = (change.Before, change.After);
            if (after is null)
            {
                yield return new LogEntry(RecordEventKind.Retracted, tip.Height, tip.Time, change.Txid, before!.Owner, null, null);
                continue;
            }

            var isShown = before is null || (before.IsDeactivated && !after.IsDeactivated)
                || before.Owner != after.Owner || !before.Current.Equals(after.Current) || before.Versions.Count != after.Versions.Count;
            var place = after.Current.Place;
            if (isShown && !(before is { IsDeactivated: true } && after.IsDeactivated))
            {
                yield return new LogEntry(RecordEventKind.Current, place.Height, place.Time, change.Txid, after.Owner, after, null);
            }

            if (after.IsDeactivated && before is not { IsDeactivated: true })
            {
                yield return new LogEntry(RecordEventKind.Deactivated, tip.Height, tip.Time, change.Txid, after.Owner, after, null);
            }
        }

        foreach (var change in changes.Registrations.Where(c => c.Role == "pub"))
        {
            var alias = change.After is { IsDeactivated: false } registration ? registration.Message.Alias : null;
            yield return new LogEntry(RecordEventKind.Publisher, tip.Height, tip.Time, "", change.Address, null, alias);
        }
    }
}
