using Etdb.Domain.Membership;
using Etdb.Domain.Repair;

namespace Etdb.Grains.Members;

/// <summary>A member institution (key: member id): its pledge, contact, standing and nodes.</summary>
[Alias("etdb.IMemberGrain"), Version(1)]
public interface IMemberGrain : IGrainWithStringKey
{
    /// <summary>Enters the member or changes what is registered of it; an id that was left comes back on probation or active as asked.</summary>
    [Alias("Register")]
    Task Register(MemberRegistration registration);

    /// <summary>Notes that a node belongs to this member.</summary>
    [Alias("AddNode")]
    Task AddNode(string node);

    /// <summary>What is known; null when nobody registered this id.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<MemberView?> Get();

    /// <summary>Limits the bandwidth repairs may use of this member's line, and the hours they may; null lifts every limit. An operator's act.</summary>
    [Alias("SetLine")]
    Task SetLine(BandwidthBudget? line, string author, string reason);

    /// <summary>What limits the line; null when nothing does.</summary>
    [AlwaysInterleave]
    [Alias("Line")]
    Task<BandwidthBudget?> Line();

    /// <summary>Asks to move bytes over the line; null means taken, else when to ask again. Durable before it answers.</summary>
    [Alias("TakeLine")]
    Task<DateTimeOffset?> TakeLine(long bytes, RepairLevel level);

    /// <summary>Gives back what was taken for a transfer that was not begun.</summary>
    [Alias("ReturnLine")]
    Task ReturnLine(long bytes);

    /// <summary>Shows readers the member again; for a catalogue that lost it.</summary>
    [Alias("Show")]
    Task Show();

    /// <summary>Changes the standing (an operator's act): drain, come back, leave.</summary>
    [Alias("SetStanding")]
    Task SetStanding(MemberStanding standing, string author, string reason);

    /// <summary>A node of this member tells how it does on probation; the member decides whether that is over.</summary>
    [Alias("TrialReport")]
    Task TrialReport(NodeTrial trial);

    /// <summary>Changes what the member says of itself; only what is given. Null when nobody registered this id.</summary>
    [Alias("Describe")]
    Task<MemberView?> Describe(MemberDescription description, string author);

    /// <summary>Maintenance of all its nodes; null <paramref name="until"/> ends it now.</summary>
    [Alias("Maintain")]
    Task Maintain(DateTimeOffset? until, string author, string reason);

    /// <summary>The end of leaving: the member is gone, its nodes are taken out of the cluster. Whether that is safe is the caller's to know.</summary>
    [Alias("Remove")]
    Task Remove(string author, string reason);
}

/// <summary>What a member says of itself when it joins.</summary>
/// <param name="Name">Name of the institution.</param>
/// <param name="Country">ISO 3166 code; empty when unknown.</param>
/// <param name="PledgeBytes">What it promises to keep; null when it did not say.</param>
/// <param name="PledgeUntil">Until when.</param>
/// <param name="Contact">Mail address of the people to call.</param>
/// <param name="Probation">True: replicas there do not count until it was tried.</param>
[GenerateSerializer, Immutable, Alias("etdb.member-registration")]
public sealed record MemberRegistration(
    [property: Id(0)] string Name,
    [property: Id(1)] string Country,
    [property: Id(2)] long? PledgeBytes,
    [property: Id(3)] DateTimeOffset? PledgeUntil,
    [property: Id(4)] string? Contact,
    [property: Id(5)] bool Probation);

/// <summary>What a member changes of what it says of itself; null leaves as it is.</summary>
[GenerateSerializer, Immutable, Alias("etdb.member-description")]
public sealed record MemberDescription(
    [property: Id(0)] string? Name,
    [property: Id(1)] string? Country,
    [property: Id(2)] long? PledgeBytes,
    [property: Id(3)] DateTimeOffset? PledgeUntil,
    [property: Id(4)] string? Contact);

/// <summary>A member, for readers.</summary>
[GenerateSerializer, Immutable, Alias("etdb.member-view")]
public sealed record MemberView(
    [property: Id(0)] string Id,
    [property: Id(1)] MemberRegistration Registration,
    [property: Id(2)] MemberStanding Standing,
    [property: Id(3)] IReadOnlyList<string> Nodes,
    [property: Id(4)] string? StandingReason,
    [property: Id(5)] string? Probation);
