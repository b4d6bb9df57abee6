using System.Text.Json;
using Etdb.Domain.Access;
using Etdb.Domain.Audit;
using Etdb.Silo.Security;
using Etdb.Storage.Evidence;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Silo.Api;

/// <summary><c>GET /evidence</c>: the log of every audit, change and override, with the hashes that chain it, so that anybody can check it.</summary>
internal static class EvidenceEndpoints
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 500;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/evidence", EvidenceAsync).Needs(Role.Auditor).WithSummary("Entries of the evidence log, oldest first.");
        api.MapPost("/evidence/anchors", AnchorAsync).Needs(Role.Admin).WithSummary("Notes that a day's root stands in the ledger, and where.");
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> AnchorAsync(HttpContext http, IEvidenceLog log, TimeProvider time, AnchorRequest body, CancellationToken ct)
    {
        var author = Caller.Of(http).AuthorOr(body.Author);
        if ((body with { Author = author }).Problem() is { } p)
        {
            return ApiProblems.BadRequest(p.Field, p.Text);
        }

        if (body.Txid is not { Length: 64 } || !body.Txid.All(char.IsAsciiHexDigitLower))
        {
            return ApiProblems.BadRequest("txid", "It must be the id of a transaction: 64 hex digits in lower case.");
        }

        if (EvidenceAnchor.Read(body.Line) is not { } root)
        {
            return ApiProblems.BadRequest("line", "It must be the line that transaction wrote, such as 'etdb-evidence:1:2026-11-22:1:200:ROOT:HEAD'.");
        }

        var now = time.GetUtcNow();
        var detail = JsonSerializer.Serialize(new { txid = body.Txid, line = body.Line, author, reason = body.Reason });
        await log.AppendAsync([new Storage.Evidence.EvidenceEntry(now, "anchor", null, null, "anchored", detail, author)], ct);
        return TypedResults.Ok(new DoneView(now, $"The root of {root.Day:yyyy-MM-dd} is noted as written by {body.Txid}."));
    }

    private static async Task<Results<Ok<EvidencePageView>, ProblemHttpResult>> EvidenceAsync(IEvidenceReader evidence, long? after, int? limit, CancellationToken ct)
    {
        if (limit is < 1 or > MostLimit)
        {
            return ApiProblems.BadLimit(limit, MostLimit);
        }

        if (after < 0)
        {
            return ApiProblems.BadRequest("after", $"{after} is below 0; give the sequence of the last entry you have, 0 for none.");
        }

        // Before the entries: what is written meanwhile may be among them, but nothing up to here may be missing.
        var head = await evidence.HeadAsync(ct);
        var most = limit ?? DefaultLimit;
        var items = new List<EvidenceView>(most);
        await foreach (var entry in evidence.ReadAsync(after ?? 0, ct))
        {
            items.Add(View(entry));
            if (items.Count == most)
            {
                break;
            }
        }

        return TypedResults.Ok(new EvidencePageView(items, items.Count == most ? items[^1].Sequence : null, head));
    }

    private static EvidenceView View(Domain.Audit.EvidenceEntry e) => new(
        e.Sequence, e.Draft.At, JsonNamingPolicy.KebabCaseLower.ConvertName(e.Draft.Kind.ToString()), Blank(e.Draft.Dataset), Blank(e.Draft.Node), e.Draft.Outcome, e.Draft.Author, e.Draft.Detail,
        e.Previous, e.Hash, e.Draft.Depth, e.Draft.Blocks);

    private static string? Blank(string text) => text.Length == 0 ? null : text;
}

/// <summary>Where a day's root stands in the ledger, and the line that stands there.</summary>
public sealed record AnchorRequest(string? Author, string? Reason, string? Txid, string? Line) : OperatorRequest(Author, Reason);

/// <summary>Some entries; <c>next</c> is the <c>after</c> of the next page, null at the end; <c>head</c> is the last entry of the whole log.</summary>
public sealed record EvidencePageView(IReadOnlyList<EvidenceView> Items, long? Next, EvidenceHead Head);

/// <summary>One entry with every field its hash covers; <c>detail</c> is JSON text as it was hashed.</summary>
public sealed record EvidenceView(
    long Sequence,
    DateTimeOffset At,
    string Kind,
    string? Dataset,
    string? Node,
    string Outcome,
    string Author,
    string Detail,
    string Previous,
    string Hash,
    int Depth,
    long Blocks);
