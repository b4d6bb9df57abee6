using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Scale;

/// <summary>Datasets by level.</summary>
/// <param name="Healthy">Target met.</param>
/// <param name="Degraded">Below target.</param>
/// <param name="Endangered">Below floor.</param>
/// <param name="Lost">None readable.</param>
/// <param name="Pending">New.</param>
public readonly record struct LevelCounts(long Healthy, long Degraded, long Endangered, long Lost, long Pending)
{
    /// <summary>All.</summary>
    public long Total => Healthy + Degraded + Endangered + Lost + Pending;

    internal LevelCounts Plus(HealthLevel level) => level switch
    {
        HealthLevel.Healthy => this with { Healthy = Healthy + 1 },
        HealthLevel.Degraded => this with { Degraded = Degraded + 1 },
        HealthLevel.Endangered => this with { Endangered = Endangered + 1 },
        HealthLevel.Lost => this with { Lost = Lost + 1 },
        _ => this with { Pending = Pending + 1 },
    };

    internal LevelCounts Plus(LevelCounts other) =>
        new(Healthy + other.Healthy, Degraded + other.Degraded, Endangered + other.Endangered, Lost + other.Lost, Pending + other.Pending);
}

/// <summary>A cell of the healthy × retrievable matrix with one example.</summary>
/// <param name="Healthy">Replicas that count, 15 standing for more.</param>
/// <param name="Retrievable">Replicas that can be read, 15 standing for more.</param>
/// <param name="Count">Datasets.</param>
/// <param name="Example">One of them: the first by position.</param>
public sealed record MatrixCell(int Healthy, int Retrievable, long Count, DatasetId Example);

/// <summary>New copies for one dataset.</summary>
/// <param name="Index">Its index in the catalogue.</param>
/// <param name="Nodes">Where they go.</param>
/// <param name="Unplaced">Copies without a place.</param>
public readonly record struct PlacedDataset(int Index, IReadOnlyList<NodeId> Nodes, int Unplaced);

/// <summary>The result of one pass over all datasets.</summary>
public sealed record ClusterPlan
{
    /// <summary>Datasets by level.</summary>
    public LevelCounts Levels { get; init; }

    /// <summary>Replicas by class, in the order of <see cref="ReplicaClass"/>.</summary>
    public IReadOnlyList<long> ReplicaClasses { get; init; } = [];

    /// <summary>The matrix, cells with datasets only.</summary>
    public IReadOnlyList<MatrixCell> Matrix { get; init; } = [];

    /// <summary>Σ risk: datasets expected to be lost within the risk model's window.</summary>
    public double RiskSum { get; init; }

    /// <summary>Datasets that need copies, most urgent first; at most the pass' limit of them have been placed.</summary>
    public IReadOnlyList<PlacedDataset> Placements { get; init; } = [];

    /// <summary>Datasets that need copies and were beyond the limit: next pass.</summary>
    public long Deferred { get; init; }

    /// <summary>Datasets whose health asks for a closer look (checks, heals, trims) by the planner of single datasets.</summary>
    public long WantAttention { get; init; }
}
