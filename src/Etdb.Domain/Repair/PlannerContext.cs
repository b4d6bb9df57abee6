using Etdb.Domain.Placement;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>All that a plan depends on besides the dataset. The same context and dataset give the same plan everywhere.</summary>
public sealed record PlannerContext
{
    /// <summary>All nodes.</summary>
    public required ClusterView Cluster { get; init; }

    /// <summary>The moment of the decision.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>How long silence is borne.</summary>
    public GraceLadder Ladder { get; init; } = GraceLadder.Default;

    /// <summary>How risk is reckoned.</summary>
    public RiskModel Risk { get; init; } = RiskModel.Default;

    /// <summary>How nodes are filled.</summary>
    public PlacementOptions Placement { get; init; } = PlacementOptions.Default;

    /// <summary>How failures are retried.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    /// <summary>Which brakes are on.</summary>
    public BrakeDecision Brakes { get; init; } = BrakeDecision.Free;

    /// <summary>Least time between two unpins of one dataset.</summary>
    public TimeSpan TrimSpacing { get; init; } = TimeSpan.FromDays(1);

    /// <summary>A copy on trial is checked again after this long.</summary>
    public TimeSpan TrialRecheck { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Rows that were given up or written off are kept this long, then struck.</summary>
    public TimeSpan ForgetAfter { get; init; } = TimeSpan.FromDays(1);
}
