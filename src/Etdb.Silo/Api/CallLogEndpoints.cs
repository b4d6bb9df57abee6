using System.Text.Json;
using Etdb.Domain.Access;
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

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/audit-log", ReadAsync).Needs(Role.Auditor).WithSummary("Every call that changed something, oldest first.");

    private static async Task<Results<Ok<CallPageView>, ProblemHttpResult>> ReadAsync(IEvidenceReader evidence, long? after, int? limit, CancellationToken ct)
    {
        if (limit is < 1 or > MostLimit)
        {
            return ApiProblems.BadLimit(limit, MostLimit);
        }

        var most = limit ?? DefaultLimit;
        var items = new List<CallView>(most);
        await foreach (var entry in evidence.CallsAsync(after ?? 0, ct))
        {
            items.Add(View(entry));
            if (items.Count == most)
            {
                return TypedResults.Ok(new CallPageView(items, entry.Sequence));
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
