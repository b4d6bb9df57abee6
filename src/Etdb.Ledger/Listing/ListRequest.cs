using System.Collections.Immutable;
using System.Text.Json;
using Etdb.Ledger.Searching;

namespace Etdb.Ledger.Listing;

/// <summary>One field a list is sorted by.</summary>
/// <param name="Field">Path, for example <c>artifact.details.date</c>.</param>
/// <param name="Ascending">Smallest first.</param>
public sealed record ListSort(string Field, bool Ascending);

/// <summary>Which part of a list is wanted.</summary>
/// <param name="Skip">Leaves out that many; not used with <see cref="After"/>.</param>
/// <param name="Limit">Most of them, 0..<see cref="MaxWindow"/>.</param>
public sealed record ListRequest(int Skip, int Limit)
{
    /// <summary>How deep pages go; what lies deeper is reached by <see cref="After"/>.</summary>
    public const int MaxWindow = 10_000;

    /// <summary>Documents that one request looks into for a query or an order of its own: the newest. A list that has more says that it was not looked through.</summary>
    public const int MaxExamined = 50_000;

    /// <summary>Most fields to sort by.</summary>
    public const int MaxSorts = 8;

    /// <summary>Sort values of the last one known; null to begin at the first.</summary>
    public ImmutableArray<JsonElement>? After { get; init; }

    /// <summary>Fields to sort by before time and txid.</summary>
    public ImmutableArray<ListSort> Sorts { get; init; } = [];

    /// <summary>Only what this finds; null for all.</summary>
    public RecordQuery? Query { get; init; }

    /// <summary>True when documents have to be looked into.</summary>
    public bool IsSearch => Query is not null || !Sorts.IsEmpty;
}

/// <summary>A part of a list.</summary>
/// <param name="Entries">What was asked for, in order.</param>
/// <param name="Total">How many there are in all, whatever part was asked for.</param>
/// <param name="TotalIsAtLeast">More than <see cref="ListRequest.MaxExamined"/> would have had to be looked into: the newest were, and <paramref name="Total"/> counts those found among them.</param>
/// <param name="Next">Sort values of the last entry as a JSON array, for <see cref="ListRequest.After"/>; empty without entries.</param>
public sealed record ListPage(IReadOnlyList<Listed> Entries, long Total, bool TotalIsAtLeast, string Next);
