using Etdb.Domain.Access;
using Etdb.Domain.Replication;
using Etdb.Grains;
using Etdb.Grains.Datasets;
using Etdb.Grains.Publishers;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>
/// Wishes: the policy of a dataset, the default of a publisher and its quota. Anybody may read them; a publisher sets those of its own datasets, an admin all
/// of them and the quota. What nobody can fulfil today is taken and waits; a number out of range is refused with the range.
/// </summary>
internal static class PolicyEndpoints
{
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(30);

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/policy", ConsortiumAsync).Needs(Role.Viewer).WithSummary("The consortium's policy, and the ranges of all of its numbers.");
        api.MapGet("/datasets/{id}/policy", DatasetAsync).Needs(Role.Viewer).WithSummary("The policy of a dataset, whose wish it is, and what it waits for.");
        api.MapGet("/publishers/{address}/policy", PublisherAsync).Needs(Role.Viewer).WithSummary("Default policy and quota of a publisher, and what of it is used.");
        api.MapPost("/publishers/{address}/policy", SetPublishersAsync).Needs(Role.Publisher, Owner.Publisher).WithSummary("Sets the policy of a publisher's datasets that have none of their own.");
        api.MapPost("/publishers/{address}/datasets/{id}/policy", SetDatasetsAsync).Needs(Role.Publisher, Owner.Publisher).WithSummary("Sets the policy of one dataset of a publisher.");
        api.MapPost("/publishers/{address}/quota", SetQuotaAsync).Needs(Role.Admin).WithSummary("Sets how much of a publisher is taken on.");
    }

    private static Ok<ConsortiumPolicyView> ConsortiumAsync(Planning planning) => TypedResults.Ok(new ConsortiumPolicyView(
        FullPolicyView.Of(planning.Default),
        new PolicyRangesView(
            [1, ReplicationPolicy.TargetMaximum], [1, ReplicationPolicy.MostMaximum], [0, ReplicationPolicy.TagsMaximum], [1.0 / 86_400, ReplicationPolicy.VerificationAgeDaysMaximum],
            [0, ReplicationPolicy.RetireGraceDaysMaximum], [0, ReplicationPolicy.SurplusGraceDaysMaximum])));

    private static async Task<Results<Ok<DatasetPolicyView>, ProblemHttpResult>> DatasetAsync(ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, CancellationToken ct)
        => await catalogue.DatasetAsync(id, ct) is { } found ? TypedResults.Ok(await ViewAsync(found.Dataset, grains, time, ct)) : ApiProblems.NoSuchDataset(id);

    private static async Task<Results<Ok<DatasetPolicyView>, ProblemHttpResult>> SetDatasetsAsync(
        HttpContext http, ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string address, string id, PolicyRequest body, CancellationToken ct)
    {
        if (Problem(http, body, out var author) is { } problem)
        {
            return problem;
        }

        if (await catalogue.DatasetAsync(id, ct) is not { } found || found.Dataset.Publisher != address)
        {
            return ApiProblems.NoSuchDataset(id);
        }

        var grain = grains.GetGrain<IDatasetGrain>(found.Dataset.Id);
        var (policy, wrong) = body.Inherit ? (null, null) : body.On((await grain.Policy().WaitAsync(GrainLimit, time, ct)).Holds);
        if (wrong is { } w)
        {
            return ApiProblems.BadRequest(w.Field, w.Text);
        }

        await grain.SetPolicy(policy, author, body.Reason!).WaitAsync(GrainLimit, time, ct);
        return TypedResults.Ok(await ViewAsync(found.Dataset, grains, time, ct));
    }

    private static async Task<Results<Ok<PublisherPolicyView>, ProblemHttpResult>> PublisherAsync(ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string address, CancellationToken ct)
        => await IsKnownAsync(catalogue, address, ct) ? TypedResults.Ok(await ViewAsync(address, grains, time, ct)) : NoSuchPublisher(address);

    private static async Task<Results<Ok<PublisherPolicyView>, ProblemHttpResult>> SetPublishersAsync(
        HttpContext http, ICatalogue catalogue, IGrainFactory grains, Planning planning, TimeProvider time, string address, PolicyRequest body, CancellationToken ct)
    {
        if (Problem(http, body, out var author) is { } problem)
        {
            return problem;
        }

        if (!await IsKnownAsync(catalogue, address, ct))
        {
            return NoSuchPublisher(address);
        }

        var grain = grains.GetGrain<IPublisherGrain>(address);
        var (policy, wrong) = body.Inherit ? (null, null) : body.On((await grain.Standing().WaitAsync(GrainLimit, time, ct)).Policy ?? planning.Default);
        if (wrong is { } w)
        {
            return ApiProblems.BadRequest(w.Field, w.Text);
        }

        await grain.SetPolicy(policy, author, body.Reason!).WaitAsync(GrainLimit, time, ct);
        return TypedResults.Ok(await ViewAsync(address, grains, time, ct));
    }

    private static async Task<Results<Ok<PublisherPolicyView>, ProblemHttpResult>> SetQuotaAsync(
        HttpContext http, ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string address, QuotaRequest body, CancellationToken ct)
    {
        if (Problem(http, body, out var author) is { } problem)
        {
            return problem;
        }

        var quota = body.MostDatasets is null && body.MostBytes is null ? null : new PublisherQuota(body.MostDatasets, body.MostBytes);
        if (quota?.Problems() is [var wrong, ..])
        {
            return ApiProblems.BadRequest(char.ToLowerInvariant(wrong.Field[0]) + wrong.Field[1..], wrong.Text);
        }

        if (!await IsKnownAsync(catalogue, address, ct))
        {
            return NoSuchPublisher(address);
        }

        await grains.GetGrain<IPublisherGrain>(address).SetQuota(quota, author, body.Reason!).WaitAsync(GrainLimit, time, ct);
        return TypedResults.Ok(await ViewAsync(address, grains, time, ct));
    }

    private static async Task<DatasetPolicyView> ViewAsync(DatasetRow row, IGrainFactory grains, TimeProvider time, CancellationToken ct)
    {
        var grain = grains.GetGrain<IDatasetGrain>(row.Id);
        var policy = await grain.Policy().WaitAsync(GrainLimit, time, ct);
        var why = await grain.Why().WaitAsync(GrainLimit, time, ct);
        var waiting = why?.NotYet.FirstOrDefault(n => n.Reason is "waiting-for-members" or "no-room" or "over-quota");
        return new DatasetPolicyView(
            row.Id, row.Title, row.Publisher, FullPolicyView.Of(policy.Holds), Words.Of(policy.Source), policy.Own is { } own ? FullPolicyView.Of(own) : null,
            policy.Publishers is { } publishers ? FullPolicyView.Of(publishers) : null, FullPolicyView.Of(policy.Consortium), why?.Detail.HealthyReplicas ?? 0, waiting?.Text);
    }

    private static async Task<PublisherPolicyView> ViewAsync(string address, IGrainFactory grains, TimeProvider time, CancellationToken ct)
    {
        var s = await grains.GetGrain<IPublisherGrain>(address).Standing().WaitAsync(GrainLimit, time, ct);
        return new PublisherPolicyView(address, s.Policy is { } policy ? FullPolicyView.Of(policy) : null, s.Quota?.MostDatasets, s.Quota?.MostBytes, s.Datasets, s.Bytes, s.Beyond, s.Telling);
    }

    // The catalogue is asked, not the grain of that name: asking would bring one to life for every typing error.
    private static async Task<bool> IsKnownAsync(ICatalogue catalogue, string address, CancellationToken ct)
        => (await catalogue.PublishersAsync(ct)).Any(p => p.Address == address) || (await catalogue.DatasetsAsync(new DatasetQuery(Publisher: address, Limit: 1), ct)).Items.Count > 0;

    private static ProblemHttpResult NoSuchPublisher(string address) => ApiProblems.NotFound("publisher", $"Nothing was published by '{address}'; /api/v1/datasets shows who published what.");

    // The author of an act is who the token says; on the silo's own machine, where everybody is its admin, who the caller says.
    private static ProblemHttpResult? Problem(HttpContext http, OperatorRequest body, out string author)
    {
        author = Caller.Of(http).AuthorOr(body.Author);
        return (body with { Author = author }).Problem() is { } p ? ApiProblems.BadRequest(p.Field, p.Text) : null;
    }
}
