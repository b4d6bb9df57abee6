using Etdb.Domain.Access;
using Etdb.Grains;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>One member: what it says of itself, its maintenance, its leaving, the credentials of its nodes.</summary>
internal static class MemberEndpoints
{
    private const int TextMaximum = 200;
    private static readonly TimeSpan MaintenanceMaximum = TimeSpan.FromDays(90);
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(30);

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/members/{id}", MemberAsync).Needs(Role.MemberOperator, Owner.Member).WithSummary("Everything of one member, its contact too.");
        api.MapPost("/members/{id}/profile", DescribeAsync).Needs(Role.MemberOperator, Owner.Member).WithSummary("Changes what the member says of itself: pledge, contact, name, country.");
        api.MapPost("/members/{id}/maintenance", MaintainAsync).Needs(Role.MemberOperator, Owner.Member).WithSummary("Announces maintenance of all its nodes, or ends it.");
        api.MapPost("/members/{id}/leave", LeaveAsync).Needs(Role.MemberOperator, Owner.Member).WithSummary("Begins leaving: its copies are replaced elsewhere.");
        api.MapPost("/members/{id}/remove", RemoveAsync).Needs(Role.MemberOperator, Owner.Member).WithSummary("Ends leaving, once nothing depends on its nodes.");
        api.MapPost("/nodes/{id}/credential", CredentialAsync).Needs(Role.MemberOperator, Owner.NodesMember).WithSummary("Puts another credential in the place of a node's; it is never shown.");
    }

    private static async Task<Results<Ok<MemberDetailView>, ProblemHttpResult>> MemberAsync(ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, CancellationToken ct)
        => await FindAsync(catalogue, grains, time, id, ct) is { } member ? TypedResults.Ok(View(member)) : ApiProblems.NoSuchMember(id);

    private static async Task<Results<Ok<MemberDetailView>, ProblemHttpResult>> DescribeAsync(
        HttpContext http, ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, ProfileRequest body, CancellationToken ct)
    {
        foreach (var (field, value) in new[] { ("name", body.Name), ("contact", body.Contact) })
        {
            if (value is not null && (value.Length is 0 or > TextMaximum || value.Any(char.IsControl)))
            {
                return ApiProblems.BadRequest(field, $"It must be one line of 1 to {TextMaximum} characters.");
            }
        }

        if (!InviteEndpoints.IsCountry(body.Country) || body.PledgeBytes is < 0)
        {
            return ApiProblems.BadRequest(body.PledgeBytes is < 0 ? "pledgeBytes" : "country", "A pledge is 0 or more bytes, a country an ISO 3166 code such as NL.");
        }

        if (await FindAsync(catalogue, grains, time, id, ct) is null)
        {
            return ApiProblems.NoSuchMember(id);
        }

        var description = new MemberDescription(body.Name, body.Country?.ToUpperInvariant(), body.PledgeBytes, body.PledgeUntil, body.Contact);
        var member = await grains.GetGrain<IMemberGrain>(id).Describe(description, Caller.Of(http).Name).WaitAsync(GrainLimit, time, ct);
        return member is null ? ApiProblems.NoSuchMember(id) : TypedResults.Ok(View(member));
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> MaintainAsync(
        HttpContext http, ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, MaintenanceRequest body, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (body.Until is { } until && (until <= now || until > now + MaintenanceMaximum))
        {
            return ApiProblems.BadRequest("until", $"{until:u} is not within the next {MaintenanceMaximum.TotalDays:0} days.");
        }

        var act = Named(http, body);
        return await CheckAsync(act, catalogue, grains, time, id, ct) is { } problem
            ? problem
            : await DoAsync(grains.GetGrain<IMemberGrain>(id).Maintain(body.Until, act.Author!, act.Reason!), body.Until is { } end ? $"{id} is in maintenance until {end:u}." : $"{id} is not in maintenance.", time, ct);
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> LeaveAsync(
        HttpContext http, ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, LeaveRequest body, CancellationToken ct)
    {
        var act = Named(http, body);
        if (await CheckAsync(act, catalogue, grains, time, id, ct) is { } problem)
        {
            return problem;
        }

        var member = (await grains.GetGrain<IMemberGrain>(id).Get().WaitAsync(GrainLimit, time, ct))!;
        return member is { Standing: MemberStanding.Left, Nodes.Count: 0 }
            ? ApiProblems.Conflict("It has left.", $"'{id}' has left already, and no node of it is in the cluster. To come back it joins with a new invitation.")
            : await DoAsync(
                grains.GetGrain<IMemberGrain>(id).SetStanding(MemberStanding.Draining, act.Author!, act.Reason!),
                $"{id} is leaving: its copies no longer count and are replaced elsewhere. Keep its nodes running; when nothing depends on them, 'etdb member remove {id}' ends it.", time, ct);
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> RemoveAsync(
        HttpContext http, ICatalogue catalogue, IGrainFactory grains, TopologyCache topology, Grains.Datasets.Planning planning, CatalogueRebuilder rebuilder, TimeProvider time, string id, LeaveRequest body,
        CancellationToken ct)
    {
        var act = Named(http, body);
        if (await CheckAsync(act, catalogue, grains, time, id, ct) is { } problem)
        {
            return problem;
        }

        var member = (await grains.GetGrain<IMemberGrain>(id).Get().WaitAsync(GrainLimit, time, ct))!;
        if (member.Standing is not (MemberStanding.Draining or MemberStanding.Left))
        {
            return ApiProblems.Conflict("It is not leaving.", $"'{id}' is {Words.Of(member.Standing)}; begin with 'etdb member leave {id}'.");
        }

        if (!rebuilder.IsComplete)
        {
            return ApiProblems.Unavailable("The catalogue is being made again from the grains, so it cannot be told yet what depends on the member's nodes. Ask again when 'etdb rebuild' says it is done.");
        }

        foreach (var node in member.Nodes)
        {
            var drain = await DrainEndpoints.AssessAsync(catalogue, grains, topology, planning, time, node, ct);
            if (drain is { SafeToLeave: false })
            {
                return ApiProblems.Conflict("Something still depends on its nodes.",
                    $"On {node}: {drain.Blocked} datasets have nowhere else to go, {drain.Moving} are moving, {drain.Replaceable} wait for it. 'etdb drain {node} --preview' tells more.");
            }
        }

        await TakeBackInvitesAsync(grains, time, id, act.Author!, ct);
        return await DoAsync(
            grains.GetGrain<IMemberGrain>(id).Remove(act.Author!, act.Reason!),
            $"{id} has left; its nodes are taken out of the cluster and their credentials forgotten. What is pinned there is the member's to keep or remove.", time, ct);
    }

    private static async Task<Results<Ok<DoneView>, ProblemHttpResult>> CredentialAsync(
        HttpContext http, NodeCredentials credentials, IGrainFactory grains, TopologyCache topology, TimeProvider time, string id, CredentialRequest body, CancellationToken ct)
    {
        var header = body.Authorization is null ? null : NodeCredentials.HeaderOf(body.Authorization);
        if (body.Authorization is not null && header is null)
        {
            return ApiProblems.BadRequest("authorization", "It can be no credential; give bearer:TOKEN or basic:USER:PASSWORD, as in the node's API.Authorizations.");
        }

        if ((await topology.ReadAsync(grains).WaitAsync(GrainLimit, time, ct)).Find(new(id)) is not { } node)
        {
            return ApiProblems.NoSuchNode(id);
        }

        var text = header is null ? null : credentials.Seal(header, node.Endpoint.Rpc);
        return await grains.GetGrain<INodeGrain>(id).SetCredential(text, Caller.Of(http).Name).WaitAsync(GrainLimit, time, ct)
            ? TypedResults.Ok(new DoneView(time.GetUtcNow(), header is null ? $"{id} is called without a credential." : $"{id} is called with the new credential from now on."))
            : ApiProblems.NoSuchNode(id);
    }

    /// <summary>Nobody comes back with an invitation of before: to let the member in again is to be decided again.</summary>
    private static async Task TakeBackInvitesAsync(IGrainFactory grains, TimeProvider time, string id, string author, CancellationToken ct)
    {
        var invites = await grains.GetGrain<IInviteBookGrain>(IInviteBookGrain.Key).List().WaitAsync(GrainLimit, time, ct);
        foreach (var invite in invites.Where(i => i.Terms.Member == id && i.Phase == InvitePhase.Open))
        {
            await grains.GetGrain<IInviteGrain>(invite.Id).Revoke(author, "the member has left").WaitAsync(GrainLimit, time, ct);
        }
    }

    private static LeaveRequest Named(HttpContext http, OperatorRequest body) => new(Caller.Of(http).AuthorOr(body.Author), body.Reason);

    private static async Task<ProblemHttpResult?> CheckAsync(LeaveRequest act, ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, CancellationToken ct)
        => act.Problem() is { } p ? ApiProblems.BadRequest(p.Field, p.Text) : await FindAsync(catalogue, grains, time, id, ct) is null ? ApiProblems.NoSuchMember(id) : null;

    // The registry is asked first: the grain of a typing error is not to be brought to life.
    private static async Task<Grains.Members.MemberView?> FindAsync(ICatalogue catalogue, IGrainFactory grains, TimeProvider time, string id, CancellationToken ct)
    {
        var known = (await catalogue.MembersAsync(ct)).Any(m => m.Member.Id == id)
            || (await grains.GetGrain<IRegistryGrain>(IRegistryGrain.Key).Read(-1).WaitAsync(GrainLimit, time, ct))!.Members.Any(m => m.Id.Value == id);
        return known ? await grains.GetGrain<IMemberGrain>(id).Get().WaitAsync(GrainLimit, time, ct) : null;
    }

    private static async Task<Ok<DoneView>> DoAsync(Task act, string text, TimeProvider time, CancellationToken ct)
    {
        await act.WaitAsync(GrainLimit, time, ct);
        return TypedResults.Ok(new DoneView(time.GetUtcNow(), text));
    }

    private static MemberDetailView View(Grains.Members.MemberView m) => new(
        m.Id, m.Registration.Name, m.Registration.Country, Words.Of(m.Standing), m.StandingReason, m.Probation, m.Nodes, m.Registration.PledgeBytes, m.Registration.PledgeUntil, m.Registration.Contact);
}

/// <summary>Changes what a member says of itself; what is left out stays.</summary>
public sealed record ProfileRequest(string? Name, string? Country, long? PledgeBytes, DateTimeOffset? PledgeUntil, string? Contact);

/// <summary>Leaves, or ends leaving.</summary>
public sealed record LeaveRequest(string? Author, string? Reason) : OperatorRequest(Author, Reason);

/// <summary>A node's new credential: <c>bearer:…</c> or <c>basic:…</c>; null for none.</summary>
public sealed record CredentialRequest(string? Authorization);

/// <summary>A member, for its operators; <c>probation</c> is what its end waits for.</summary>
public sealed record MemberDetailView(
    string Id,
    string Name,
    string Country,
    string State,
    string? StateReason,
    string? Probation,
    IReadOnlyList<string> Nodes,
    long? PledgeBytes,
    DateTimeOffset? PledgeUntil,
    string? Contact);
