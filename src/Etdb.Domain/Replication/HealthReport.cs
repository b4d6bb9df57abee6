using Etdb.Domain.Records;

namespace Etdb.Domain.Replication;

/// <summary>Replicas verified no longer ago than that; null = longer or never.</summary>
public sealed record VerifiedAgeBucket(int? MaxDays, long Count);

/// <summary>Datasets with these numbers of healthy and readable replicas, and one of them.</summary>
public sealed record HealthCell(int Healthy, int Retrievable, long Count, DatasetId Example);

/// <summary>The consortium's one-page view, added up dataset by dataset.</summary>
public sealed record HealthReport
{
    /// <summary>Upper ends of the age buckets, in days.</summary>
    public static IReadOnlyList<int> AgeBuckets { get; } = [1, 7, 30, 90];

    /// <summary>When it was added up.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Datasets by level, in the order of <see cref="HealthLevel"/>.</summary>
    public IReadOnlyList<long> Levels { get; init; } = [];

    /// <summary>Replicas by state, in the order of <see cref="ReplicaState"/>.</summary>
    public IReadOnlyList<long> States { get; init; } = [];

    /// <summary>Sum of the datasets' sizes.</summary>
    public long LogicalBytes { get; init; }

    /// <summary>The same times the replicas that are there.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Σ risk: datasets expected to be lost within the risk model's window.</summary>
    public double RiskSum { get; init; }

    /// <summary>Healthy × readable.</summary>
    public IReadOnlyList<HealthCell> Matrix { get; init; } = [];

    /// <summary>Replicas by age of their last verification.</summary>
    public IReadOnlyList<VerifiedAgeBucket> VerifiedAge { get; init; } = [];

    /// <summary>Datasets at a level.</summary>
    public long Count(HealthLevel level) => (int)level < Levels.Count ? Levels[(int)level] : 0;
}

/// <summary>Adds up a <see cref="HealthReport"/>. Two builders over different datasets can be merged. Used by one thread at a time.</summary>
public sealed class HealthReportBuilder(DateTimeOffset now)
{
    private readonly long[] _levels = new long[Enum.GetValues<HealthLevel>().Length];
    private readonly long[] _states = new long[Enum.GetValues<ReplicaState>().Length];
    private readonly long[] _ages = new long[HealthReport.AgeBuckets.Count + 1];
    private readonly SortedDictionary<(int Healthy, int Retrievable), (long Count, DatasetId Example)> _matrix = [];
    private long _logical;
    private long _stored;
    private double _risk;

    /// <summary>Adds a dataset.</summary>
    public void Add(DatasetView dataset, DatasetHealth health, double risk)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(health);
        _levels[(int)health.Level]++;
        _risk += risk;
        _logical += dataset.Bytes;
        foreach (var replica in dataset.Replicas)
        {
            _states[(int)replica.State]++;
            _stored += replica.State is ReplicaState.Claimed or ReplicaState.Verified or ReplicaState.Suspect ? dataset.Bytes : 0;
            _ages[AgeBucket(replica)]++;
        }

        var cell = (health.Healthy.Count, health.Retrievable.Count);
        _matrix[cell] = _matrix.TryGetValue(cell, out var known) ? (known.Count + 1, known.Example) : (1, dataset.Id);
    }

    /// <summary>Adds what another builder has.</summary>
    public void Merge(HealthReportBuilder other)
    {
        ArgumentNullException.ThrowIfNull(other);
        AddTo(_levels, other._levels);
        AddTo(_states, other._states);
        AddTo(_ages, other._ages);
        _logical += other._logical;
        _stored += other._stored;
        _risk += other._risk;
        foreach (var (cell, value) in other._matrix)
        {
            _matrix[cell] = _matrix.TryGetValue(cell, out var known) ? (known.Count + value.Count, known.Example) : value;
        }
    }

    /// <summary>The report so far.</summary>
    public HealthReport Build() => new()
    {
        At = now,
        Levels = [.. _levels],
        States = [.. _states],
        LogicalBytes = _logical,
        StoredBytes = _stored,
        RiskSum = _risk,
        Matrix = [.. _matrix.Select(m => new HealthCell(m.Key.Healthy, m.Key.Retrievable, m.Value.Count, m.Value.Example))],
        VerifiedAge = [.. _ages.Select((count, i) => new VerifiedAgeBucket(i < HealthReport.AgeBuckets.Count ? HealthReport.AgeBuckets[i] : null, count))],
    };

    private int AgeBucket(ReplicaRecord replica)
    {
        if (replica.LastVerification is not { } check)
        {
            return HealthReport.AgeBuckets.Count;
        }

        var days = (now - check.At).TotalDays;
        for (var i = 0; i < HealthReport.AgeBuckets.Count; i++)
        {
            if (days <= HealthReport.AgeBuckets[i])
            {
                return i;
            }
        }

        return HealthReport.AgeBuckets.Count;
    }

    private static void AddTo(long[] sums, long[] more)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] += more[i];
        }
    }
}
