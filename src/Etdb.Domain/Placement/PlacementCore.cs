using Etdb.Domain.Common;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Placement;

/// <summary>
/// The choice over plain arrays, reused from dataset to dataset in a bulk pass. Not safe for use by two threads at once.
/// </summary>
internal sealed class PlacementCore
{
    /// <summary>Rounding must never make the bound smaller than the score.</summary>
    private const double BoundMargin = 1 + 1e-9;

    private readonly ClusterView _cluster;
    private readonly PlacementOptions _options;
    private readonly long[] _room;
    private readonly ulong[] _nodeHash;
    private readonly Candidate[] _candidates;
    private readonly double[] _unit;
    private readonly bool[] _excluded;
    private readonly bool[] _domainTaken;
    private readonly int[] _countryUse;
    private readonly int[] _siteUse;

    public PlacementCore(ClusterView cluster, PlacementOptions options)
    {
        _cluster = cluster;
        _options = options;
        var count = cluster.Nodes.Count;
        _room = new long[count];
        _nodeHash = new ulong[count];
        _unit = new double[count];
        _excluded = new bool[count];
        _domainTaken = new bool[count];
        _countryUse = new int[count];
        _siteUse = new int[count];
        for (var i = 0; i < count; i++)
        {
            _nodeHash[i] = Hashing.Of(cluster.Nodes[i].Node.Value);
        }

        _candidates = [.. Enumerable.Range(0, count).Where(i => cluster.Facts[i].TakesReplicas).Select(i => new Candidate(cluster, i))];
    }

    /// <summary>Bytes still placeable on a node; reduced by <see cref="Reserve"/>.</summary>
    public ReadOnlySpan<long> Room => _room;

    public void LoadRoom(double ratio)
    {
        for (var i = 0; i < _room.Length; i++)
        {
            _room[i] = _options.Room(_cluster.Nodes[i], ratio);
        }
    }

    public void Reserve(int node, long bytes) => _room[node] = Math.Max(0, _room[node] - bytes);

    /// <summary>Forgets the domains and exclusions of the dataset before.</summary>
    public void Begin()
    {
        Array.Clear(_excluded);
        Array.Clear(_domainTaken);
        Array.Clear(_countryUse);
        Array.Clear(_siteUse);
    }

    public void Exclude(int node)
    {
        if (node >= 0)
        {
            _excluded[node] = true;
        }
    }

    /// <summary>A surviving or chosen copy: its domain is taken, its country and site weigh less.</summary>
    public void TakeDomain(PreparedPolicy policy, int node)
    {
        if (node < 0)
        {
            return;
        }

        _domainTaken[policy.Domain[node]] = true;
        _countryUse[_cluster.Facts[node].Country]++;
        _siteUse[_cluster.Facts[node].Site]++;
    }

    /// <summary>Fills <paramref name="chosen"/> as far as nodes can be found; returns how many were.</summary>
    public int Choose(ulong dataset, long bytes, PreparedPolicy policy, Span<int> chosen)
    {
        if (chosen.Length == 0)
        {
            return 0;
        }

        foreach (ref readonly var candidate in _candidates.AsSpan())
        {
            _unit[candidate.Node] = Hashing.Unit(Hashing.Mix(dataset ^ _nodeHash[candidate.Node]));
        }

        for (var k = 0; k < chosen.Length; k++)
        {
            var best = Best(bytes, policy);
            if (best < 0)
            {
                return k;
            }

            chosen[k] = best;
            _excluded[best] = true;
            TakeDomain(policy, best);
        }

        return chosen.Length;
    }

    public PlacementRefusal Refusal(int node, long bytes, PreparedPolicy policy)
    {
        if (_excluded[node])
        {
            return PlacementRefusal.Excluded;
        }

        if (!_cluster.Facts[node].TakesReplicas)
        {
            return PlacementRefusal.NotTaking;
        }

        if (!policy.Allowed[node])
        {
            return PlacementRefusal.NotAllowed;
        }

        if (_domainTaken[policy.Domain[node]])
        {
            return PlacementRefusal.DomainTaken;
        }

        return HasRoom(node, bytes) ? PlacementRefusal.NotNeeded : PlacementRefusal.NoRoom;
    }

    private int Best(long bytes, PreparedPolicy policy)
    {
        var best = -1;
        var bestScore = 0.0;
        foreach (ref readonly var candidate in _candidates.AsSpan())
        {
            var i = candidate.Node;
            if (_excluded[i] || _domainTaken[policy.Domain[i]] || !policy.Allowed[i] || !HasRoom(i, bytes))
            {
                continue;
            }

            var crowd = (1 + (_options.SameCountryPenalty * _countryUse[candidate.Country])) * (1 + (_options.SameCountryPenalty * _siteUse[candidate.Site]));
            var weight = _room[i] * candidate.Reputation / crowd;

            // −ln u ≥ 1 − u, so weight / (1 − u) is never below the score: most logarithms need not be taken.
            if (weight / (1 - _unit[i]) * BoundMargin <= bestScore)
            {
                continue;
            }

            var score = -weight / Math.Log(_unit[i]);
            if (score > bestScore)
            {
                best = i;
                bestScore = score;
            }
        }

        return best;
    }

    private bool HasRoom(int node, long bytes) => _room[node] > 0 && (_room[node] >= bytes || _cluster.Facts[node].CapacityUnknown);

    /// <summary>What the inner loop reads of a node that takes replicas.</summary>
    private readonly struct Candidate(ClusterView cluster, int node)
    {
        public int Node { get; } = node;

        public int Country { get; } = cluster.Facts[node].Country;

        public int Site { get; } = cluster.Facts[node].Site;

        public double Reputation { get; } = cluster.Facts[node].Reputation;
    }
}
