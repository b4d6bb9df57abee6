using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Listing;

/// <summary>A value a list is sorted by: numbers before texts, what is missing last whatever the direction.</summary>
internal readonly record struct SortValue(double? Number, string? Text)
{
    public static SortValue Of(JsonElement? value) => value?.ValueKind switch
    {
        JsonValueKind.Number => new SortValue(value.Value.TryGetDouble(out var number) ? number : null, null),
        JsonValueKind.String => new SortValue(null, value.Value.GetString()),
        JsonValueKind.True => new SortValue(1, null),
        JsonValueKind.False => new SortValue(0, null),
        _ => default,
    };

    public static int Compare(SortValue a, SortValue b, bool ascending)
    {
        var order = (a.Rank, b.Rank) switch
        {
            (0, 0) => a.Number!.Value.CompareTo(b.Number!.Value),
            (1, 1) => string.CompareOrdinal(a.Text, b.Text),
            _ => 0,
        };
        return a.Rank == 2 || b.Rank == 2 ? a.Rank.CompareTo(b.Rank)
            : (a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : order) * (ascending ? 1 : -1);
    }

    public JsonNode? ToNode() => Number is { } number ? JsonValue.Create(number) : Text is not null ? JsonValue.Create(Text) : null;

    private int Rank => Number is not null ? 0 : Text is not null ? 1 : 2;
}
