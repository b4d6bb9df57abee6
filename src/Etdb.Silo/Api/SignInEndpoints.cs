using Etdb.Domain.Access;
using Etdb.Grains.Access;
using Etdb.Ledger.Flo.Addresses;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>Signing in: a browser with a token, a publisher with its FLO key.</summary>
internal static class SignInEndpoints
{
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/session", OpenAsync).SignIn().WithSummary("Signs a browser in with a token: sets a cookie that scripts cannot read.");
        api.MapDelete("/session", CloseAsync).SignIn().WithSummary("Signs the browser out.");
        api.MapPost("/login/challenge", Challenge).SignIn(onlyReads: true).WithSummary("A text for a publisher to sign with its FLO key.");
        api.MapPost("/login", LoginAsync).SignIn().WithSummary("Takes the signed text; answers a token for that publisher.");
    }

    private static async Task<Results<Ok<SessionView>, ProblemHttpResult>> OpenAsync(
        HttpContext http, IGrainFactory grains, TokenMint mint, SiloOptions silo, AccessOptions options, TimeProvider time, SessionRequest body, CancellationToken ct)
    {
        if (!TokenText.TryParse(body.Token?.Trim(), out var text))
        {
            return ApiProblems.BadRequest("token", "It is not of the form etdb_…; give the whole token.");
        }

        var answer = await grains.GetGrain<IAccessGrain>(IAccessGrain.Key).Check(text.Id, text.Hash).WaitAsync(GrainLimit, time, ct);
        if (answer.Token is not { } found)
        {
            return TypedResults.Problem("The token is not known here, or its time is over.", statusCode: StatusCodes.Status401Unauthorized, title: "Who are you?", type: "urn:etdb:problem:unauthorized");
        }

        if (found.Kind == TokenKind.Session)
        {
            return ApiProblems.BadRequest("token", "That is what a browser was given when it signed in, and good for that browser only; give the token itself.");
        }

        var until = time.GetUtcNow() + options.SessionTime;
        until = found.ExpiresAt < until ? found.ExpiresAt : until;
        var grants = found.Grants.Select(g => Grant.TryParse(g, out var grant, out _) ? grant : null).OfType<Grant>().ToList();
        if (await mint.MakeAsync(found.Name, TokenKind.Session, grants, until, found.Name, found.Id, ct) is not { } made)
        {
            return ApiProblems.Unavailable("Too many are signed in; sign out elsewhere first.");
        }

        http.Response.Cookies.Append(CallerReader.Cookie, made.Text.Reveal(), Cookie(http, silo, until));
        return TypedResults.Ok(new SessionView(found.Name, "session", found.Grants, [.. grants.Select(g => Grant.Words[(int)g.Role]).Distinct()], until, options.NeedsTokens));
    }

    private static async Task<NoContent> CloseAsync(HttpContext http, IGrainFactory grains, SiloOptions silo, TimeProvider time, CancellationToken ct)
    {
        if (Caller.Of(http) is { Kind: CallerKind.Session, TokenId: { } id })
        {
            await grains.GetGrain<IAccessGrain>(IAccessGrain.Key).Revoke(id).WaitAsync(GrainLimit, time, ct);
        }

        http.Response.Cookies.Delete(CallerReader.Cookie, Cookie(http, silo, default));
        return TypedResults.NoContent();
    }

    private static CookieOptions Cookie(HttpContext http, SiloOptions silo, DateTimeOffset until)
        => new() { HttpOnly = true, Secure = http.Request.IsHttps || silo.BehindTlsProxy, SameSite = SameSiteMode.Strict, Path = "/", Expires = until == default ? null : until };

    private static Results<Ok<ChallengeView>, ProblemHttpResult> Challenge(HttpContext http, LoginChallenges challenges, SiloOptions silo, AccessOptions options, ChallengeRequest body)
    {
        if (!FloAddress.TryParse(body.Address, silo.FloNetwork(), out var address))
        {
            return ApiProblems.BadRequest("address", $"'{body.Address}' is no address of the FLO network {silo.Network}.");
        }

        if (options.AdmittedPublishers.Count > 0 && !options.AdmittedPublishers.Contains(address.Text, StringComparer.Ordinal))
        {
            return ApiProblems.Forbidden($"{address.Text} is not among the publishers that sign in here; ask an admin to add it to Access:AdmittedPublishers.");
        }

        var (text, expires) = challenges.Make(address.Text, silo.PublicUrl ?? $"{http.Request.Scheme}://{http.Request.Host}");
        return TypedResults.Ok(new ChallengeView(text, expires));
    }

    private static async Task<Results<Ok<TokenMadeView>, ProblemHttpResult>> LoginAsync(
        LoginChallenges challenges, TokenMint mint, IGrainFactory grains, SiloOptions silo, AccessOptions options, TimeProvider time, LoginRequest body, CancellationToken ct)
    {
        var (nonce, expires, problem) = challenges.Read(body.Challenge ?? "", body.Address ?? "");
        if (nonce is null)
        {
            return ApiProblems.BadRequest("challenge", problem!);
        }

        if (MessageVerifier.Verify(body.Address!, body.Signature ?? "", body.Challenge!, silo.FloNetwork()) != MessageVerdict.Valid)
        {
            return TypedResults.Problem(
                $"The signature is not that of {body.Address} over this text. Sign the challenge exactly as it came: 'etdb flo sign-message --key-file lab.key --message @challenge.txt'.",
                statusCode: StatusCodes.Status401Unauthorized, title: "The signature does not match.", type: "urn:etdb:problem:unauthorized");
        }

        // Used up only by one who has the key: strangers cannot fill the memory of what was used.
        if (!await grains.GetGrain<IAccessGrain>(IAccessGrain.Key).Spend("login " + nonce, expires).WaitAsync(GrainLimit, time, ct))
        {
            return ApiProblems.BadRequest("challenge", "It was used before; ask for a new one.");
        }

        var until = time.GetUtcNow() + options.SessionTime;
        var made = await mint.MakeAsync(body.Address!, TokenKind.Proof, [new Grant(Role.Publisher, body.Address)], until, "proof of the key", null, ct);
        return made is { } m ? TypedResults.Ok(new TokenMadeView(m.Token.Id, m.Text.Reveal(), m.Token.Name, [$"publisher:{body.Address}"], until)) : ApiProblems.Unavailable("Too many are signed in; try again later.");
    }
}

/// <summary>A token to sign a browser in with.</summary>
public sealed record SessionRequest(string? Token);

/// <summary>Whose key is to be shown.</summary>
public sealed record ChallengeRequest(string? Address);

/// <summary>What to sign, exactly, and until when.</summary>
public sealed record ChallengeView(string Challenge, DateTimeOffset ExpiresAt);

/// <summary>The challenge, signed as a FLO message.</summary>
public sealed record LoginRequest(string? Address, string? Challenge, string? Signature);
