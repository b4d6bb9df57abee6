using Etdb.Domain.Common;

namespace Etdb.Grains.Datasets;

/// <summary>
/// What this process has shown of the datasets it dealt with last. What it queued for the catalogue gets there unless the process ends, so a dataset that wakes again need not
/// show all of itself again: after a loss tens of thousands are woken in turn, each with a row and a dozen lines of its story, and the catalogue's writer would hold all of them back.
/// Bounded: of the entries of before, the younger half is kept. For callers on any thread.
/// </summary>
public sealed class ShownDatasets
{
    /// <summary>Datasets remembered, about 200 bytes each.</summary>
    public const int Most = 131_072;

    private readonly Lock _gate = new();
    private Dictionary<string, ShownDataset> _young = new(StringComparer.Ordinal);
    private Dictionary<string, ShownDataset> _old = new(StringComparer.Ordinal);

    /// <summary>What is remembered of it.</summary>
    public ShownDataset Find(string id)
    {
        lock (_gate)
        {
            return _young.TryGetValue(id, out var shown) || _old.TryGetValue(id, out shown) ? shown : ShownDataset.Nothing;
        }
    }

    /// <summary>Remembers that.</summary>
    public void Note(string id, ShownDataset shown)
    {
        lock (_gate)
        {
            if (_young.Count >= Most / 2)
            {
                (_old, _young) = (_young, new Dictionary<string, ShownDataset>(StringComparer.Ordinal));
            }

            _young[id] = shown;
        }
    }
}

/// <summary>How a dataset was last shown.</summary>
/// <param name="Version">Version of its state; -1 when it was not.</param>
/// <param name="Seen">Hash of what was to be seen of its surroundings.</param>
/// <param name="Story">Number of the last line of its story.</param>
public readonly record struct ShownDataset(long Version, ulong Seen, long Story)
{
    /// <summary>Not at all.</summary>
    public static ShownDataset Nothing { get; } = new(-1, 0, -1);

    /// <summary>The hash of a description of what is to be seen.</summary>
    public static ulong HashOf(string seen) => Hashing.Of(seen);
}
