using Etdb.Domain.Replication;

namespace Etdb.Domain.Durability;

/// <summary>How the durability of one policy's datasets is reckoned.</summary>
/// <param name="Policy">Which policy.</param>
/// <param name="Datasets">Datasets under it.</param>
public sealed record PolicyPopulation(ReplicationPolicy Policy, long Datasets);

/// <summary>What is expected of one policy.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Datasets">Datasets under it.</param>
/// <param name="Replicas">Copies the members can keep today: the target, or as many failure domains as there are.</param>
/// <param name="MeanYearsToLoss">Of one dataset.</param>
/// <param name="AnnualLossProbability">Of one dataset, common causes included.</param>
/// <param name="ExpectedLossesPerYear">Of all of them.</param>
public sealed record PolicyForecast(string Policy, long Datasets, int Replicas, double MeanYearsToLoss, double AnnualLossProbability, double ExpectedLossesPerYear);

/// <summary>The forecast for all policies.</summary>
/// <param name="Policies">By name.</param>
/// <param name="ExpectedLossesPerYear">The sum: one number for the board.</param>
/// <param name="LossRatePerYear">Mean rate of the nodes it was reckoned with.</param>
/// <param name="WindowDays">Mean days from loss to replacement it was reckoned with.</param>
public sealed record Forecast(IReadOnlyList<PolicyForecast> Policies, double ExpectedLossesPerYear, double LossRatePerYear, double WindowDays);

/// <summary>Reckons expected losses a year, per policy and in total, from learned loss rates and the measured repair window.</summary>
public static class DurabilityForecast
{
    /// <summary>Forecasts.</summary>
    /// <param name="populations">Datasets by policy.</param>
    /// <param name="cluster">Nodes with their learned loss rates; an absent cluster is reckoned with the prior.</param>
    /// <param name="window">Mean time from a loss to its verified replacement, measured; above 0.</param>
    /// <param name="commonCausePerYear">β.</param>
    public static Forecast Make(IReadOnlyList<PolicyPopulation> populations, ClusterView cluster, TimeSpan window, double commonCausePerYear = 0)
    {
        ArgumentNullException.ThrowIfNull(populations);
        ArgumentNullException.ThrowIfNull(cluster);
        var rate = cluster.Nodes.Count == 0 ? NodeView.DefaultLossRatePerYear : cluster.Nodes.Average(n => n.LossRatePerYear);
        var policies = populations
            .OrderBy(p => p.Policy.Name, StringComparer.Ordinal)
            .Select(p => ForPolicy(p, cluster, rate, window.TotalDays, commonCausePerYear))
            .ToList();
        return new Forecast(policies, policies.Sum(p => p.ExpectedLossesPerYear), rate, window.TotalDays);
    }

    private static PolicyForecast ForPolicy(PolicyPopulation population, ClusterView cluster, double rate, double windowDays, double commonCause)
    {
        var prepared = cluster.Prepare(population.Policy);
        var domains = new HashSet<int>();
        for (var i = 0; i < cluster.Nodes.Count; i++)
        {
            if (prepared.Allowed[i] && !cluster.Facts[i].Exiting && cluster.Facts[i].Status != NodeStatus.PresumedLost)
            {
                domains.Add(prepared.Domain[i]);
            }
        }

        var replicas = Math.Clamp(domains.Count, 1, population.Policy.Target);
        var model = new BirthDeathModel { Replicas = replicas, LossRatePerYear = rate, WindowDays = windowDays, CommonCausePerYear = commonCause };
        var annual = model.AnnualLossProbability();
        return new PolicyForecast(population.Policy.Name, population.Datasets, replicas, model.MeanYearsToLoss(), annual, population.Datasets * annual);
    }
}
