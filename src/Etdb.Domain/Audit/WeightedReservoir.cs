using Etdb.Domain.Common;

namespace Etdb.Domain.Audit;

/// <summary>
/// A weighted sample without replacement in one pass (A-Res, Efraimidis and Spirakis 2006): key = −ln(u) / weight, the smallest k stay.
/// Two reservoirs over disjoint streams merge into the reservoir of both. The order in which things are offered does not matter.
/// </summary>
public sealed class WeightedReservoir<T>
{
    private readonly PriorityQueue<(double Key, T Value), (double Key, ulong Seed)> _largestFirst;

    /// <summary>Keeps up to <paramref name="capacity"/> things, from 0.</summary>
    public WeightedReservoir(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        Capacity = capacity;
        _largestFirst = new(Comparer<(double Key, ulong Seed)>.Create((a, b) => b.CompareTo(a)));
    }

    /// <summary>Most things kept.</summary>
    public int Capacity { get; }

    /// <summary>Things kept now.</summary>
    public int Count => _largestFirst.Count;

    /// <summary>Offers a thing.</summary>
    /// <param name="value">The thing.</param>
    /// <param name="weight">Above 0.</param>
    /// <param name="seed">Its own random number; u is drawn from it.</param>
    public void Offer(T value, double weight, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight);
        Keep(value, (-Math.Log(Hashing.Unit(Hashing.Mix(seed))) / weight, seed));
    }

    /// <summary>Takes over what the other holds.</summary>
    public void Merge(WeightedReservoir<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (var (element, priority) in other._largestFirst.UnorderedItems)
        {
            Keep(element.Value, priority);
        }
    }

    /// <summary>The sample, smallest key first.</summary>
    public IReadOnlyList<T> Drawn() => [.. _largestFirst.UnorderedItems.OrderBy(i => i.Priority).Select(i => i.Element.Value)];

    private void Keep(T value, (double Key, ulong Seed) priority)
    {
        if (_largestFirst.Count < Capacity)
        {
            _largestFirst.Enqueue((priority.Key, value), priority);
        }
        else if (Capacity > 0)
        {
            _largestFirst.EnqueueDequeue((priority.Key, value), priority);
        }
    }
}
