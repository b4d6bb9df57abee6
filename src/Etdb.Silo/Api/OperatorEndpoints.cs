using Etdb.Domain.Access;
using Etdb.Domain.Replication;
using Etdb.Grains;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>
/// The operators' overrides. Each is a POST that names its author and reason, is written to the evidence log before it acts, and may be repeated.
/// Who may is in docs/reference/api.md: admins; a member's operator for its nodes; auditors for checks.
/// </summary>
internal static class OperatorEndpoints
{
    /// <summary>Datasets of a node whose check one call asks for; the caller goes on after the last of them.</summary>
    private const int MostAudits = 1_000;

    private static readonly TimeSpan MaintenanceMaximum = TimeSpan.FromDays(90);
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(30);

    public static void Map(IEndpointRouteBuilder api)
    {
        var acts = api.MapGroup("").AddEndpointFilter(NameAuthorAsync);
        acts.MapPost("/nodes/{id}/drain", DrainAsync).Needs(Role.MemberOperator, Owner.NodesMember).WithSummary("Empties a node, or takes that back.");
        acts.MapPost("/nodes/{id}/maintenance", MaintainAsync).Needs(Role.MemberOperator, Owner.NodesMember).WithSummary("Announces maintenance, or ends it.");
        acts.MapPost("/nodes/{id}/look", LookAsync).Needs(Role.MemberOperator, Owner.NodesMember).WithSummary("Probes the node and lists its pins now.");
        acts.MapPost("/nodes/{id}/audit", AuditNodeAsync).Needs(Role.Auditor).WithSummary("Has every block of every dataset on the node checked now.");
        acts.MapPost("/datasets/{id}/audit", AuditDatasetAsync).Needs(Role.Auditor).WithSummary("Has every block of every replica checked now.");
        acts.MapPost("/datasets/{id}/acts", ActAsync).Needs(Role.Admin).WithSummary("Pauses, resumes, forces a dataset, or excludes a node for it.");
        acts.MapPost("/members/{id}/standing", StandingAsync).Needs(Role.Admin).WithSummary("Changes where a member stands.");
        acts.MapPost("/brake", BrakeAsync).Needs(Role.Admin).WithSummary("Holds back all but the most urgent work, or lets it go on.");
        acts.MapPost("/catalogue/rebuild", RebuildAsync).Needs(Role.Admin).WithSummary("Shows every dataset, member and publisher to readers again, from the grains.");
    }

    // The author of an act is who the token says; on the silo's own machine, where everybody is its admin, who the caller says.
    private static ValueTask<object?> NameAuthorAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var caller = Caller.Of(context.HttpContext);
        for (var i = 0; i < context.Arguments.Count; i++)
        {
            if (context.Arguments[i] is OperatorRequest body)
            {
                context.Arguments[i] = body with { Author = caller.Kind == CallerKind.Local ? body.Author : caller.Name };
            }
        }

