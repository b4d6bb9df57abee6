using Etdb.Domain.Access;
using Etdb.Domain.Membership;
using Etdb.Domain.Replication;
using Etdb.Grains;
using Etdb.Grains.Members;
using Etdb.Grains.Ports;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary><c>POST /join</c>: a member's operator brings a node, with an invitation. The invitation is all the right that is needed.</summary>
internal static class JoinEndpoints
{
    private const int TextMaximum = 200;
    private const int TagsMaximum = 20;
    private const int InviteDigits = 6;
    private static readonly TimeSpan JoinLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TokenLife = TimeSpan.FromDays(366);

    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/join", JoinAsync).SignIn().WithSummary("Checks a node and, with a good invitation, takes it in.");

    private static async Task<Results<Ok<JoinView>, ProblemHttpResult>> JoinAsync(
        ClusterSecrets secrets, NodeCredentials credentials, TokenMint mint, IGrainFactory grains, TimeProvider time, JoinBody body, CancellationToken ct)
    {
        if (InviteText.Read(body.Invite, secrets) is not { } invite)
        {
            return ApiProblems.BadRequest("invite", "It is no invitation of this cluster, or was cut or changed on its way; ask the admin to send it again.");
        }

        if (Problem(body) is { } problem)
        {
            return problem;
        }

        var rpc = Clean(body.Node!.Url)!;
        var header = body.Node.Authorization is null ? null : NodeCredentials.HeaderOf(body.Node.Authorization);
        var sealedHeader = header is null ? null : credentials.Seal(header, rpc);
        var endpoint = new NodeEndpoint(new NodeId($"{invite.Member}-{invite.Id[..InviteDigits]}"), rpc, body.Node.Gateway is null ? null : Clean(body.Node.Gateway), sealedHeader);
        var request = new JoinRequest(
            endpoint, Blank(body.Node.Site), Blank(body.Node.Country)?.ToUpperInvariant(), body.Node.Tags ?? [], body.Node.CapacityBytes, body.PledgeBytes, body.PledgeUntil, Blank(body.Contact),
            body.Clock is { } clock ? clock - time.GetUtcNow() : null, body.CheckOnly);
        var answer = await grains.GetGrain<IInviteGrain>(invite.Id).Join(request).WaitAsync(JoinLimit, time, ct);
        return answer.Outcome switch
        {
            JoinOutcome.Joined => TypedResults.Ok(new JoinView("joined", answer.Member!, answer.Node, answer.Standing is { } s ? Words.Of(s) : null, Views(answer), await TokenAsync(mint, answer, time, ct))),
            JoinOutcome.Refused => TypedResults.Ok(new JoinView("refused", answer.Member!, null, null, Views(answer), null)),
            JoinOutcome.WouldJoin => TypedResults.Ok(new JoinView("would-join", answer.Member!, null, null, Views(answer), null)),
            JoinOutcome.Used => ApiProblems.Conflict("The invitation was used.", "A node has joined with it. For another node, or if the answer was lost on its way, ask an admin for another invitation or a token."),
            JoinOutcome.Expired => ApiProblems.Conflict("The invitation's time is over.", "Ask an admin for another."),
            JoinOutcome.Leaving => ApiProblems.Conflict(
                "The member is leaving.", $"What joined '{answer.Member}' now would count for nothing. If it stays after all, an admin says so first: 'etdb member standing {answer.Member} active'."),
            JoinOutcome.Revoked => ApiProblems.Conflict("The invitation was taken back.", "Ask an admin for another."),
            _ => ApiProblems.BadRequest("invite", "This cluster knows of no such invitation; ask the admin for another."),
        };
    }

    internal static CheckView View(JoinCheck c) => new(c.Name, Words.Of(c.Result), c.Text, c.Advice);

    private static IReadOnlyList<CheckView> Views(JoinAnswer answer) => [.. answer.Checks.Select(View)];

    /// <summary>The operator's own token, so that it can announce maintenance or leave; shown with this answer only.</summary>
    private static async Task<string?> TokenAsync(TokenMint mint, JoinAnswer answer, TimeProvider time, CancellationToken ct)
    {
        var made = await mint.MakeAsync($"operator of {answer.Member}", TokenKind.Token, [new Grant(Role.MemberOperator, answer.Member)], time.GetUtcNow() + TokenLife, $"joining of {answer.Node}", null, ct);
        return made?.Text.Reveal();
    }

    private static ProblemHttpResult? Problem(JoinBody body)
    {
        if (Clean(body.Node?.Url) is null)
        {
            return ApiProblems.BadRequest("node.url", $"'{body.Node?.Url}' is no address of an RPC; give one such as https://ipfs.example.org:5001, with neither user nor password in it.");
        }

        if (body.Node!.Gateway is not null && Clean(body.Node.Gateway) is null)
        {
            return ApiProblems.BadRequest("node.gateway", $"'{body.Node.Gateway}' is no address of a gateway; give one such as https://ipfs.example.org:8080, or none.");
        }

        if (body.Node.Authorization is not null && NodeCredentials.HeaderOf(body.Node.Authorization) is null)
        {
            return ApiProblems.BadRequest("node.authorization", "It can be no credential; give bearer:TOKEN or basic:USER:PASSWORD, as in the node's API.Authorizations.");
        }

        foreach (var (field, value) in new[] { ("node.site", body.Node.Site), ("contact", body.Contact) })
        {
            if (value is { Length: > TextMaximum } || value?.Any(char.IsControl) == true)
            {
                return ApiProblems.BadRequest(field, $"It must be one line of at most {TextMaximum} characters.");
            }
        }

        if (!InviteEndpoints.IsCountry(body.Node.Country))
        {
            return ApiProblems.BadRequest("node.country", $"'{body.Node.Country}' is no ISO 3166 code such as NL.");
        }

        if (body.Node.Tags is { Count: > TagsMaximum } || body.Node.Tags?.All(InviteEndpoints.IsId) == false)
        {
            return ApiProblems.BadRequest("node.tags", $"Give at most {TagsMaximum} words of lower-case letters, digits and hyphens.");
        }

        return body.PledgeBytes is < 0 || body.Node.CapacityBytes is < 0 ? ApiProblems.BadRequest("pledgeBytes", "Sizes are 0 or more bytes.") : null;
    }

    /// <summary>The base of an address as it is kept; null when it is not plain http(s) or carries a secret.</summary>
    private static string? Clean(string? text)
        => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0 && text!.Length <= 500
            ? uri.GetLeftPart(UriPartial.Path).TrimEnd('/')
            : null;

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <summary>What the operator of a member sends; <c>clock</c> is the time on its machine, <c>checkOnly</c> uses nothing up.</summary>
public sealed record JoinBody(
    string? Invite, JoinNodeBody? Node, long? PledgeBytes, DateTimeOffset? PledgeUntil, string? Contact, DateTimeOffset? Clock, bool CheckOnly = false);

/// <summary>The node: its RPC, its gateway, its credential (<c>bearer:…</c> or <c>basic:…</c>), where it stands.</summary>
public sealed record JoinNodeBody(string? Url, string? Gateway, string? Authorization, string? Site, string? Country, IReadOnlyList<string>? Tags, long? CapacityBytes);

/// <summary>The answer; outcome is <c>joined|refused|would-join</c>. The token is the operator's, shown this once.</summary>
public sealed record JoinView(string Outcome, string Member, string? Node, string? Standing, IReadOnlyList<CheckView> Checks, string? Token);

/// <summary>One check; result is <c>passed|warning|failed|not-tried</c>.</summary>
public sealed record CheckView(string Name, string Result, string Text, string? Advice);
