namespace Etdb.Domain.Reconciliation;

/// <summary>How many differences there are of each kind, and the first few of each by <see cref="DifferenceOrder"/>, in whatever parts and order they are told.</summary>
public sealed class DifferenceSummary
{
    /// <summary>Examples kept of a kind.</summary>
    public const int Examples = 5;

    private readonly Dictionary<DifferenceKind, (long Count, List<Difference> First)> _kinds = Enum.GetValues<DifferenceKind>().ToDictionary(k => k, _ => (0L, new List<Difference>()));

    /// <summary>How many of a kind were told.</summary>
    public long Count(DifferenceKind kind) => _kinds[kind].Count;

    /// <summary>The first of a kind, in order.</summary>
    public IReadOnlyList<Difference> First(DifferenceKind kind) => _kinds[kind].First;

    /// <summary>Takes further differences in.</summary>
    /// <param name="ordered">By <see cref="DifferenceOrder"/>, as <see cref="ThreeWayDiff.Compare"/> gives them.</param>
    public void Add(IReadOnlyList<Difference> ordered)
    {
        ArgumentNullException.ThrowIfNull(ordered);
        foreach (var own in ordered.GroupBy(d => d.Kind))
        {
            var (count, first) = _kinds[own.Key];
            first.AddRange(own.Take(Examples));
            first.Sort(DifferenceOrder.Instance);
            first.RemoveRange(Math.Min(Examples, first.Count), Math.Max(0, first.Count - Examples));
            _kinds[own.Key] = (count + own.LongCount(), first);
        }
    }
}
