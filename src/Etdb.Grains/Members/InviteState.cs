using System.Collections.Immutable;
using Etdb.Domain.Membership;

namespace Etdb.Grains.Members;

/// <summary>Durable state of an <see cref="InviteGrain"/>.</summary>
[GenerateSerializer, Immutable, Alias("etdb.invite-state")]
public sealed record InviteState
{
    /// <summary>Null until it is opened.</summary>
    [Id(0)]
    public InviteTerms? Terms { get; init; }

    [Id(1)]
    public InvitePhase Phase { get; init; }

    /// <summary>The node that was taken in.</summary>
    [Id(2)]
    public JoinRequest? Accepted { get; init; }

    [Id(3)]
    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>What the last attempt found.</summary>
    [Id(4)]
    public IReadOnlyList<JoinCheck> LastChecks { get; init; } = [];
}

/// <summary>Durable state of the <see cref="InviteBookGrain"/>.</summary>
[Immutable]
public sealed record InviteBookState
{
    /// <summary>Oldest first.</summary>
    public ImmutableArray<string> Ids { get; init; } = [];

    /// <summary>Nodes that have joined or are joining, oldest first; those that left, or never joined, are dropped.</summary>
    public ImmutableArray<NodeClaim> Claims { get; init; } = [];
}
