using Etdb.Domain.Access;
using Etdb.Grains.Access;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>Tokens: made, listed and revoked by admins; whoever asks learns who it is here.</summary>
internal static class AccessEndpoints
{
    private const int NameMaximum = 100;
    private const int GrantsMaximum = 50;
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(366);
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/session", Session).Open().WithSummary("Who I am here, and what I may.");
        api.MapGet("/tokens", ListAsync).Needs(Role.Admin).WithSummary("Every token, with its last use; never its secret.");
        api.MapPost("/tokens", CreateAsync).Needs(Role.Admin).WithSummary("Makes a token; its secret is in this answer only.");
        api.MapDelete("/tokens/{token}", RevokeAsync).Needs(Role.Admin).WithSummary("Revokes a token, and the sessions opened with it.");
    }

    private static Ok<SessionView> Session(HttpContext http, AccessOptions options)
    {
        var caller = Caller.Of(http);
        return TypedResults.Ok(new SessionView(
            caller.Name, caller.Kind.ToString().ToLowerInvariant(), [.. caller.Grants.Select(g => g.ToString())], [.. caller.Grants.Select(g => Grant.Words[(int)g.Role]).Distinct()], caller.ExpiresAt,
                options.NeedsTokens));
    }

    private static async Task<Ok<Listing<TokenListView>>> ListAsync(IGrainFactory grains, TimeProvider time, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var tokens = await grains.GetGrain<IAccessGrain>(IAccessGrain.Key).List().WaitAsync(GrainLimit, time, ct);
        return TypedResults.Ok(new Listing<TokenListView>([.. tokens.Select(t => View(t, now))], tokens.Count));
    }

    private static async Task<Results<Created<TokenMadeView>, ProblemHttpResult>> CreateAsync(HttpContext http, TokenMint mint, TimeProvider time, TokenRequest body, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(body.Name) || body.Name.Length > NameMaximum || body.Name.Any(char.IsControl))
        {
            return ApiProblems.BadRequest("name", $"Say who or what will bear the token, in one line of at most {NameMaximum} characters.");
        }

        if (body.Grants is not { Count: > 0 and <= GrantsMaximum })
        {
            return ApiProblems.BadRequest("grants", $"Give 1 to {GrantsMaximum} grants, such as [\"auditor\"] or [\"member-operator:m1\"].");
        }

        var grants = new List<Grant>();
        foreach (var text in body.Grants)
        {
            if (!Grant.TryParse(text, out var grant, out var problem))
            {
                return ApiProblems.BadRequest("grants", problem);
            }

            grants.Add(grant);
        }

        var now = time.GetUtcNow();
        var expires = body.ExpiresAt ?? now + TimeSpan.FromDays(90);
        if (expires <= now || expires > now + LongestLife)
        {
            return ApiProblems.BadRequest("expiresAt", $"{expires:u} is not within the next {LongestLife.TotalDays:0} days.");
        }

        var made = await mint.MakeAsync(body.Name.Trim(), TokenKind.Token, grants, expires, Caller.Of(http).Name, null, ct);
        return made is { } m
            ? TypedResults.Created((string?)null, new TokenMadeView(m.Token.Id, m.Text.Reveal(), m.Token.Name, [.. grants.Select(g => g.ToString())], expires))
            : ApiProblems.Unavailable($"There are {AccessGrain.TokensMaximum} tokens already; revoke some, they are forgotten 90 days later.");
    }

    private static async Task<Results<Ok<TokenListView>, ProblemHttpResult>> RevokeAsync(IGrainFactory grains, TimeProvider time, string token, CancellationToken ct)
    {
        var revoked = await grains.GetGrain<IAccessGrain>(IAccessGrain.Key).Revoke(token).WaitAsync(GrainLimit, time, ct);
        return revoked is null
            ? ApiProblems.NotFound("token", $"No token has the id '{token}'; GET /api/v1/tokens lists them. The id is the part between the two underscores.")
            : TypedResults.Ok(View(revoked, time.GetUtcNow()));
    }

    private static TokenListView View(TokenView t, DateTimeOffset now) => new(
        t.Id, t.Name, t.Kind.ToString().ToLowerInvariant(), t.Grants, t.CreatedAt, t.CreatedBy, t.ExpiresAt, t.RevokedAt, t.LastUsedAt, t.RevokedAt is not null ? "revoked" : now >= t.ExpiresAt ? "expired" : "live");
}

/// <summary>Who calls; kind is <c>anonymous|local|token|session</c>.</summary>
public sealed record SessionView(string Name, string Kind, IReadOnlyList<string> Grants, IReadOnlyList<string> Roles, DateTimeOffset? ExpiresAt, bool TokensNeeded);

/// <summary>A token to make; <c>expiresAt</c> is 90 days from now when left out, at most 366.</summary>
public sealed record TokenRequest(string? Name, IReadOnlyList<string>? Grants, DateTimeOffset? ExpiresAt);

/// <summary>A new token, with its secret, this once.</summary>
public sealed record TokenMadeView(string Id, string Token, string Name, IReadOnlyList<string> Grants, DateTimeOffset ExpiresAt);

/// <summary>A token as it is listed; state is <c>live|expired|revoked</c>.</summary>
public sealed record TokenListView(
    string Id,
    string Name,
    string Kind,
    IReadOnlyList<string> Grants,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt,
    string State);
