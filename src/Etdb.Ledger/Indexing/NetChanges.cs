namespace Etdb.Ledger.Indexing;

/// <summary>Adds up the changes of several blocks: for each record what it was before all of them and what it is after.</summary>
internal sealed class NetChanges
{
    private readonly Dictionary<string, (IndexedRecord? Before, IndexedRecord? After)> _records = [];
    private readonly Dictionary<(string Role, string Address), (IndexedRegistration? Before, IndexedRegistration? After)> _registrations = [];

    public void Add(IndexChanges changes)
    {
        foreach (var change in changes.Records)
        {
            Add(change.Txid, change.Before, change.After);
        }

        foreach (var change in changes.Registrations)
        {
            Add((change.Role, change.Address), change.Before, change.After);
        }
    }

    /// <summary>Adds what differs between a state given by its values and another index.</summary>
    public void AddDifference(IReadOnlyDictionary<string, IndexedRecord> records, IReadOnlyList<IndexedRegistration> registrations, OipIndex after)
    {
        foreach (var (txid, record) in records)
        {
            Add(txid, record, after.Find(txid));
        }

        // A displaced record comes back when what displaced it leaves.
        foreach (var record in after.Records().Where(r => !records.ContainsKey(r.Txid)))
        {
            Add(record.Txid, null, record);
        }

        foreach (var registration in registrations)
        {
            var message = registration.Message;
            Add((message.Role, message.Address), registration, after.FindRegistration(message.Role, message.Address));
        }
    }

    /// <summary>Only what is not the same again; a record that left and came back with the same transactions has not changed.</summary>
    public IndexChanges ToChanges() => new(
        [.. _records.Where(r => !IsSame(r.Value.Before, r.Value.After)).Select(r => new RecordChange(r.Key, r.Value.Before, r.Value.After))],
        [.. _registrations.Where(r => !IsSame(r.Value.Before, r.Value.After))
            .Select(r => new RegistrationChange(r.Key.Role, r.Key.Address, r.Value.Before, r.Value.After))]);

    private void Add(string txid, IndexedRecord? before, IndexedRecord? after) =>
        _records[txid] = (_records.TryGetValue(txid, out var known) ? known.Before : before, after);

    private void Add((string Role, string Address) key, IndexedRegistration? before, IndexedRegistration? after) =>
        _registrations[key] = (_registrations.TryGetValue(key, out var known) ? known.Before : before, after);

    private static bool IsSame(IndexedRecord? a, IndexedRecord? b) => ReferenceEquals(a, b)
        || (a is not null && b is not null && a.Owner == b.Owner && a.DeactivatedBy == b.DeactivatedBy
            && a.Versions.SequenceEqual(b.Versions) && a.RefusedEdits.SequenceEqual(b.RefusedEdits));

    private static bool IsSame(IndexedRegistration? a, IndexedRegistration? b) => ReferenceEquals(a, b) || (a is not null && a.Equals(b));
}
