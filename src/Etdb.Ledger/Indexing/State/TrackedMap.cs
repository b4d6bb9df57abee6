using System.Diagnostics.CodeAnalysis;

namespace Etdb.Ledger.Indexing.State;

/// <summary>A dictionary of immutable values whose every change can be undone exactly.</summary>
internal sealed class TrackedMap<TKey, TValue>(UndoJournal journal)
    where TKey : notnull
    where TValue : class
{
    private readonly Dictionary<TKey, TValue> _values = [];

    /// <summary>Values by key at their first change since <see cref="TakeTouched"/>; null where there was none.</summary>
    private Dictionary<TKey, TValue?>? _touched;

    public int Count => _values.Count;

    public IEnumerable<TValue> Values => _values.Values;

    public IEnumerable<KeyValuePair<TKey, TValue>> Entries => _values;

    public TValue? Find(TKey key) => _values.GetValueOrDefault(key);

    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value) => _values.TryGetValue(key, out value);

    /// <summary>Sets, or removes for null.</summary>
    public void Set(TKey key, TValue? value)
    {
        var old = _values.GetValueOrDefault(key);
        if (ReferenceEquals(old, value))
        {
            return;
        }

        if (journal.IsOpen)
        {
            Note(key, old);
        }

        Put(key, value);
    }

    // Apart, so that the closure is made only when it is wanted.
    private void Note(TKey key, TValue? old) => journal.Add(() => Put(key, old));

    /// <summary>Begins to note which keys change.</summary>
    public void TrackTouched() => _touched = [];

    /// <summary>Keys that changed since <see cref="TrackTouched"/>, with the value they had, in order of first change.</summary>
    public IReadOnlyDictionary<TKey, TValue?> TakeTouched()
    {
        var touched = _touched ?? [];
        _touched = null;
        return touched;
    }

    private void Put(TKey key, TValue? value)
    {
        _touched?.TryAdd(key, _values.GetValueOrDefault(key));
        if (value is null)
        {
            _values.Remove(key);
        }
        else
        {
            _values[key] = value;
        }
    }
}

/// <summary>A number that can be undone.</summary>
internal sealed class TrackedCounter(UndoJournal journal)
{
    public long Value { get; private set; }

    public void Add(long amount)
    {
        if (journal.IsOpen)
        {
            Note(amount);
        }

        Value += amount;
    }

    private void Note(long amount) => journal.Add(() => Value -= amount);
}

/// <summary>A list that only grows, and shrinks when undone.</summary>
internal sealed class TrackedLog<T>(UndoJournal journal)
{
    private readonly List<T> _items = [];

    public IReadOnlyList<T> Items => _items;

    public void Append(T item)
    {
        journal.Add(() => _items.RemoveAt(_items.Count - 1));
        _items.Add(item);
    }
}

/// <summary>A sorted set that can be undone.</summary>
internal sealed class TrackedSet<T>(UndoJournal journal)
    where T : notnull
{
    private readonly SortedSet<T> _items = [];

    public T? First => _items.Min;

    public int Count => _items.Count;

    public void Add(T item)
    {
        if (_items.Add(item) && journal.IsOpen)
        {
            Note(item, isAdded: true);
        }
    }

    public void Remove(T item)
    {
        if (_items.Remove(item) && journal.IsOpen)
        {
            Note(item, isAdded: false);
        }
    }

    private void Note(T item, bool isAdded) => journal.Add(() => _ = isAdded ? _items.Remove(item) : _items.Add(item));
}
