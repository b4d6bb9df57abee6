using System.Collections.Immutable;

namespace Etdb.Grains.Nodes;

/// <summary>Durable state of a <see cref="ShelfGrain"/>.</summary>
[GenerateSerializer, Immutable, Alias("etdb.shelf-state")]
public sealed record ShelfState
{
    /// <summary>Rows of version 1, which kept them here; they are moved to the table of pages when the shelf wakes.</summary>
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

    /// <summary>No longer wanted, not known to be gone: a silent node may bring it back.</summary>
    Struck = 3,
}

/// <summary>A row of the table.</summary>
/// <param name="Ref">Which dataset and content.</param>
/// <param name="Phase">What is believed.</param>
/// <param name="ChangedAt">Since when.</param>
[GenerateSerializer, Immutable, Alias("etdb.shelf-entry")]
public sealed record ShelfEntry([property: Id(0)] DatasetRef Ref, [property: Id(1)] ShelfPhase Phase, [property: Id(2)] DateTimeOffset ChangedAt);

/// <summary>How a row is kept in the table of pages: key <c>dataset|root</c>, value a letter for the phase and the ticks of its change.</summary>
internal static class ShelfRows
{
    private const string Letters = "EHGS";

    public static string KeyOf(DatasetRef dataset) => $"{dataset.Dataset.Value}|{dataset.Root.Value}";

    public static string Write(ShelfPhase phase, DateTimeOffset changedAt) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Letters[(int)phase]}{changedAt.UtcTicks}");

    public static ShelfPhase PhaseOf(string value) => (ShelfPhase)Letters.IndexOf(value[0], StringComparison.Ordinal);

    public static long TicksOf(string value) => long.Parse(value.AsSpan(1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture);

    public static DatasetRef RefOf(string key)
    {
        var cut = key.LastIndexOf('|');
        return new DatasetRef(new Domain.Records.DatasetId(key[..cut]), new Domain.Content.ContentId(key[(cut + 1)..]));
    }

    public static ReadOnlySpan<char> RootOf(string key) => key.AsSpan(key.LastIndexOf('|') + 1);
}
