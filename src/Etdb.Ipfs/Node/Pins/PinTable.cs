namespace Etdb.Ipfs.Node.Pins;

/// <summary>What is known of a pin beside its key.</summary>
internal readonly record struct PinValue(PinKind Kind, byte Version, string? Name);

/// <summary>
/// A hash table whose entries can be read piece by piece while it changes in between: a pin stays in its place as long as it exists, so a reader that steps
/// through the places sees each pin that was there all the time exactly once. (A <see cref="Dictionary{TKey, TValue}"/> would have to be copied as a whole for
/// each listing: 56 MB for a million pins.) About 60 bytes a pin, up to twice that while it grows. Not safe for threads.
/// </summary>
internal sealed class PinTable
{
    private const int FirstCapacity = 64;
    private const int None = -1;

    private Entry[] _entries = new Entry[FirstCapacity];
    private int[] _buckets = NewBuckets(FirstCapacity);
    private int _end; // places that were ever used
    private int _free = None; // first of the freed places, chained by Next

    /// <summary>Number of pins.</summary>
    public int Count { get; private set; }

    public bool TryGet(in PinKey key, out PinValue value)
    {
        var at = Find(key);
        value = at == None ? default : _entries[at].Value;
        return at != None;
    }

    /// <summary>Adds a pin, or gives one that is there the new value in its place.</summary>
    public void Set(in PinKey key, in PinValue value)
    {
        var at = Find(key);
        if (at != None)
        {
            _entries[at].Value = value;
            return;
        }

        if (_free != None)
        {
            at = _free;
            _free = _entries[at].Next;
        }
        else
        {
            if (_end == _entries.Length)
            {
                Grow();
            }

            at = _end++;
        }

        ref var bucket = ref _buckets[BucketOf(key)];
        _entries[at] = new Entry { Key = key, Value = value, Next = bucket, Used = true };
        bucket = at;
        Count++;
    }

    public bool Remove(in PinKey key)
    {
        ref var link = ref _buckets[BucketOf(key)];
        while (link != None)
        {
            ref var entry = ref _entries[link];
            if (entry.Key == key)
            {
                var at = link;
                link = entry.Next;
                entry = new Entry { Next = _free };
                _free = at;
                Count--;
                return true;
            }

            link = ref entry.Next;
        }

        return false;
    }

    public void Clear()
    {
        _entries = new Entry[FirstCapacity];
        _buckets = NewBuckets(FirstCapacity);
        (_end, _free, Count) = (0, None, 0);
    }

    /// <summary>Copies pins from place <paramref name="place"/> on, as many as fit; returns how many, and moves the place behind what was looked at.</summary>
    public int Read(ref int place, Span<(PinKey Key, PinValue Value)> to)
    {
        var count = 0;
        for (; place < _end && count < to.Length; place++)
        {
            if (_entries[place].Used)
            {
                to[count++] = (_entries[place].Key, _entries[place].Value);
            }
        }

        return count;
    }

    private static int[] NewBuckets(int capacity)
    {
        var buckets = new int[capacity];
        Array.Fill(buckets, None);
        return buckets;
    }

    private int BucketOf(in PinKey key) => key.Block.GetHashCode() & (_buckets.Length - 1); // a power of two; the key is a hash already

    private int Find(in PinKey key)
    {
        var at = _buckets[BucketOf(key)];
        while (at != None && _entries[at].Key != key)
        {
            at = _entries[at].Next;
        }

        return at;
    }

    private void Grow()
    {
        Array.Resize(ref _entries, checked(_entries.Length * 2));
        _buckets = NewBuckets(_entries.Length);
        for (var i = 0; i < _end; i++) // called when no place is free, so all of them are used
        {
            ref var bucket = ref _buckets[BucketOf(_entries[i].Key)];
            _entries[i].Next = bucket;
            bucket = i;
        }
    }

    private struct Entry
    {
        public PinKey Key;
        public PinValue Value;
        public int Next;
        public bool Used;
    }
}
