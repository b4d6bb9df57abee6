namespace Etdb.Silo.Security;

/// <summary>
/// Counts calls by a name: so many a minute, as many at once after a pause, and exactly so many (the generic cell rate algorithm of ITU-T I.371: for each name only the time at which its
/// bucket is full again). A full bucket is one that is not kept, so nothing is forgotten by dropping it. At most <paramref name="most"/> names are kept; beyond that newcomers
/// share buckets by the hash of their name, so that a flood of names costs neither memory nor anybody its limit.
/// </summary>
internal sealed class CallBuckets(TimeProvider time, int most)
{
    private const int Shared = 1_024;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, string Kind), long> _fullAt = [];
    private long _sweptAt = time.GetTimestamp();

    /// <summary>How many names have a bucket that is not full.</summary>
    public int Kept
    {
        get
        {
            lock (_gate)
            {
                return _fullAt.Count;
            }
        }
    }

    /// <summary>Takes one call of <paramref name="perMinute"/>; null when there was one, else how long until there is.</summary>
    public TimeSpan? Take(string name, string kind, int perMinute) => Try(name, kind, perMinute, take: true);

    /// <summary>The same without taking it.</summary>
    public TimeSpan? Look(string name, string kind, int perMinute) => Try(name, kind, perMinute, take: false);

    private TimeSpan? Try(string name, string kind, int perMinute, bool take)
    {
        var each = Math.Max(1, time.TimestampFrequency * 60 / perMinute);
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var key = KeyOf(name, kind, now);
            var fullAt = _fullAt.TryGetValue(key, out var kept) && kept > now ? kept : now;
            var early = fullAt - now - (each * (perMinute - 1));
            if (early > 0)
            {
                return time.GetElapsedTime(0, early);
            }

            if (take)
            {
                _fullAt[key] = fullAt + each;
            }

            return null;
        }
    }

    private (string Name, string Kind) KeyOf(string name, string kind, long now)
    {
        if (_fullAt.Count < most || _fullAt.ContainsKey((name, kind)))
        {
            return (name, kind);
        }

        if (time.GetElapsedTime(_sweptAt, now) >= SweepEvery)
        {
            _sweptAt = now;
            foreach (var (full, _) in _fullAt.Where(b => b.Value <= now).ToList())
            {
                _fullAt.Remove(full);
            }
        }

        return _fullAt.Count < most ? (name, kind) : (string.Create(System.Globalization.CultureInfo.InvariantCulture, $"one of many {(uint)string.GetHashCode(name, StringComparison.Ordinal) % Shared}"), kind);
    }
}
