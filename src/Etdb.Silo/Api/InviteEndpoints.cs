using System.Security.Cryptography;
using Etdb.Domain.Access;
using Etdb.Grains;
using Etdb.Grains.Members;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>Invitations: made, listed and taken back by admins.</summary>
internal static class InviteEndpoints
{
    private const int IdBytes = 16;
    private const int NameMaximum = 200;
    private static readonly TimeSpan DefaultLife = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(60);
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/invites", ListAsync).Needs(Role.Admin).WithSummary("Invitations and what became of them, newest first.");
        api.MapPost("/invites", CreateAsync).Needs(Role.Admin).WithSummary("Makes an invitation for one node of a member; its text is in this answer only.");
        api.MapDelete("/invites/{invite}", RevokeAsync).Needs(Role.Admin).WithSummary("Takes an invitation back that nobody has used.");
    }

    private static async Task<Ok<Listing<InviteListView>>> ListAsync(IGrainFactory grains, TimeProvider time, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var invites = await grains.GetGrain<IInviteBookGrain>(IInviteBookGrain.Key).List().WaitAsync(GrainLimit, time, ct);
        return TypedResults.Ok(new Listing<InviteListView>([.. invites.Select(i => View(i, now))], invites.Count));
    }

    private static async Task<Results<Created<InviteMadeView>, ProblemHttpResult>> CreateAsync(
        HttpContext http, IGrainFactory grains, ClusterSecrets secrets, SiloOptions silo, TimeProvider time, InviteRequest body, CancellationToken ct)
    {
        if (!IsId(body.Member))
        {
            return ApiProblems.BadRequest("member", $"'{body.Member}' cannot be an id; use 1 to 40 lower-case letters, digits and hyphens, such as 'leiden'.");
        }

        if (string.IsNullOrWhiteSpace(body.Name) || body.Name.Length > NameMaximum || body.Name.Any(char.IsControl))
        {
            return ApiProblems.BadRequest("name", $"Give the institution's name, in one line of at most {NameMaximum} characters.");
        }

        if (!IsCountry(body.Country))
        {
            return ApiProblems.BadRequest("country", $"'{body.Country}' is no ISO 3166 code such as NL.");
        }

        var now = time.GetUtcNow();
        var expires = body.ExpiresAt ?? now + DefaultLife;
        if (expires <= now || expires > now + LongestLife)
        {
            return ApiProblems.BadRequest("expiresAt", $"{expires:u} is not within the next {LongestLife.TotalDays:0} days.");
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var server = silo.PublicUrl ?? $"{http.Request.Scheme}://{http.Request.Host}";
        await grains.GetGrain<IInviteBookGrain>(IInviteBookGrain.Key).Add(id).WaitAsync(GrainLimit, time, ct);
        await grains.GetGrain<IInviteGrain>(id).Open(new InviteTerms(body.Member!, body.Name.Trim(), body.Country?.ToUpperInvariant() ?? "", expires, Caller.Of(http).AuthorOr(body.Author),
            now)).WaitAsync(GrainLimit, time, ct);
        var text = InviteText.Write(new InvitePayload(1, id, body.Member!, body.Name.Trim(), server, expires), secrets);
        return TypedResults.Created((string?)null, new InviteMadeView(id, text, body.Member!, expires, $"etdb member join {text} --node URL"));
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> RevokeAsync(HttpContext http, IGrainFactory grains, TimeProvider time, string invite, CancellationToken ct)
    {
        // Not by the list, which forgets the oldest before they expire; and no grain is brought to life for what can be no id.
        var known = invite.Length == 2 * IdBytes && invite.All(char.IsAsciiHexDigitLower) ? await grains.GetGrain<IInviteGrain>(invite).Get().WaitAsync(GrainLimit, time, ct) : null;
        if (known is null)
        {
            return ApiProblems.NotFound("invitation", $"No invitation has the id '{invite}'; GET /api/v1/invites lists them.");
        }

        return await grains.GetGrain<IInviteGrain>(invite).Revoke(Caller.Of(http).Name, "taken back").WaitAsync(GrainLimit, time, ct)
            ? TypedResults.Ok(new DoneView(time.GetUtcNow(), "Nobody can join with it any more."))
            : ApiProblems.Conflict("The invitation was used.", "A node has joined with it; to take that node out, use 'etdb member leave'.");
    }

    /// <summary>What members and nodes may be called.</summary>
    internal static bool IsId(string? text) => text is { Length: >= 1 and <= 40 } && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && text[0] != '-';

    internal static bool IsCountry(string? text) => text is null or "" || (text.Length == 2 && text.All(char.IsAsciiLetter));

    private static InviteListView View(InviteView i, DateTimeOffset now) => new(
        i.Id, i.Terms.Member, i.Terms.Name, i.Terms.Author, i.Terms.CreatedAt, i.Terms.ExpiresAt,
        i.Phase == InvitePhase.Open && now >= i.Terms.ExpiresAt ? "expired" : Words.Of(i.Phase), i.Node, i.UsedAt, [.. i.LastChecks.Select(JoinEndpoints.View)]);
}

/// <summary>An invitation to make; <c>expiresAt</c> is 7 days from now when left out, at most 60.</summary>
public sealed record InviteRequest(string? Member, string? Name, string? Country, DateTimeOffset? ExpiresAt, string? Author = null);

/// <summary>A new invitation; <c>invite</c> is shown this once, <c>command</c> is what the member's operator runs.</summary>
public sealed record InviteMadeView(string Id, string Invite, string Member, DateTimeOffset ExpiresAt, string Command);

/// <summary>An invitation as it is listed; state is <c>open|accepted|used|revoked|expired</c>.</summary>
public sealed record InviteListView(
    string Id,
    string Member,
    string Name,
    string Author,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string State,
    string? Node,
    DateTimeOffset? UsedAt,
    IReadOnlyList<CheckView> LastChecks);
