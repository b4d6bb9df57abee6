using Etdb.Domain.Membership;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Members;

/// <summary>
/// One invitation (key: its id): one node of one member may join with it, once. What is decided by one durable write is carried through to its
/// end by itself, whatever crashes: a node has joined whole or not at all.
/// </summary>
[Alias("etdb.IInviteGrain"), Version(1)]
public interface IInviteGrain : IGrainWithStringKey
{
    /// <summary>Opens the invitation. Repeating it changes nothing.</summary>
    [Alias("Open")]
    Task Open(InviteTerms terms);

    /// <summary>What is known; null when there is no such invitation.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<InviteView?> Get();

    /// <summary>Checks the node and, when nothing stands against it, takes it in. A node that failed may try again with the same invitation.</summary>
    [Alias("Join")]
    Task<JoinAnswer> Join(JoinRequest request);

    /// <summary>Takes the invitation back; false when a node has joined with it already.</summary>
    [Alias("Revoke")]
    Task<bool> Revoke(string author, string reason);
}

/// <summary>The ids of all invitations (one grain, key <see cref="Key"/>), so that they can be listed.</summary>
[Alias("etdb.IInviteBookGrain"), Version(2)]
public interface IInviteBookGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Enters an id before its invitation is opened. Durable when it returns.</summary>
    [Alias("Add")]
    Task Add(string invite);

    /// <summary>
    /// Enters that a node joins with an invitation, unless a node with the same address or identity has joined, or is joining, with another one: the id that other bears, else null.
    /// With <paramref name="enter"/> false it only looks. Durable when it returns.
    /// </summary>
    [Alias("Claim")]
    Task<string?> Claim(NodeClaim claim, bool enter);

    /// <summary>Every invitation kept, newest first.</summary>
    [AlwaysInterleave]
    [Alias("List")]
    Task<IReadOnlyList<InviteView>> List();
}

/// <summary>A node that joins: which invitation lets it in, and all that it may be known by.</summary>
/// <param name="Invite">Id of the invitation.</param>
/// <param name="Node">The id it shall bear.</param>
/// <param name="Rpc">Where it answers.</param>
/// <param name="Identities">Its repository and its peer id, as far as it told them.</param>
/// <param name="At">Since when.</param>
[GenerateSerializer, Immutable, Alias("etdb.node-claim")]
public sealed record NodeClaim(
    [property: Id(0)] string Invite,
    [property: Id(1)] string Node,
    [property: Id(2)] string Rpc,
    [property: Id(3)] IReadOnlyList<string> Identities,
    [property: Id(4)] DateTimeOffset At);

/// <summary>What an admin offers.</summary>
/// <param name="Member">Id of the member.</param>
/// <param name="Name">Name of the institution.</param>
/// <param name="Country">ISO 3166 code; empty when unknown.</param>
/// <param name="ExpiresAt">Until when.</param>
/// <param name="Author">Who offers.</param>
/// <param name="CreatedAt">Since when.</param>
[GenerateSerializer, Immutable, Alias("etdb.invite-terms")]
public sealed record InviteTerms(
    [property: Id(0)] string Member,
    [property: Id(1)] string Name,
    [property: Id(2)] string Country,
    [property: Id(3)] DateTimeOffset ExpiresAt,
    [property: Id(4)] string Author,
    [property: Id(5)] DateTimeOffset CreatedAt);

/// <summary>What a member's operator asks for. The credential in the endpoint is sealed.</summary>
/// <param name="Endpoint">Where the node answers; its id is the one it shall bear.</param>
/// <param name="Site">Place within the member; null for its one unnamed place.</param>
/// <param name="Country">Where the node stands; null for the member's country.</param>
/// <param name="Tags">Free words policies may ask for.</param>
/// <param name="CapacityBytes">Most bytes to use; null leaves it to what the node says.</param>
/// <param name="PledgeBytes">What the member promises to keep; null when it does not say.</param>
/// <param name="PledgeUntil">Until when.</param>
/// <param name="Contact">Whom to call.</param>
/// <param name="ClockAhead">The operator's clock less ours; null when not told.</param>
/// <param name="CheckOnly">Only check; nothing is used up.</param>
[GenerateSerializer, Immutable, Alias("etdb.join-request")]
public sealed record JoinRequest(
    [property: Id(0)] NodeEndpoint Endpoint,
    [property: Id(1)] string? Site,
    [property: Id(2)] string? Country,
    [property: Id(3)] IReadOnlyList<string> Tags,
    [property: Id(4)] long? CapacityBytes,
    [property: Id(5)] long? PledgeBytes,
    [property: Id(6)] DateTimeOffset? PledgeUntil,
    [property: Id(7)] string? Contact,
    [property: Id(8)] TimeSpan? ClockAhead,
    [property: Id(9)] bool CheckOnly);

/// <summary>How asking to join ended.</summary>
public enum JoinOutcome
{
    /// <summary>The node has joined.</summary>
    Joined = 0,

    /// <summary>The checks say no; the invitation is still open.</summary>
    Refused = 1,

    /// <summary>The checks say yes; nothing was done, as asked.</summary>
    WouldJoin = 2,

    /// <summary>There is no such invitation.</summary>
    Unknown = 3,

    /// <summary>Its time is over.</summary>
    Expired = 4,

    /// <summary>It was taken back.</summary>
    Revoked = 5,

    /// <summary>A node has joined with it.</summary>
    Used = 6,

    /// <summary>Its member is leaving: what joined now would count for nothing.</summary>
    Leaving = 7,
}

/// <summary>The answer to asking to join.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Checks">Every check; empty when it did not come to them.</param>
/// <param name="Member">Whose node.</param>
/// <param name="Node">Its id; null when it has not joined.</param>
/// <param name="Standing">Where the member stands now; null when it has not joined.</param>
[GenerateSerializer, Immutable, Alias("etdb.join-answer")]
public sealed record JoinAnswer(
    [property: Id(0)] JoinOutcome Outcome,
    [property: Id(1)] IReadOnlyList<JoinCheck> Checks,
    [property: Id(2)] string? Member,
    [property: Id(3)] string? Node,
    [property: Id(4)] MemberStanding? Standing);

/// <summary>Where an invitation stands.</summary>
public enum InvitePhase
{
    /// <summary>A node may join with it.</summary>
    Open = 0,

    /// <summary>A node was taken in; what follows is on its way.</summary>
    Accepted = 1,

    /// <summary>The node has joined.</summary>
    Used = 2,

    /// <summary>An admin took it back.</summary>
    Revoked = 3,
}

/// <summary>An invitation, for readers; nothing here helps to use it.</summary>
[GenerateSerializer, Immutable, Alias("etdb.invite-view")]
public sealed record InviteView(
    [property: Id(0)] string Id,
    [property: Id(1)] InviteTerms Terms,
    [property: Id(2)] InvitePhase Phase,
    [property: Id(3)] string? Node,
    [property: Id(4)] DateTimeOffset? UsedAt,
    [property: Id(5)] IReadOnlyList<JoinCheck> LastChecks);
