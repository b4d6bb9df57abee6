using System.Numerics;
using Etdb.Domain.Common;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>
/// The probability that all readable copies are gone before a repair would finish: the product over surviving failure domains of
/// p = 1 − exp(−λ·W). Two copies of one domain are as safe as the safer one. Common causes (β) put a floor under it.
/// </summary>
public sealed record RiskModel
{
    private const double HoursPerYear = 24 * 365.25;

    /// <summary>Window of a week, no common cause.</summary>
    public static RiskModel Default { get; } = new();

    /// <summary>Expected time W until a repair started now would be finished.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Rate β a year of causes that kill every copy at once (one administrator, one bug); 0..1.</summary>
    public double CommonCausePerYear { get; init; }

    /// <summary>Probability that a domain with yearly loss rate <paramref name="lossRatePerYear"/> is lost within the window.</summary>
    public double DomainLoss(double lossRatePerYear) => -SmallNumbers.ExpM1(-lossRatePerYear * Years);

    /// <summary>Risk of a dataset by its health.</summary>
    public double Risk(DatasetHealth health, ReplicationPolicy policy, ClusterView cluster)
    {
        ArgumentNullException.ThrowIfNull(health);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(cluster);
        var safest = new Dictionary<int, double>();
        var prepared = cluster.Prepare(policy);
        foreach (var replica in health.Replicas)
        {
            var node = cluster.IndexOf(replica.Node);
            if (!replica.Retrievable || node < 0)
            {
                continue;
            }

            var p = DomainLoss(cluster.Facts[node].LossRatePerYear);
            var domain = prepared.Domain[node];
            safest[domain] = safest.TryGetValue(domain, out var known) ? Math.Min(known, p) : p;
        }

        return WithCommonCause(safest.OrderBy(d => d.Key).Aggregate(1.0, (product, d) => product * d.Value));
    }

    internal double Risk(in Classification sets, PreparedPolicy policy, ReadOnlySpan<ReplicaFact> replicas, ReadOnlySpan<double> nodeLoss)
    {
        var product = 1.0;
        ulong done = 0;
        for (var rest = sets.Retrievable; rest != 0; rest &= rest - 1)
        {
            var i = BitOperations.TrailingZeroCount(rest);
            if ((done & (1UL << i)) != 0)
            {
                continue;
            }

            var p = 1.0;
            for (var others = rest; others != 0; others &= others - 1)
            {
                var j = BitOperations.TrailingZeroCount(others);
                if (policy.Domain[replicas[j].Node] == policy.Domain[replicas[i].Node])
                {
                    done |= 1UL << j;
                    p = Math.Min(p, nodeLoss[replicas[j].Node]);
                }
            }

            product *= p;
        }

        return WithCommonCause(product);
    }

    private double Years => Window.TotalHours / HoursPerYear;

    private double WithCommonCause(double independent) =>
        CommonCausePerYear <= 0 ? independent : independent - ((1 - independent) * SmallNumbers.ExpM1(-CommonCausePerYear * Years));
}
