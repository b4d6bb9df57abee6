using Etdb.Domain.Replication;

namespace Etdb.Grains.Nodes;

/// <summary>A listing held against the rows of a shelf, page by page. Pure; what changed after the listing began is not judged.</summary>
internal sealed class ShelfComparison
{
    private readonly HashSet<string> _listed;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly HashSet<string> _unreferred;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _unreferredLookup;
    private readonly HashSet<string> _seenDifferent = new(StringComparer.Ordinal);
    private readonly List<DatasetRef> _missing = [];
    private readonly List<DatasetRef> _appeared = [];
    private readonly List<(DatasetRef Ref, bool Listed)> _struck = [];
    private int _held;

    public ShelfComparison(ShelfListing listing)
    {
        Scan = listing.Scan;
        StartedAt = listing.StartedAt;
        _listed = new HashSet<string>(listing.Roots, StringComparer.Ordinal);
        _unreferred = new HashSet<string>(_listed, StringComparer.Ordinal);
        _lookup = _listed.GetAlternateLookup<ReadOnlySpan<char>>();
        _unreferredLookup = _unreferred.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Scan { get; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>Believed pinned, not listed.</summary>
    public IReadOnlyList<DatasetRef> Missing => _missing;

    /// <summary>Listed, not believed pinned.</summary>
    public IReadOnlyList<DatasetRef> Appeared => _appeared;

    /// <summary>Struck rows and whether they are listed all the same.</summary>
    public IReadOnlyList<(DatasetRef Ref, bool Listed)> Struck => _struck;

    public void Add(IReadOnlyList<KeyValuePair<string, string>> rows)
    {
        foreach (var (key, value) in rows)
        {
            var root = ShelfRows.RootOf(key);
            var isListed = _lookup.Contains(root);
            var phase = ShelfRows.PhaseOf(value);
            var isHeld = phase == ShelfPhase.Held;
            _unreferredLookup.Remove(root);
            _held += isHeld ? 1 : 0;
            if (ShelfRows.TicksOf(value) >= StartedAt.UtcTicks || (isListed == isHeld && phase != ShelfPhase.Struck))
            {
                continue;
            }

            // A table that grew meanwhile may show a row twice.
            if (_seenDifferent.Add(key))
            {
                Note(ShelfRows.RefOf(key), phase, isListed);
            }
        }
    }

    public ShelfDifference Difference() => new(_held, _missing, _appeared.Count, _unreferred.Count);

    private void Note(DatasetRef dataset, ShelfPhase phase, bool isListed)
    {
        if (phase == ShelfPhase.Struck)
        {
            _struck.Add((dataset, isListed));
        }
        else
        {
            (isListed ? _appeared : _missing).Add(dataset);
        }
    }
}
