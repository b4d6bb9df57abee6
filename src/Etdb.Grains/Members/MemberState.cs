using Etdb.Domain.Repair;

namespace Etdb.Grains.Members;

/// <summary>Durable state of a <see cref="MemberGrain"/>.</summary>
[GenerateSerializer, Immutable, Alias("etdb.member-state")]
public sealed record MemberState
{
    /// <summary>Grows with every change.</summary>
    [Id(0)]
    public long Version { get; init; }

    /// <summary>Null until somebody registers.</summary>
    [Id(1)]
    public MemberRegistration? Registration { get; init; }

    [Id(2)]
    public MemberStanding Standing { get; init; }

    [Id(3)]
    public string? StandingReason { get; init; }

    /// <summary>Its line for repair, as filled as it was at the last transfer; null when it set no limit.</summary>
    [Id(40)]
    public BandwidthBudget? Line { get; init; }

    /// <summary>In the order they joined.</summary>
    [Id(4)]
    public IReadOnlyList<string> Nodes { get; init; } = [];
}
