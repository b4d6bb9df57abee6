using System.Text.Json;
using Etdb.Domain.Access;
using Etdb.Grains;
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

/// <summary><c>GET /plan</c>: what the cluster would do now, most urgent first. Reads only; asking changes nothing.</summary>
internal static class PlanEndpoints
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 500;
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/plan", PlanAsync).Needs(Role.Viewer).WithSummary("What the cluster would do now, most urgent first.");

    private static async Task<Results<Ok<PlanView>, ProblemHttpResult>> PlanAsync(
        ICatalogue catalogue, IGrainFactory grains, TopologyCache topology, TimeProvider time, int? limit, CancellationToken ct)
    {
        if (limit is < 1 or > MostLimit)
        {
            return ApiProblems.BadLimit(limit, MostLimit);
        }

        var most = limit ?? DefaultLimit;
        var brakes = (await topology.ReadAsync(grains).WaitAsync(GrainLimit, time, ct)).Topology.Brakes;
        var tickets = await grains.GetGrain<IClusterGrain>(IClusterGrain.Key).Open(most + 1).WaitAsync(GrainLimit, time, ct);
        var open = new List<PlanItemView>();
        foreach (var ticket in tickets.Take(most))
        {
            if (await grains.GetGrain<IDatasetGrain>(ticket.Dataset.Value).Why().WaitAsync(GrainLimit, time, ct) is { } why)
            {
                var level = ticket.Key is { } key ? JsonNamingPolicy.KebabCaseLower.ConvertName(key.Level.ToString()) : "new";
                open.Add(Item(why, level, ticket.DueAt));
            }
        }

        var counts = (await catalogue.HealthAsync(ct)).Datasets;
        return TypedResults.Ok(new PlanView(
            time.GetUtcNow(),
            [.. brakes.Select(b => new BrakeView(JsonNamingPolicy.KebabCaseLower.ConvertName(b.Kind.ToString()), b.Since, b.Reason))],
            counts,
            open,
            tickets.Count > most));
    }

    private static PlanItemView Item(DatasetWhy why, string level, DateTimeOffset dueAt) => new(
        why.Detail.Id,
        why.Detail.Record.Title,
        why.Detail.State,
        level,
        why.Detail.Risk,
        why.Detail.HealthyReplicas,
        why.Detail.Policy.Target,
        why.Sentence,
        [.. why.Planned.Select(p => new PlannedView(p.Kind, p.Node, p.Reason, p.Sources))],
        [.. why.Doing.Select(w => new DoingView(w.Kind, w.Node, w.Since, w.Attempts, w.Sources))],
        [.. why.NotYet.Select(n => new NotYetView(n.Reason, n.Node, n.Until, n.Text))],
        why.NextAt ?? dueAt);
}

/// <summary>What the cluster would do now.</summary>
/// <param name="At">When it was asked.</param>
/// <param name="Brakes">What holds work back.</param>
/// <param name="Datasets">Datasets by state.</param>
/// <param name="Open">Datasets that are not whole, most urgent first.</param>
/// <param name="More">There are more than were asked for.</param>
public sealed record PlanView(DateTimeOffset At, IReadOnlyList<BrakeView> Brakes, IReadOnlyDictionary<string, long> Datasets, IReadOnlyList<PlanItemView> Open, bool More);

/// <summary>One dataset of the plan.</summary>
public sealed record PlanItemView(
    string Dataset,
    string Title,
    string State,
    string Level,
    double Risk,
    int Have,
    int Target,
    string Sentence,
    IReadOnlyList<PlannedView> Planned,
    IReadOnlyList<DoingView> Doing,
    IReadOnlyList<NotYetView> NotYet,
    DateTimeOffset NextAt);

/// <summary>Work that would be begun now.</summary>
public sealed record PlannedView(string Kind, string Node, string Reason, IReadOnlyList<string> Sources);
