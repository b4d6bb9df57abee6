using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Members;

/// <summary>
/// Every member and node with its condition, as one immutable snapshot: what placement and classification see. A reader keeps the one
/// with the highest <see cref="Version"/>; versions grow for the life of a cluster.
/// </summary>
[GenerateSerializer, Immutable, Alias("etdb.topology")]
public sealed record Topology
{
    /// <summary>A topology nobody has joined yet.</summary>
    public static Topology Empty { get; } = new();

    /// <summary>Grows with every change that could change a decision.</summary>
    [Id(0)]
    public long Version { get; init; }

    /// <summary>In the order of their ids.</summary>
    [Id(1)]
    public IReadOnlyList<TopologyMember> Members { get; init; } = [];

    /// <summary>In the order of their ids.</summary>
    [Id(2)]
    public IReadOnlyList<TopologyNode> Nodes { get; init; } = [];

    /// <summary>Brakes that are on.</summary>
    [Id(3)]
    public IReadOnlyList<Brake> Brakes { get; init; } = [];
}

/// <summary>A brake that is on.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Since">Since when.</param>
/// <param name="Reason">For people, with the numbers.</param>
[GenerateSerializer, Immutable, Alias("etdb.brake")]
public sealed record Brake([property: Id(0)] BrakeKind Kind, [property: Id(1)] DateTimeOffset Since, [property: Id(2)] string Reason);

/// <summary>Where a member stands.</summary>
public enum MemberStanding
{
    /// <summary>New: its replicas do not count yet.</summary>
    Probation = 0,

    /// <summary>A full member.</summary>
    Active = 1,

    /// <summary>Leaving: its replicas are sources but no longer count.</summary>
    Draining = 2,

    /// <summary>Gone.</summary>
    Left = 3,
}

/// <summary>A member as decisions see it.</summary>
/// <param name="Id">Which.</param>
/// <param name="Name">Of the institution.</param>
/// <param name="Country">ISO 3166 code; empty when unknown.</param>
/// <param name="Standing">Where it stands.</param>
/// <param name="PledgeBytes">What it promises to keep.</param>
/// <param name="LineLimited">It limits its bandwidth or keeps quiet hours: it is asked before every transfer.</param>
[GenerateSerializer, Immutable, Alias("etdb.topology-member")]
public sealed record TopologyMember(
    [property: Id(0)] MemberId Id,
    [property: Id(1)] string Name,
    [property: Id(2)] string Country,
    [property: Id(3)] MemberStanding Standing,
    [property: Id(4)] long? PledgeBytes,
    [property: Id(20)] bool LineLimited = false);

/// <summary>A node as decisions see it, and how to reach it.</summary>
/// <param name="View">Its condition, place and room.</param>
/// <param name="Endpoint">Where it answers.</param>
/// <param name="SourceOnly">A lab's own node: read from, never counted, never filled.</param>
[GenerateSerializer, Immutable, Alias("etdb.topology-node")]
public sealed record TopologyNode([property: Id(0)] NodeView View, [property: Id(1)] NodeEndpoint Endpoint, [property: Id(2)] bool SourceOnly);
