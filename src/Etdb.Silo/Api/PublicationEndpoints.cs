using System.Text.Json;
using Etdb.Domain.Access;
using Etdb.Grains.Publishers;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>
/// A lab hands over transactions it signed. Nothing here can be forged by the sender: the ledger checks every signature; what this does is
/// broadcast, watch and broadcast again.
/// </summary>
internal static class PublicationEndpoints
{
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(30);

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/publishers/{address}/publications", PublishAsync).Needs(Role.Publisher, Owner.Publisher).WithSummary("Hands over the signed transactions of one record.");
        api.MapGet("/publishers/{address}/publications/{txid}", StatusAsync).Needs(Role.Viewer).WithSummary("How a publication stands.");
    }

    private static async Task<Results<Accepted<PublicationAnswer>, ProblemHttpResult>> PublishAsync(
        IGrainFactory grains, TimeProvider time, string address, PublicationRequest body, CancellationToken ct)
    {
        if (body.Transactions is not { Count: > 0 } || body.RecordTxid is not { Length: 64 } || body.Transactions.Any(t => t.Txid is not { Length: 64 } || string.IsNullOrEmpty(t.Hex)))
        {
            return ApiProblems.BadRequest("transactions", "A publication names its record and holds at least one signed transaction with its id and raw hex.");
        }

        var grain = grains.GetGrain<IPublisherGrain>(address);
        var publication = new Publication(body.RecordTxid, body.Title ?? "", [.. body.Transactions.Select(t => new SignedTransaction(t.Txid, t.Hex))], body.Replaces, body.Parts);
        var answer = await grain.Publish(publication).WaitAsync(GrainLimit, time, ct);
        if (answer == PublishAnswer.Refused)
        {
            return ApiProblems.BadRequest("transactions", "The publication is empty or above a limit (10000 transactions, 64 MiB of hex).");
        }

        if (answer == PublishAnswer.QueueFull)
        {
            return ApiProblems.Unavailable("Too many records of this publisher are on their way; hand this one over when some of them are confirmed.");
        }

        var status = await grain.Status(body.RecordTxid).WaitAsync(GrainLimit, time, ct);
        return TypedResults.Accepted($"/api/v1/publishers/{address}/publications/{body.RecordTxid}", Answer(status!));
    }

    private static async Task<Results<Ok<PublicationAnswer>, ProblemHttpResult>> StatusAsync(IGrainFactory grains, TimeProvider time, string address, string txid, CancellationToken ct)
    {
        var status = await grains.GetGrain<IPublisherGrain>(address).Status(txid).WaitAsync(GrainLimit, time, ct);
        return status is null ? ApiProblems.NoSuchDataset(txid) : TypedResults.Ok(Answer(status));
    }

    private static PublicationAnswer Answer(PublicationStatus s)
        => new(s.RecordTxid, s.Title, JsonNamingPolicy.KebabCaseLower.ConvertName(s.Phase.ToString()), s.Accepted, s.Total, s.Confirmations, s.Problem, s.NeedsFee);
}

/// <summary>What a lab hands over. The same record again with further transactions behind the known ones extends it.</summary>
/// <param name="RecordTxid">Its first transaction.</param>
/// <param name="Title">For people.</param>
/// <param name="Transactions">In the order of broadcast.</param>
/// <param name="Replaces">First transaction of a publication it replaces at a higher fee, or that was given up.</param>
/// <param name="Parts">How many of them, from the first, make the record; the others only pay for these and may be refused. Null: all.</param>
public sealed record PublicationRequest(string RecordTxid, string? Title, IReadOnlyList<TransactionRequest> Transactions, string? Replaces = null, int? Parts = null);

/// <summary>One signed transaction.</summary>
public sealed record TransactionRequest(string Txid, string Hex);

/// <summary>How a publication stands; phase is <c>queued|broadcasting|confirming|final|failed|replaced</c>; <c>needsFee</c> asks the lab to pay more.</summary>
public sealed record PublicationAnswer(string RecordTxid, string Title, string Phase, int Accepted, int Total, int? Confirmations, string? Problem, bool NeedsFee = false);
