using Etdb.Domain.Repair;

namespace Etdb.Grains.Repair;

/// <summary>
/// When each dataset is asked next, and in which order those that are due. A heap of due times feeds a set ordered by urgency; setting a
/// new time leaves the old entry in the heap, to be skipped when it comes up (removing from the middle of a heap costs more).
/// <para>Nothing starves: one in <see cref="LongestEvery"/> is the one that has been due longest, so that of n that are due each is taken within that many times n; only last copies are not
/// held up by it.</para>
/// </summary>
internal sealed class DueQueue
{
    /// <summary>Every so many takes the one due longest goes before the most urgent: an eighth of the work is a price repair hardly feels.</summary>
    public const int LongestEvery = 8;

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly PriorityQueue<(string Id, long Stamp), (long Ticks, string Id)> _later = new(LaterOrder.Instance);
    private readonly SortedSet<Ready> _ready = new(ReadyOrder.Instance);
    private readonly SortedSet<(long Ticks, string Id)> _longest = new(LaterOrder.Instance);
    private long _stamps;
    private int _taken;

    public int Count => _entries.Count;

    public bool Contains(string id) => _entries.ContainsKey(id);

    /// <summary>Sets when a dataset is asked. What is due already stays due.</summary>
    public void Set(string id, PriorityKey? key, DateTimeOffset at)
    {
        if (_entries.TryGetValue(id, out var old))
        {
            Unready(old);
        }

        var stamp = ++_stamps;
        _entries[id] = new Entry(stamp, key, at, null);
        _later.Enqueue((id, stamp), (at.UtcTicks, id));
    }

    public void Remove(string id)
    {
        if (_entries.Remove(id, out var old))
        {
            Unready(old);
        }
    }

    /// <summary>The most urgent of those due, now and then the one due longest; removed from the queue of the due until it is set again. Null when none is.</summary>
    public string? Take(DateTimeOffset now)
    {
        Ripen(now);
        if (_ready.Count == 0)
        {
            return null;
        }

        var first = _ready.Min!;
        _taken++;
        var id = _taken % LongestEvery == 0 && first.Key?.Level != RepairLevel.LastCopy ? _longest.Min.Id : first.Id;
        var entry = _entries[id];
        Unready(entry);
        _entries[id] = entry with { Ready = null };
        return id;
    }

    /// <summary>When the next one is due; the past when one is due already, null when nothing waits.</summary>
    public DateTimeOffset? Next()
    {
        if (_ready.Count > 0)
        {
            return DateTimeOffset.MinValue;
        }

        while (_later.TryPeek(out var item, out var at))
        {
            if (_entries.TryGetValue(item.Id, out var entry) && entry.Stamp == item.Stamp)
            {
                return new DateTimeOffset(at.Ticks, TimeSpan.Zero);
            }

            _later.Dequeue();
        }

        return null;
    }

    private void Ripen(DateTimeOffset now)
    {
        while (_later.TryPeek(out var item, out var at) && at.Ticks <= now.UtcTicks)
        {
            _later.Dequeue();
            if (_entries.TryGetValue(item.Id, out var entry) && entry.Stamp == item.Stamp)
            {
                var ready = new Ready(item.Id, entry.Key);
                _ready.Add(ready);
                _longest.Add((entry.At.UtcTicks, item.Id));
                _entries[item.Id] = entry with { Ready = ready };
            }
        }
    }

    private void Unready(Entry entry)
    {
        if (entry.Ready is { } ready)
        {
            _ready.Remove(ready);
            _longest.Remove((entry.At.UtcTicks, ready.Id));
        }
    }

    private sealed record Entry(long Stamp, PriorityKey? Key, DateTimeOffset At, Ready? Ready);

    private sealed record Ready(string Id, PriorityKey? Key);

    private sealed class LaterOrder : IComparer<(long Ticks, string Id)>
    {
        public static readonly LaterOrder Instance = new();

        public int Compare((long Ticks, string Id) x, (long Ticks, string Id) y)
        {
            var order = x.Ticks.CompareTo(y.Ticks);
            return order != 0 ? order : string.CompareOrdinal(x.Id, y.Id);
        }
    }

    private sealed class ReadyOrder : IComparer<Ready>
    {
        public static readonly ReadyOrder Instance = new();

        public int Compare(Ready? x, Ready? y)
        {
            // What was never planned goes first: it may be anything.
            var order = (x!.Key, y!.Key) switch
            {
                (null, null) => 0,
                (null, _) => -1,
                (_, null) => 1,
                var (a, b) => a.Value.CompareTo(b.Value),
            };
            return order != 0 ? order : string.CompareOrdinal(x.Id, y.Id);
        }
    }
}
