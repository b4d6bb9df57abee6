using System.Text.Json;
using Etdb.Storage.Catalogue;

namespace Etdb.Silo.Api;

/// <summary>A dataset in lists and events. Shapes of this file are those of docs/reference/api.md.</summary>
public record DatasetSummary(
    string Id,
    string Title,
    string Publisher,
    string? PublisherAlias,
    string? Species,
    long? Bytes,
    string? Root,
    string State,
    int Target,
    int HealthyReplicas,
    int RetrievableReplicas,
    bool Simulated,
    string? Thumbnail,
    int Version,
    DateTimeOffset UpdatedAt);

/// <summary>One file of a dataset.</summary>
public sealed record FileView(string Name, long? Bytes, string? Type, string? Subtype, string? Notes, string? Url);

/// <summary>One replica of a dataset.</summary>
public sealed record ReplicaView(
    string Node,
    string Member,
    string State,
    bool Counts,
    DateTimeOffset Since,
    DateTimeOffset? VerifiedAt,
    long? VerifiedBlocks,
    bool VerifiedFull,
    string? Detail);

/// <summary>What the ledger says of a record.</summary>
public sealed record RecordView(string LatestTxid, long Height, DateTimeOffset Time, bool AuthorProven, bool ContentProven);

/// <summary>How many copies are wanted, and how far apart.</summary>
public sealed record PolicyView(int Target, int Floor, int Most, string DistinctBy);

/// <summary>Everything of one dataset: its summary and more.</summary>
public sealed record DatasetDetail : DatasetSummary
{
    public DatasetDetail(DatasetSummary summary)
        : base(summary)
    {
    }

    public string? Description { get; init; }

    public string? Notes { get; init; }

    public required IReadOnlyList<FileView> Files { get; init; }

    public JsonElement? Details { get; init; }

    public required RecordView Record { get; init; }

    public required PolicyView Policy { get; init; }

    public required IReadOnlyList<ReplicaView> Replicas { get; init; }
}

/// <summary>Turns catalogue rows into the shapes of the API. Unknown is null, never 0.</summary>
internal static class DatasetViews
{
    private const int MostFiles = 5000;

    public static DatasetSummary Summary(DatasetListing listing) => Summary(listing.Dataset, listing.Species, listing.PublisherAlias);

    public static DatasetSummary Summary(DatasetRow d, string? species, string? alias)
    {
        using var artifact = Parse(d.ArtifactJson);
        var root = artifact?.RootElement;
        var thumbnail = Files(d.Root, root).FirstOrDefault(f => string.Equals(f.Subtype, "thumbnail", StringComparison.OrdinalIgnoreCase))?.Url;
        return new DatasetSummary(
            d.Id, d.Title, d.Publisher, alias, Blank(species ?? DatasetText.Of(d.ArtifactJson).Species), d.Bytes > 0 ? d.Bytes : null, d.Root, d.State, d.Target, d.HealthyReplicas, d.RetrievableReplicas,
            Tags(root).Contains("simulated", StringComparer.OrdinalIgnoreCase), thumbnail, d.RecordVersion, d.UpdatedAt);
    }

    public static DatasetDetail Detail(DatasetRow d, IReadOnlyList<ReplicaRow> replicas, string? alias)
    {
        using var artifact = Parse(d.ArtifactJson);
        var root = artifact?.RootElement;
        var details = Get(root, "details");
        return new DatasetDetail(Summary(d, null, alias))
        {
            Description = Text(Get(root, "info"), "description"),
            Notes = Text(details, "artNotes"),
            Files = Files(d.Root, root),
            Details = details?.Clone(),
            Record = new RecordView(d.LatestTxid, d.Height, DateTimeOffset.FromUnixTimeSeconds(d.RecordTime), AuthorProven: true, d.ContentProven),
            Policy = new PolicyView(d.Target, d.Floor, d.Most, d.DistinctBy),
            Replicas = [.. replicas.Select(Replica)],
        };
    }

    public static ReplicaView Replica(ReplicaRow r)
        => new(r.Node, r.Member, r.State, r.Counts, r.Since, r.VerifiedAt, r.VerifiedAt is null ? null : r.VerifiedBlocks, r.VerifiedFull, r.Why);

    private static JsonDocument? Parse(string json)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Keys vary in case over the years (fname, fName): compared without it.
    private static JsonElement? Get(JsonElement? element, string name)
    {
        if (element is not { ValueKind: JsonValueKind.Object } o)
        {
            return null;
        }

        foreach (var property in o.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return property.Value;
            }
        }

        return null;
    }

    private static string? Text(JsonElement? element, string name) => Get(element, name) is { ValueKind: JsonValueKind.String } text ? Blank(text.GetString()) : null;

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static string[] Tags(JsonElement? root) => Text(Get(root, "info"), "tags")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static List<FileView> Files(string? cid, JsonElement? root)
    {
        if (Get(Get(root, "storage"), "files") is not { ValueKind: JsonValueKind.Array } files)
        {
            return [];
        }

        return [.. files.EnumerateArray().Take(MostFiles).Where(f => Text(f, "fname") is not null).Select(f =>
        {
            var name = Text(f, "fname")!;
            var bytes = Get(f, "fsize") is { ValueKind: JsonValueKind.Number } size && size.TryGetInt64(out var n) && n > 0 ? n : (long?)null;
            var url = cid is null ? null : $"/ipfs/{cid}/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}";
            return new FileView(name, bytes, Text(f, "type"), Text(f, "subtype"), Text(f, "fnotes"), url);
        })];
    }
}
