using Etdb.Domain.Access;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Silo.Api;

/// <summary>What is read from the catalogue: health, datasets, members, nodes, repairs, incidents (docs/reference/api.md).</summary>
internal static class CatalogueEndpoints
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 500;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/health", HealthAsync).Needs(Role.Viewer).WithSummary("The consortium's one-page view.");
        api.MapGet("/datasets", DatasetsAsync).Needs(Role.Viewer).WithSummary("One page of datasets.");
        api.MapGet("/datasets/{id}", DatasetAsync).Needs(Role.Viewer).WithSummary("Everything of one dataset; the first 6 or more digits of its id will do.");
        api.MapGet("/datasets/{id}/story", StoryAsync).Needs(Role.Viewer).WithSummary("What happened to a dataset, newest first.");
        api.MapGet("/members", MembersAsync).Needs(Role.Viewer).WithSummary("Every member.");
        api.MapGet("/nodes", NodesAsync).Needs(Role.Viewer).WithSummary("Every node.");
        api.MapGet("/repairs", RepairsAsync).Needs(Role.Viewer).WithSummary("What is being repaired, most urgent first.");
        api.MapGet("/incidents", IncidentsAsync).Needs(Role.Viewer).WithSummary("What happened to nodes, newest first.");
        api.MapGet("/facets", FacetsAsync).Needs(Role.Viewer).WithSummary("Values by which found datasets can be narrowed.");
        api.MapGet("/observations", ObservationsAsync).Needs(Role.Viewer).WithSummary("What was seen of nodes, newest first.");
        api.MapGet("/catalogue/rebuild", (CatalogueRebuilder rebuilder) => TypedResults.Ok(rebuilder.Progress)).Needs(Role.Viewer).WithSummary("How far a rebuild of the catalogue is.");
    }

    private static async Task<Ok<CatalogueFacets>> FacetsAsync(
        ICatalogue catalogue, string? q, string? state, string? publisher, string? member, string? node, string? species, CancellationToken ct)
        => TypedResults.Ok(await catalogue.FacetsAsync(new DatasetQuery(q, state, publisher, member, node, Species: species), ct));

    private static async Task<Results<Ok<IReadOnlyList<ObservationRow>>, ProblemHttpResult>> ObservationsAsync(
        ICatalogue catalogue, string? node, DateTimeOffset? before, int? limit, CancellationToken ct)
        => Limit(limit) is { } most ? TypedResults.Ok(await catalogue.ObservationsAsync(node, before, most, ct)) : ApiProblems.BadLimit(limit, MostLimit);

    private static async Task<Ok<HealthView>> HealthAsync(ICatalogue catalogue, TimeProvider time, CancellationToken ct)
        => TypedResults.Ok(ClusterViews.Health(await catalogue.HealthAsync(ct), time.GetUtcNow()));

    private static async Task<Results<Ok<Page<DatasetSummary>>, ProblemHttpResult>> DatasetsAsync(
        ICatalogue catalogue, string? q, string? state, string? publisher, string? member, string? node, string? species, string? sort, int? limit, string? cursor,
        CancellationToken ct)
    {
        if (!Enum.TryParse<DatasetSort>(sort ?? "title", ignoreCase: true, out var order) || !Enum.IsDefined(order))
        {
            return ApiProblems.BadRequest("sort", $"'{sort}' is not an order; use title, updated, risk or bytes.");
        }

        if (Limit(limit) is not { } most)
        {
            return ApiProblems.BadLimit(limit, MostLimit);
        }

        try
        {
            var page = await catalogue.DatasetsAsync(new DatasetQuery(q, state, publisher, member, node, order, most, cursor, species), ct);
            return TypedResults.Ok(new Page<DatasetSummary>([.. page.Items.Select(DatasetViews.Summary)], page.Next, page.Total, page.TotalIsAtLeast ? true : null));
        }
        catch (FormatException e)
        {
            return ApiProblems.BadRequest("cursor", e.Message);
        }
    }

    private static async Task<Results<Ok<DatasetDetail>, ProblemHttpResult>> DatasetAsync(ICatalogue catalogue, string id, CancellationToken ct)
    {
        var found = await catalogue.DatasetAsync(id, ct);
        if (found is null)
        {
            return ApiProblems.NoSuchDataset(id);
        }

        var alias = (await catalogue.PublishersAsync(ct)).FirstOrDefault(p => p.Address == found.Dataset.Publisher)?.Alias;
        return TypedResults.Ok(DatasetViews.Detail(found.Dataset, found.Replicas, alias));
    }

    private static async Task<Results<Ok<Page<StoryView>>, ProblemHttpResult>> StoryAsync(ICatalogue catalogue, string id, int? limit, long? cursor, CancellationToken ct)
    {
        if (Limit(limit) is not { } most)
        {
            return ApiProblems.BadLimit(limit, MostLimit);
        }

        if (await catalogue.DatasetAsync(id, ct) is not { } dataset)
        {
            return ApiProblems.NoSuchDataset(id);
        }

        var lines = await catalogue.StoryAsync(dataset.Dataset.Id, cursor, most, ct);
        var next = lines.Count == most ? lines[^1].Sequence.ToString() : null;
        return TypedResults.Ok(new Page<StoryView>([.. lines.Select(l => new StoryView(l.At, l.Kind, l.Text, l.Node))], next, null));
    }

    private static async Task<Ok<Listing<MemberView>>> MembersAsync(ICatalogue catalogue, CancellationToken ct)
    {
        var members = await catalogue.MembersAsync(ct);
        return TypedResults.Ok(new Listing<MemberView>([.. members.Select(ClusterViews.Member)], members.Count));
    }

    private static async Task<Ok<Listing<NodeView>>> NodesAsync(ICatalogue catalogue, CancellationToken ct)
    {
        var nodes = await catalogue.NodesAsync(ct);
        return TypedResults.Ok(new Listing<NodeView>([.. nodes.Select(n => ClusterViews.Node(n.Node, n.Replicas))], nodes.Count));
    }

    private static async Task<Results<Ok<Listing<RepairView>>, ProblemHttpResult>> RepairsAsync(ICatalogue catalogue, int? limit, CancellationToken ct)
    {
        if (Limit(limit) is not { } most)
        {
            return ApiProblems.BadLimit(limit, MostLimit);
        }

        var (items, total) = await catalogue.RepairsAsync(most, ct);
        return TypedResults.Ok(new Listing<RepairView>([.. items.Select(i => ClusterViews.Repair(i.Repair, i.Title))], total));
    }

    private static async Task<Results<Ok<Listing<IncidentView>>, ProblemHttpResult>> IncidentsAsync(ICatalogue catalogue, int? limit, CancellationToken ct)
    {
        if (Limit(limit) is not { } most)
        {
            return ApiProblems.BadLimit(limit, MostLimit);
        }

        var incidents = await catalogue.IncidentsAsync(most, ct);
        return TypedResults.Ok(new Listing<IncidentView>([.. incidents.Select(ClusterViews.Incident)], incidents.Count));
    }

    private static int? Limit(int? asked) => asked switch
    {
        null => DefaultLimit,
        >= 1 and <= MostLimit => asked,
        _ => null,
    };
}
