using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Domain.Access;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Listing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Searching;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Silo.Api.OldClients;

/// <summary>
/// Records as oipd of 2019 lists them, under <c>/oip</c>. As there, <c>/artifact</c> shows every version of records of 0.42 and 0.41, <c>/oip042</c> only what holds; withdrawn
/// records are in none.
/// </summary>
internal static class OipRecordEndpoints
{
    /// <summary>Most values that a field is counted over.</summary>
    private const int MostCounted = ListRequest.MaxExamined;

    public static void Map(IEndpointRouteBuilder oip)
    {
        oip.MapGet("/artifact/get/latest", (HttpContext http, LedgerLists lists) => Async(http, lists, l => l.NewestFirst.Where(IsArtifact)))
            .Needs(Role.Viewer).WithSummary("Every version of the records of 0.42 and 0.41, newest first.");
        oip.MapGet("/artifact/get/{id}", (HttpContext http, LedgerLists lists, string id) => ByIdAsync(http, lists, id, IsArtifact))
            .Needs(Role.Viewer).WithSummary("Versions by the first digits of their transaction.");
        oip.MapGet("/artifact/search", (HttpContext http, LedgerLists lists) => Async(http, lists, l => l.NewestFirst.Where(IsArtifact), withQuery: true))
            .Needs(Role.Viewer).WithSummary("Versions that a query (q) finds.");
        oip.MapGet("/artifact/cardinality", CardinalityAsync).Needs(Role.Viewer).WithSummary("How many different values a field (f) has.");
        oip.MapGet("/oip041/artifact/get/latest", (HttpContext http, LedgerLists lists) => Async(http, lists, l => Safe(http, l.NewestFirst.Where(v => v.Artifact.Format == RecordFormat.Oip041))))
            .Needs(Role.Viewer).WithSummary("Records of 0.41.");
        oip.MapGet("/oip041/artifact/get/{id}", (HttpContext http, LedgerLists lists, string id) => ByIdAsync(http, lists, id, v => v.Artifact.Format == RecordFormat.Oip041))
            .Needs(Role.Viewer).WithSummary("Records of 0.41 by the first digits of their transaction.");
        oip.MapGet("/oip042/artifact/get/latest", (HttpContext http, LedgerLists lists) => Async(http, lists, l => Safe(http, l.Latest.Where(v => v.Artifact.Format == RecordFormat.Oip042))))
            .Needs(Role.Viewer).WithSummary("What holds of the records of 0.42.");
        oip.MapGet("/oip042/record/get/{id}", (HttpContext http, LedgerLists lists, string id) => Async(http, lists, l => Safe(http, Of(l, id).Where(v => v.IsLatest))))
            .Needs(Role.Viewer).WithSummary("What holds of a record.");
        oip.MapGet("/oip042/record/get/{id}/version/{txid}", (HttpContext http, LedgerLists lists, string id, string txid) =>
                Async(http, lists, l => Safe(http, Of(l, id).Where(v => v.Txid.Equals(txid, StringComparison.OrdinalIgnoreCase)))))
            .Needs(Role.Viewer).WithSummary("One version of a record.");
        oip.MapGet("/alexandria/artifact/get/latest", (HttpContext http, LedgerLists lists) => Async(http, lists, l => l.NewestFirst.Where(v => v.Artifact.Format == RecordFormat.AlexandriaMedia)))
            .Needs(Role.Viewer).WithSummary("Alexandria's records.");
        oip.MapGet("/alexandria/artifact/get/{id}", (HttpContext http, LedgerLists lists, string id) => ByIdAsync(http, lists, id, v => v.Artifact.Format == RecordFormat.AlexandriaMedia))
            .Needs(Role.Viewer).WithSummary("Alexandria's records by the first digits of their transaction.");
        oip.MapGet("/alexandria/publisher/get/latest", (HttpContext http, LedgerLists lists) => Async(http, lists, l => Publishers(l, null)))
            .Needs(Role.Viewer).WithSummary("Alexandria's publishers.");
        oip.MapGet("/alexandria/publisher/get/{address}", (HttpContext http, LedgerLists lists, string address) => Async(http, lists, l => Publishers(l, address)))
            .Needs(Role.Viewer).WithSummary("The registration of an address with Alexandria.");
    }

    /// <summary>True for hex digits, which all ids are.</summary>
    public static bool IsId(string id) => id.Length is > 0 and <= 64 && id.All(char.IsAsciiHexDigit);

    private static bool IsArtifact(ListedVersion version) => version.Artifact.Format != RecordFormat.AlexandriaMedia;

    private static IEnumerable<ListedVersion> Of(RecordList list, string id) => list.StartingWith(id.ToLowerInvariant())
        .Where(v => v.Txid.Length == id.Length && v.Number == 1 && v.Artifact.Format == RecordFormat.Oip042)
        .SelectMany(v => Enumerable.Range(1, v.Record.Versions.Count).Select(n => v with { Number = n }));

    /// <summary>Leaves out what is not for everybody when <c>nsfw</c> is there and does not say yes.</summary>
    private static IEnumerable<ListedVersion> Safe(HttpContext http, IEnumerable<ListedVersion> versions) =>
        http.Request.Query["nsfw"] is { Count: > 0 } asked && !ListParameters.IsYes(asked.ToString()) ? versions.Where(v => !v.IsUnsafe) : versions;

    private static IEnumerable<Listed> Publishers(RecordList list, string? address) => list.Registrations
        .Where(r => r.Message is { Role: "pub", Kind: OipKind.Legacy } && (address is null || r.Message.Address == address))
        .Select(r => new ListedRegistration(r)).Order(Comparer<Listed>.Create(Listed.Compare));

    private static async Task Async(HttpContext http, LedgerLists lists, Func<RecordList, IEnumerable<Listed>> choose, bool withQuery = false)
        => await OldAnswers.ListAsync(http, lists, choose(await lists.RecordsAsync(http.RequestAborted)), withQuery);

    private static Task ByIdAsync(HttpContext http, LedgerLists lists, string id, Func<ListedVersion, bool> choose) =>
        IsId(id) ? Async(http, lists, l => l.StartingWith(id.ToLowerInvariant()).Where(choose)) : OldAnswers.NotFoundAsync(http);

    private static async Task CardinalityAsync(HttpContext http, LedgerLists lists, string? f)
    {
        if (f is not { Length: > 0 and < 256 } || !f.All(c => char.IsAsciiLetter(c) || c == '.'))
        {
            await OldAnswers.NotFoundAsync(http);
            return;
        }

        var values = new HashSet<string>(StringComparer.Ordinal);
        var field = f.EndsWith(".keyword", StringComparison.Ordinal) ? f[..^".keyword".Length] : f;
        var list = await lists.RecordsAsync(http.RequestAborted);
        foreach (var version in list.NewestFirst.Where(v => v.Artifact.Format == RecordFormat.Oip042).Take(MostCounted))
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            using var document = JsonDocument.Parse(version.ToJson());
            values.UnionWith(RecordQuery.Values(document.RootElement, field));
        }

        await OldAnswers.JsonAsync(http, new JsonObject { ["c"] = values.Count, ["f"] = f });
    }
}
