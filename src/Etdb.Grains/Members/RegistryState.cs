using System.Collections.Immutable;

namespace Etdb.Grains.Members;

/// <summary>Durable state of the <see cref="RegistryGrain"/>.</summary>
[Immutable]
public sealed record RegistryState
{
    /// <summary>Version of the topology.</summary>
    public long Version { get; init; }

    public ImmutableSortedDictionary<string, TopologyMember> Members { get; init; } = ImmutableSortedDictionary<string, TopologyMember>.Empty.WithComparers(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, TopologyNode> Nodes { get; init; } = ImmutableSortedDictionary<string, TopologyNode>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>Why operators pulled the brake; null when they did not.</summary>
    public string? OperatorBrake { get; init; }
}
