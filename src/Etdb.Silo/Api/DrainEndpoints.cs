using Etdb.Domain.Access;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
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

/// <summary><c>GET /nodes/{id}/drain</c>: what emptying a node means, before it is begun and while it runs.</summary>
internal static class DrainEndpoints
{
    private const int MostIncidents = 100;
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder api)
        => api.MapGet("/nodes/{id}/drain", DrainAsync).Needs(Role.Viewer).WithSummary("What emptying the node means: what must move, where, what stands in the way, how long.");

    private static async Task<Results<Ok<DrainView>, ProblemHttpResult>> DrainAsync(
        ICatalogue catalogue, IGrainFactory grains, TopologyCache topology, Planning planning, CatalogueRebuilder rebuilder, TimeProvider time, string id, CancellationToken ct)
    {
        var found = (await topology.ReadAsync(grains).WaitAsync(GrainLimit, time, ct)).Find(new NodeId(id));
        if (found?.SourceOnly == true)
        {
            return ApiProblems.BadRequest("id", $"'{id}' is a lab's own node: nothing is kept there for others, so there is nothing to drain.");
        }

        return await AssessAsync(catalogue, grains, topology, planning, time, id, ct) is { } view
            ? TypedResults.Ok(view with { SafeToLeave = view.SafeToLeave && rebuilder.IsComplete }) // What is not listed yet may depend on it.
            : ApiProblems.NoSuchNode(id);
    }

    /// <summary>What emptying that node means now; null when there is no such node.</summary>
    internal static async Task<DrainView?> AssessAsync(ICatalogue catalogue, IGrainFactory grains, TopologyCache topology, Planning planning, TimeProvider time, string id, CancellationToken ct)
    {
        var (context, all) = await ForesightEndpoints.ContextAsync(grains, topology, planning, time, ct);
        var node = new NodeId(id);
        if (all.Nodes.FirstOrDefault(n => n.View.Node == node) is not { } found)
        {
            return null;
        }

        var views = new PlannerViews(planning.Default);
        var assessments = new List<DrainAssessment>();
        var targets = new Dictionary<string, (long Datasets, long Bytes)>(StringComparer.Ordinal);
        await foreach (var places in PlannerViews.ReadAsync(catalogue, id, ct))
        {
            if (PlannerViews.IsRetired(places) || !Holds(places, id))
            {
                continue;
            }

            var assessment = DrainPlanner.Assess(views.View(places), node, context);
            assessments.Add(assessment with { Targets = [] });
            foreach (var target in assessment.Targets)
            {
                var sum = targets.GetValueOrDefault(target.Value);
                targets[target.Value] = (sum.Datasets + 1, sum.Bytes + assessment.Bytes);
            }
        }

        var detail = found.View.IsExiting ? await grains.GetGrain<INodeGrain>(id).Get() : null;
        var atStart = detail is { DrainSince: not null } ? detail.DrainReplicas : (long?)null;
        var report = DrainPlanner.Report(node, assessments, atStart, Speed(await catalogue.IncidentsAsync(MostIncidents, ct)), context.Now);
        return View(report, found.View.IsExiting, detail?.DrainSince, targets);
    }

    /// <summary>Bytes may be there: rows of copies that never arrived or are gone do not keep a node from leaving.</summary>
    private static bool Holds(DatasetPlaces places, string node)
        => places.Replicas.Any(r => r.Node == node && PlannerViews.State(r) is not (ReplicaState.Assigned or ReplicaState.Missing));

    /// <summary>Bytes a second that past repairs came to, waiting included; 0 when none was measured.</summary>
    private static double Speed(IReadOnlyList<IncidentRow> incidents)
    {
        var healed = incidents.Where(i => i.HealedAt > i.OpenedAt && i.BytesReseeded > 0).ToList();
        var seconds = healed.Sum(i => (i.HealedAt!.Value - i.OpenedAt).TotalSeconds);
        return seconds > 0 ? healed.Sum(i => (double)i.BytesReseeded) / seconds : 0;
    }

    private static DrainView View(DrainReport r, bool draining, DateTimeOffset? since, Dictionary<string, (long Datasets, long Bytes)> targets) => new(
        r.Node.Value,
        draining,
        since,
        r.ReplicasAtStart,
        Math.Round(r.Progress, 4),
        r.SafeToLeave,
        r.Replicas,
        r.Free,
        r.Replaceable,
        r.Moving,
        r.Blocked,
        r.BytesToMove,
        r.DoneAt,
        [.. targets.OrderByDescending(t => t.Value.Bytes).ThenBy(t => t.Key, StringComparer.Ordinal).Select(t => new DrainTargetView(t.Key, t.Value.Datasets, t.Value.Bytes))],
        [.. r.Blockers.Select(b => new DrainBlockerView(b.Dataset.Value, b.Bytes, b.Text))]);
}

/// <summary>
/// What emptying a node means; <c>progress</c> is 0..1 of the replicas there were when it began.
/// Of its <c>replicas</c>: <c>free</c> others suffice, <c>replaceable</c> a replacement has a place, <c>moving</c> it is on its way, <c>blocked</c> nowhere to go.
/// </summary>
public sealed record DrainView(
    string Node,
    bool Draining,
    DateTimeOffset? Since,
    long ReplicasAtStart,
    double Progress,
    bool SafeToLeave,
    long Replicas,
    long Free,
    long Replaceable,
    long Moving,
    long Blocked,
    long BytesToMove,
    DateTimeOffset? DoneAt,
    IReadOnlyList<DrainTargetView> Targets,
    IReadOnlyList<DrainBlockerView> Blockers);

/// <summary>A node that would receive.</summary>
public sealed record DrainTargetView(string Node, long Datasets, long Bytes);

/// <summary>A dataset that has nowhere to go, and why.</summary>
public sealed record DrainBlockerView(string Dataset, long Bytes, string Text);