        return next(context);
    }

    private static Ok<RebuildView> RebuildAsync(CatalogueRebuilder rebuilder)
    {
        rebuilder.Ask();
        return TypedResults.Ok(rebuilder.Progress);
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> DrainAsync(IGrainFactory grains, TopologyCache topology, TimeProvider time, string id, DrainRequest body, CancellationToken ct)
    {
        if (await ProblemAsync(body, grains, topology, time, id, ct) is { } problem)
        {
            return problem;
        }

        await grains.GetGrain<INodeGrain>(id).Drain(!body.Undo, body.Author!, body.Reason!).WaitAsync(GrainLimit, time, ct);
        return Done(time, body.Undo ? $"{id} keeps its copies and may receive again." : $"{id} is being emptied: its copies no longer count and are replaced elsewhere.");
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> MaintainAsync(
        IGrainFactory grains, TopologyCache topology, TimeProvider time, string id, MaintenanceRequest body, CancellationToken ct)
    {
        if (await ProblemAsync(body, grains, topology, time, id, ct) is { } problem)
        {
            return problem;
        }

        var now = time.GetUtcNow();
        if (body.Until is { } until && (until <= now || until > now + MaintenanceMaximum))
        {
            return ApiProblems.BadRequest("until", $"{until:u} is not within the next {MaintenanceMaximum.TotalDays:0} days.");
        }

        await grains.GetGrain<INodeGrain>(id).Maintain(body.Until, body.Author!, body.Reason!).WaitAsync(GrainLimit, time, ct);
        return Done(time, body.Until is { } end ? $"{id} is in maintenance until {end:u}; its silence is borne till then." : $"{id} is not in maintenance.");
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> LookAsync(IGrainFactory grains, TopologyCache topology, TimeProvider time, string id, CancellationToken ct)
    {
        if (!await IsKnownAsync(grains, topology, time, id, ct))
        {
            return ApiProblems.NoSuchNode(id);
        }

        await grains.GetGrain<INodeGrain>(id).Look().WaitAsync(GrainLimit, time, ct);
        return Done(time, $"{id} is probed and its pins are listed.");
    }

    private static async Task<Results<Accepted<AuditView>, ProblemHttpResult>> AuditNodeAsync(
        ICatalogue catalogue, IGrainFactory grains, TopologyCache topology, TimeProvider time, string id, AuditRequest body, CancellationToken ct)
    {
        if (await ProblemAsync(body, grains, topology, time, id, ct) is { } problem)
        {
            return problem;
        }

        var at = time.GetUtcNow();
        var page = await catalogue.PlacesAsync(body.After, id, MostAudits, ct);
        var chosen = page.Where(p => !PlannerViews.IsRetired(p)).Select(p => p.Id).ToList();
        foreach (var dataset in chosen)
        {
            await AuditAsync(grains, time, dataset, body, ct);
        }

        return TypedResults.Accepted((string?)null, new AuditView(at, chosen, page.Count == MostAudits ? page[^1].Id : null));
    }

    private static async Task<Results<Accepted<AuditView>, ProblemHttpResult>> AuditDatasetAsync(
        ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, AuditRequest body, CancellationToken ct)
    {
        if (Problem(body) is { } problem)
        {
            return problem;
        }

        if (await catalogue.DatasetAsync(id, ct) is not { } found)
        {
            return ApiProblems.NoSuchDataset(id);
        }

        var at = time.GetUtcNow();
        await AuditAsync(grains, time, found.Dataset.Id, body, ct);
        return TypedResults.Accepted((string?)null, new AuditView(at, [found.Dataset.Id], null));
    }

    private static Task AuditAsync(IGrainFactory grains, TimeProvider time, string dataset, AuditRequest body, CancellationToken ct)
        => grains.GetGrain<IDatasetGrain>(dataset).Operate(new DatasetAct(DatasetActKind.Audit, null, body.Author!, body.Reason!)).WaitAsync(GrainLimit, time, ct);

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> ActAsync(
        ICatalogue catalogue, IGrainFactory grains, TopologyCache topology, TimeProvider time, string id, ActRequest body, CancellationToken ct)
    {
        if (Problem(body) is { } problem)
        {
            return problem;
        }

        DatasetActKind? kind = body.Kind switch
        {
            "pause" => DatasetActKind.Pause,
            "resume" => DatasetActKind.Resume,
            "force" => DatasetActKind.Force,
            "exclude" => DatasetActKind.Exclude,
            "include" => DatasetActKind.Include,
            _ => null,
        };
        if (kind is null)
        {
            return ApiProblems.BadRequest("kind", $"'{body.Kind}' is not an act; use pause, resume, force, exclude or include.");
        }

        var needsNode = kind is DatasetActKind.Exclude or DatasetActKind.Include;
        if (needsNode != body.Node is not null)
        {
            return ApiProblems.BadRequest("node", needsNode ? $"Name the node to {body.Kind}." : $"'{body.Kind}' is about the whole dataset; leave the node out.");
        }

        if (body.Node is { } node && !await IsKnownAsync(grains, topology, time, node, ct))
        {
            return ApiProblems.NoSuchNode(node);
        }

        if (await catalogue.DatasetAsync(id, ct) is not { } found)
        {
            return ApiProblems.NoSuchDataset(id);
        }

        var act = new DatasetAct(kind.Value, body.Node is null ? null : new NodeId(body.Node), body.Author!, body.Reason!);
        await grains.GetGrain<IDatasetGrain>(found.Dataset.Id).Operate(act).WaitAsync(GrainLimit, time, ct);
        return Done(time, $"{found.Dataset.Title}: {body.Kind}{(body.Node is null ? "" : " " + body.Node)}.");
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> StandingAsync(ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, StandingRequest body, CancellationToken ct)
    {
        if (Problem(body) is { } problem)
        {
            return problem;
        }

        MemberStanding? standing = body.Standing switch { "active" => MemberStanding.Active, "draining" => MemberStanding.Draining, "left" => MemberStanding.Left, _ => null };
        if (standing is null)
        {
            return ApiProblems.BadRequest("standing", $"'{body.Standing}' is not a standing; use active, draining or left.");
        }

        if ((await catalogue.MembersAsync(ct)).All(m => m.Member.Id != id))
        {
            return ApiProblems.NoSuchMember(id);
        }

        await grains.GetGrain<IMemberGrain>(id).SetStanding(standing.Value, body.Author!, body.Reason!).WaitAsync(GrainLimit, time, ct);
        return Done(time, $"{id} is {body.Standing}.");
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> BrakeAsync(IGrainFactory grains, TimeProvider time, BrakeRequest body, CancellationToken ct)
    {
        if (Problem(body) is { } problem)
        {
            return problem;
        }

        // Letting go is told by the absence of a reason there, so the reason for that travels with the author into the evidence.
        var registry = grains.GetGrain<IRegistryGrain>(IRegistryGrain.Key);
        await (body.On ? registry.SetOperatorBrake(body.Author!, body.Reason) : registry.SetOperatorBrake($"{body.Author}: {body.Reason}", null)).WaitAsync(GrainLimit, time, ct);
        return Done(time, body.On ? "Paused: only datasets down to their last copies are worked on." : "Work goes on.");
    }

    private static async Task<ProblemHttpResult?> ProblemAsync(OperatorRequest body, IGrainFactory grains, TopologyCache topology, TimeProvider time, string node, CancellationToken ct)
        => Problem(body) ?? (await IsKnownAsync(grains, topology, time, node, ct) ? null : ApiProblems.NoSuchNode(node));

    private static ProblemHttpResult? Problem(OperatorRequest body) => body.Problem() is { } p ? ApiProblems.BadRequest(p.Field, p.Text) : null;

    // The registry is asked, not the grain of that name: asking would bring one to life for every typing error.
    private static async Task<bool> IsKnownAsync(IGrainFactory grains, TopologyCache topology, TimeProvider time, string node, CancellationToken ct)
        => (await topology.ReadAsync(grains).WaitAsync(GrainLimit, time, ct)).Find(new NodeId(node)) is not null;

    private static Ok<DoneView> Done(TimeProvider time, string text) => TypedResults.Ok(new DoneView(time.GetUtcNow(), text));
}
