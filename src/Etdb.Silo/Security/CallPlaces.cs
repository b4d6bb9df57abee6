namespace Etdb.Silo.Security;

/// <summary>Counts what goes on at the same time, by name; a name that does nothing is not kept.</summary>
internal sealed class CallPlaces
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);

    /// <summary>How many names do something.</summary>
    public int Kept
    {
        get
        {
            lock (_gate)
            {
                return _taken.Count;
            }
        }
    }

    /// <summary>A place, to be given back by disposing it; null when <paramref name="most"/> are taken.</summary>
    public IDisposable? Enter(string name, int most)
    {
        lock (_gate)
        {
            var taken = _taken.GetValueOrDefault(name);
            if (taken >= most)
            {
                return null;
            }

            _taken[name] = taken + 1;
            return new Place(this, name);
        }
    }

    private void Leave(string name)
    {
        lock (_gate)
        {
            if (--_taken[name] == 0)
            {
                _taken.Remove(name);
            }
        }
    }

    private sealed class Place(CallPlaces places, string name) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                places.Leave(name);
            }
        }
    }
}
