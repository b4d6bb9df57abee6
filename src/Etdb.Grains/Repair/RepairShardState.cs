using System.Collections.Immutable;

namespace Etdb.Grains.Repair;

/// <summary>The datasets of a shard: written when one is published, hardly ever else.</summary>
[Immutable]
public sealed record ShardMembers
{
    /// <summary>Dataset ids, ordinal order.</summary>
    public ImmutableSortedSet<string> Datasets { get; init; } = ImmutableSortedSet<string>.Empty.WithComparer(StringComparer.Ordinal);
}

/// <summary>Those of them that are not whole: after a restart they are asked first. Small as long as the cluster is well.</summary>
[Immutable]
public sealed record ShardOpen
{
    /// <summary>By dataset id.</summary>
    public ImmutableSortedDictionary<string, RepairTicket> Tickets { get; init; } = ImmutableSortedDictionary<string, RepairTicket>.Empty.WithComparers(StringComparer.Ordinal);
}
