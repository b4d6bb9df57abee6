using System.Collections.Immutable;

namespace Etdb.Grains.Nodes;

/// <summary>Durable state of a <see cref="ShelfGrain"/>.</summary>
[GenerateSerializer, Immutable, Alias("etdb.shelf-state")]
public sealed record ShelfState
{
    /// <summary>By <c>dataset|root</c>, in ordinal order so that every run walks it alike.</summary>
    [Id(0)]
    public ImmutableSortedDictionary<string, ShelfEntry> Entries { get; init; } = ImmutableSortedDictionary<string, ShelfEntry>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>News not every dataset has heard yet, the newest of each kind, oldest first.</summary>
    [Id(1)]
    public ImmutableArray<ShelfNews> Undelivered { get; init; } = [];
}

/// <summary>What the shelf believes of one dataset's content.</summary>
public enum ShelfPhase
{
    /// <summary>Wanted, not pinned yet.</summary>
    Expected = 0,

    /// <summary>Pinned.</summary>
    Held = 1,

    /// <summary>Was pinned, is not any more.</summary>
    Gone = 2,
}

/// <summary>A row of the table.</summary>
/// <param name="Ref">Which dataset and content.</param>
/// <param name="Phase">What is believed.</param>
/// <param name="ChangedAt">Since when.</param>
[GenerateSerializer, Immutable, Alias("etdb.shelf-entry")]
public sealed record ShelfEntry([property: Id(0)] DatasetRef Ref, [property: Id(1)] ShelfPhase Phase, [property: Id(2)] DateTimeOffset ChangedAt);
