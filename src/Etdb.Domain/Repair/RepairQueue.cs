namespace Etdb.Domain.Repair;

/// <summary>
/// Datasets that need work, in order of <see cref="PriorityKey"/>, with a bound on waiting: every <see cref="OldestEvery"/>-th one given out is the one
/// that has waited longest, whatever its level, unless last copies wait. Held in memory only: the next full pass fills it again, and
/// <see cref="DropUnseen"/> removes what that pass no longer found in need. Used by one thread at a time.
/// </summary>
public sealed class RepairQueue
{
    /// <summary>Most datasets held; beyond it the least urgent are dropped, the next pass finds them again.</summary>
    public const int EntriesMaximum = 1_000_000;

    /// <summary>One in so many is taken by age.</summary>
    public const int OldestEvery = 8;

    private readonly SortedSet<PriorityKey> _byUrgency = [];
    private readonly SortedSet<(DateTimeOffset Since, string Id)> _byAge = new(Comparer<(DateTimeOffset Since, string Id)>.Create(CompareAges));
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _taken;

    /// <summary>Datasets held.</summary>
    public int Count => _entries.Count;

    /// <summary>The longest wait; null when empty.</summary>
    public DateTimeOffset? OldestSince => _byAge.Count == 0 ? null : _byAge.Min.Since;

    /// <summary>Puts a dataset in, or moves it. The time it began to wait is kept.</summary>
    /// <param name="key">Its key, with the dataset id.</param>
    /// <param name="now">The moment: what was put in before a pass began and not again since is dropped by <see cref="DropUnseen"/>.</param>
    public void Put(PriorityKey key, DateTimeOffset now)
    {
        var since = now;
        if (_entries.TryGetValue(key.Id, out var known))
        {
            since = known.WaitingSince;
            Remove(key.Id);
        }

        _entries.Add(key.Id, new Entry(key, since, now));
        _byUrgency.Add(key);
        _byAge.Add((since, key.Id));
        if (_entries.Count > EntriesMaximum)
        {
            Remove(_byUrgency.Max.Id);
        }
    }

    /// <summary>Takes a dataset out: its work is done or no longer needed.</summary>
    public bool Remove(string id)
    {
        if (!_entries.Remove(id, out var entry))
        {
            return false;
        }

        _byUrgency.Remove(entry.Key);
        _byAge.Remove((entry.WaitingSince, id));
        return true;
    }

    /// <summary>Removes the next one to work on.</summary>
    public bool TryTake(out PriorityKey key)
    {
        key = default;
        if (_entries.Count == 0)
        {
            return false;
        }

        var first = _byUrgency.Min;
        var byAge = first.Level != RepairLevel.LastCopy && ++_taken % OldestEvery == 0;
        key = byAge ? _entries[_byAge.Min.Id].Key : first;
        Remove(key.Id);
        return true;
    }

    /// <summary>Removes what was last put in before a pass began: the pass no longer found it in need. Returns how many.</summary>
    public int DropUnseen(DateTimeOffset passStarted)
    {
        var unseen = _entries.Where(e => e.Value.SeenAt < passStarted).Select(e => e.Key).ToList();
        unseen.ForEach(id => Remove(id));
        return unseen.Count;
    }

    private static int CompareAges((DateTimeOffset Since, string Id) a, (DateTimeOffset Since, string Id) b)
    {
        var order = a.Since.CompareTo(b.Since);
        return order != 0 ? order : string.CompareOrdinal(a.Id, b.Id);
    }

    private sealed record Entry(PriorityKey Key, DateTimeOffset WaitingSince, DateTimeOffset SeenAt);
}
