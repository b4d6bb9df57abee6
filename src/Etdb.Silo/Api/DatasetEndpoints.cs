using Etdb.Domain.Access;
using Etdb.Grains.Datasets;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>What only the grain of a dataset knows: why it stands as it does.</summary>
internal static class DatasetEndpoints
{
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/datasets/{id}/why", WhyAsync).Needs(Role.Viewer).WithSummary("Why a dataset stands as it does, and what is done about it.");

    private static async Task<Results<Ok<WhyView>, ProblemHttpResult>> WhyAsync(ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, CancellationToken ct)
    {
        if (await catalogue.DatasetAsync(id, ct) is not { } row)
        {
            return ApiProblems.NoSuchDataset(id);
        }

        var why = await grains.GetGrain<IDatasetGrain>(row.Dataset.Id).Why().WaitAsync(GrainLimit, time, ct);
        if (why is null)
        {
            return ApiProblems.NoSuchDataset(id);
        }

        var d = why.Detail;
        return TypedResults.Ok(new WhyView(
            d.Id,
            row.Dataset.Title,
            d.State,
            why.Sentence,
            new WantedView(d.Policy.Target, d.HealthyReplicas, row.Dataset.DistinctBy),
            [.. d.Replicas.Select(r => new WhyReplicaView(
                r.Node.Value, r.Member?.Value, row.Replicas.FirstOrDefault(x => x.Node == r.Node.Value)?.State ?? r.State.ToString().ToLowerInvariant(), r.Counts, r.Since, r.VerifiedAt, r.Why))],
            [.. why.Doing.Select(w => new DoingView(w.Kind, w.Node, w.Since, w.Attempts, w.Sources))],
            [.. why.NotYet.Select(n => new NotYetView(n.Reason, n.Node, n.Until, n.Text))],
            why.NextAt));
    }
}

/// <summary>Why a dataset stands as it does.</summary>
public sealed record WhyView(
    string Id,
    string Title,
    string State,
    string Sentence,
    WantedView Wanted,
    IReadOnlyList<WhyReplicaView> Replicas,
    IReadOnlyList<DoingView> Doing,
    IReadOnlyList<NotYetView> NotYet,
    DateTimeOffset? NextAt);

/// <summary>Copies wanted and had.</summary>
public sealed record WantedView(int Target, int Have, string DistinctBy);

/// <summary>A replica and what is to be said of it.</summary>
public sealed record WhyReplicaView(string Node, string? Member, string State, bool Counts, DateTimeOffset Since, DateTimeOffset? VerifiedAt, string Why);

/// <summary>Work that runs.</summary>
public sealed record DoingView(string Kind, string Node, DateTimeOffset Since, int Attempts, IReadOnlyList<string> Sources);

/// <summary>Work that does not run yet.</summary>
public sealed record NotYetView(string Reason, string? Node, DateTimeOffset? Until, string Text);
