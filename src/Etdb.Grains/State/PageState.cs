using System.Collections.Immutable;

namespace Etdb.Grains.State;

/// <summary>How many pages a <see cref="PagedTable"/> has.</summary>
[GenerateSerializer, Immutable, Alias("etdb.page-header")]
public sealed record PageHeader
{
    /// <summary>Pages, at least 1 once anything was stored.</summary>
    [Id(0)]
    public int Pages { get; init; }
}

/// <summary>One page of a <see cref="PagedTable"/>.</summary>
[GenerateSerializer, Immutable, Alias("etdb.page")]
public sealed record PageState
{
    /// <summary>Key, value, key, value … in ordinal order of the keys.</summary>
    [Id(0)]
    public ImmutableArray<string> Rows { get; init; } = [];
}
