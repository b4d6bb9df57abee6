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

/// <summary><c>GET /audit-log</c>: who changed what, when, and how it ended; read from the evidence chain.</summary>
internal static class CallLogEndpoints
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 500;

    /// <summary>Entries of all kinds looked through for one page; a page may be short, its <c>next</c> goes on behind them.</summary>
    private const int MostLookedAt = 50_000;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/audit-log", ReadAsync).Needs(Role.Auditor).WithSummary("Every call that changed something, oldest first.");

    private static async Task<Results<Ok<CallPageView>, ProblemHttpResult>> ReadAsync(IEvidenceReader evidence, long? after, int? limit, CancellationToken ct)
    {
        if (limit is < 1 or > MostLimit)
        {
            return ApiProblems.BadLimit(limit, MostLimit);
        }

        var most = limit ?? DefaultLimit;
        var items = new List<CallView>(most);
        var looked = 0;
        var last = after ?? 0;
        await foreach (var entry in evidence.ReadAsync(last, ct))
        {
            last = entry.Sequence;
            if (entry.Draft.Kind == EvidenceKind.Call)
            {
                items.Add(View(entry));
            }

            if (items.Count == most || ++looked == MostLookedAt)
            {
                return TypedResults.Ok(new CallPageView(items, last));
            }
        }

        return TypedResults.Ok(new CallPageView(items, null));
    }

    private static CallView View(Domain.Audit.EvidenceEntry e)
    {
        var d = JsonSerializer.Deserialize<CallDetail>(e.Draft.Detail, JsonSerializerOptions.Web);
        return new CallView(e.Sequence, e.Draft.At, d?.Call ?? "", d?.Who ?? "", d?.How ?? "", d?.Token, d?.From ?? "", d?.Method ?? "", d?.Path ?? "", e.Draft.Outcome, d?.Status);
    }

    private sealed record CallDetail(string? Call, string? Who, string? How, string? Token, string? From, string? Method, string? Path, int? Status);
}

/// <summary>Some calls; <c>next</c> is the <c>after</c> of the next page, null at the end.</summary>
public sealed record CallPageView(IReadOnlyList<CallView> Items, long? Next);

/// <summary>A call: <c>asked</c> before it was done, then <c>done|refused|failed</c> with the same <c>call</c>; <c>denied</c> where its caller may not.</summary>
public sealed record CallView(
    long Sequence, DateTimeOffset At, string Call, string Who, string How, string? Token, string From, string Method, string Path, string Outcome, int? Status);
