using Etdb.Domain.Access;
using Etdb.Domain.Durability;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Domain.Scale;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary><c>GET /whatif</c>: what the loss of any member, site, country or node would do today, and what a year is expected to cost.</summary>
internal static class ForesightEndpoints
{
    private const int MostIncidents = 500;

    // Used until a repair has been measured: half a day to notice and queue, half a day to move.
    private static readonly TimeSpan AssumedWindow = TimeSpan.FromDays(1);
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    // One pass over the whole catalogue at a time: it is the one read whose cost grows with everything.
    private static readonly SemaphoreSlim Turn = new(1);

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/whatif", WhatIfAsync).Needs(Role.Viewer).WithSummary("What the loss of any member, site, country or node would do.");

    /// <summary>Nodes that may keep replicas, as the deciding core sees them.</summary>
    public static async Task<(PlannerContext Context, Topology Topology)> ContextAsync(IGrainFactory grains, TopologyCache topology, Planning planning, TimeProvider time, CancellationToken ct)
    {
        var view = await topology.ReadAsync(grains).WaitAsync(GrainLimit, time, ct);
        var keepers = view with { Cluster = ClusterView.From(view.Topology.Nodes.Where(n => !n.SourceOnly).Select(n => n.View)) };
        return (planning.Context(keepers, time.GetUtcNow()), view.Topology);
    }

    private static async Task<Results<Ok<WhatIfView>, ProblemHttpResult>> WhatIfAsync(
        ICatalogue catalogue, IGrainFactory grains, TopologyCache topology, Planning planning, TimeProvider time, string? by, CancellationToken ct)
    {
        var asked = by is null ? [DistinctBy.Member, DistinctBy.Site, DistinctBy.Country, DistinctBy.Node] : Kinds(by);
        if (asked.Length == 0)
        {
            return ApiProblems.BadRequest("by", $"'{by}' is not a kind of failure domain; use member, site, country or node.");
        }

        await Turn.WaitAsync(ct);
        try
        {
            var (context, _) = await ContextAsync(grains, topology, planning, time, ct);
            var views = new PlannerViews(planning.Default);
            var all = new CompactCatalogue();
            var populations = new Dictionary<ReplicationPolicy, long>();
            await foreach (var places in PlannerViews.ReadAsync(catalogue, null, ct))
            {
                if (!PlannerViews.IsRetired(places))
                {
                    var view = views.View(places);
                    all.Add(view, context.Now);
                    populations[view.Policy] = populations.GetValueOrDefault(view.Policy) + 1;
                }
            }

            var window = MeasuredWindow(await catalogue.IncidentsAsync(MostIncidents, ct));
            var forecast = DurabilityForecast.Make([.. populations.Select(p => new PolicyPopulation(p.Key, p.Value))], context.Cluster, window ?? AssumedWindow);
            var losses = asked.SelectMany(kind => WhatIf.Lose(all, context, kind)).Where(s => s.Before.Total > 0).Select(Loss).ToList();
            return TypedResults.Ok(new WhatIfView(context.Now, all.Count, losses, Expected(forecast, window is not null)));
        }
        finally
        {
            Turn.Release();
        }
    }

    private static DistinctBy[] Kinds(string by) => Enum.TryParse<DistinctBy>(by, ignoreCase: true, out var kind) && Enum.IsDefined(kind) && !char.IsDigit(by[0]) ? [kind] : [];

    private static TimeSpan? MeasuredWindow(IReadOnlyList<IncidentRow> incidents)
    {
        var healed = incidents.Where(i => i.HealedAt > (i.LastGoodAt ?? i.OpenedAt)).Select(i => (i.HealedAt!.Value - (i.LastGoodAt ?? i.OpenedAt)).TotalSeconds).ToList();
        return healed.Count == 0 ? null : TimeSpan.FromSeconds(healed.Average());
    }

    private static LossView Loss(LossScenario s) => new(Enum.GetName(s.By)!.ToLowerInvariant(), s.Name, Levels(s.Before), Levels(s.After), s.LastCopies, s.Lost, s.Example?.Value);

    private static LevelsView Levels(LevelCounts c) => new(c.Healthy, c.Degraded, c.Endangered, c.Lost, c.Pending);

    private static ForecastView Expected(Forecast f, bool measured) => new(
        f.ExpectedLossesPerYear,
        f.LossRatePerYear,
        f.WindowDays,
        measured,
        [.. f.Policies.Select(p => new PolicyForecastView(p.Policy, p.Datasets, p.Replicas, p.MeanYearsToLoss, p.AnnualLossProbability, p.ExpectedLossesPerYear))]);
}

/// <summary>What losses would do, the worst first within each kind, and what a year is expected to cost.</summary>
public sealed record WhatIfView(DateTimeOffset At, long Datasets, IReadOnlyList<LossView> Losses, ForecastView Forecast);

/// <summary>One loss; before and after speak of the datasets with a replica there. <c>lastCopies</c> would have one place left, <c>lost</c> none.</summary>
public sealed record LossView(string By, string Name, LevelsView Before, LevelsView After, long LastCopies, long Lost, string? Example);

/// <summary>Datasets by level.</summary>
public sealed record LevelsView(long Healthy, long Degraded, long Endangered, long Lost, long Pending);

/// <summary>Expected losses a year by the birth-death model; <c>windowMeasured</c> false means that no repair was measured yet and a day was assumed.</summary>
public sealed record ForecastView(double ExpectedLossesPerYear, double LossRatePerYear, double WindowDays, bool WindowMeasured, IReadOnlyList<PolicyForecastView> Policies);

/// <summary>The forecast of one policy.</summary>
public sealed record PolicyForecastView(string Policy, long Datasets, int Replicas, double MeanYearsToLoss, double AnnualLossProbability, double ExpectedLossesPerYear);
