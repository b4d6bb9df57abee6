using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Domain.Access;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Listing;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Silo.Api.OldClients;

/// <summary>
/// The daemon of 2018, under <c>/api/v2</c> and <c>/alexandria/v2</c>: what the browser, the downloader (oip-js 1.1) and the pin bots ask for. What cannot be understood of a
/// parameter asks for anything, since these clients send <c>undefined</c> and lower-case addresses.
/// </summary>
internal static class BrowserEndpoints
{
    /// <summary>Most records of one answer, the newest; <c>total</c> says how many there are.</summary>
    public const int MostResults = 100_000;

    private const int DefaultResults = 50;
    private static readonly string[] Unsaid = ["", "*", "undefined", "null", "NaN"];

    public static void Map(IEndpointRouteBuilder daemon)
    {
        daemon.MapGet("/artifact/get/type", ByTypeAsync).Needs(Role.Viewer).WithSummary("Records of a type (t), subtype (st) and publisher (pub), newest first.");
        daemon.MapGet("/artifact/get", ByIdAsync).Needs(Role.Viewer).WithSummary("One record by the first digits of its id.");
        daemon.MapGet("/research/tomogram/summary", SummaryAsync).Needs(Role.Viewer).WithSummary("Tomograms, species, and tomograms of each publisher.");
        daemon.MapGet("/publisher/get/all", (HttpContext http, LedgerLists lists) => RoleAsync(http, lists, "pub")).Needs(Role.Viewer).WithSummary("Registered publishers.");
        daemon.MapGet("/promoter/get/all", (HttpContext http, LedgerLists lists) => RoleAsync(http, lists, "promoter", "influencer")).Needs(Role.Viewer).WithSummary("Registered promoters.");
        daemon.MapGet("/retailer/get/all", (HttpContext http, LedgerLists lists) => RoleAsync(http, lists, "retailer", "platform")).Needs(Role.Viewer).WithSummary("Registered retailers.");
        daemon.MapGet("/autominer/get/all", (HttpContext http, LedgerLists lists) => RoleAsync(http, lists, "autominer")).Needs(Role.Viewer).WithSummary("Registered autominers.");
        daemon.MapGet("/autominerpool/get/all", (HttpContext http, LedgerLists lists) => RoleAsync(http, lists, "pool", "autominer-pool")).Needs(Role.Viewer).WithSummary("Registered pools of autominers.");
        daemon.MapGet("/media/get/all", MediaAsync).Needs(Role.Viewer).WithSummary("Every record with the root of its files, for pin bots.");
        daemon.MapGet("/info", InfoAsync).Needs(Role.Viewer).WithSummary("Where the ledger stands.");
        BrowserSearch.Map(daemon);
        BrowserComments.Map(daemon);
    }

    /// <summary>The name an address registered; empty without one.</summary>
    public static string NameOf(RecordList list, string address) => list.Registrations.FirstOrDefault(r => r.Message.Role == "pub" && r.Message.Address == address)?.Message.Alias ?? "";

    /// <summary>Registrations as these clients read them: the words of each, and its address and name beside.</summary>
    public static JsonObject Registration(IndexedRegistration registration)
    {
        var message = registration.Message;
        var words = JsonNode.Parse(message.Json)!.AsObject();
        if (message.Role == "pub")
        {
            words["name"] ??= message.Alias;
            words["address"] ??= message.Address;
        }

        var kind = message.Role == "pub" ? "publisher" : message.Role;
        return new JsonObject
        {
            ["txid"] = registration.RegistrationTxid,
            ["block"] = registration.Place.Height,
            ["address"] = message.Address,
            ["name"] = message.Alias,
            [$"{kind}-data"] = new JsonObject { [$"alexandria-{kind}"] = words, ["signature"] = message.OuterSignature },
        };
    }

    private static async Task ByTypeAsync(HttpContext http, LedgerLists lists, string? t, string? st, string? pub, string? results, string? page)
    {
        var list = await lists.RecordsAsync(http.RequestAborted);
        var size = results is "*" or "all" ? MostResults : int.TryParse(results, out var asked) && asked > 0 ? Math.Min(asked, MostResults) : DefaultResults;
        var number = int.TryParse(page, out var wanted) && wanted > 0 ? wanted : 1;
        var (type, subtype, publisher) = (Kind(t), Kind(st), Unsaid.Contains(pub ?? "") ? null : pub);
        var found = list.Latest.Where(v => v.IsOf(type, subtype) && (publisher is null || v.Artifact.Address.Equals(publisher, StringComparison.OrdinalIgnoreCase)));
        var (total, entries) = Page(found, (long)(number - 1) * size, size);
        await OldAnswers.WriteAsync(http, async writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("total", total);
            writer.WriteNumber("count", entries.Count);
            writer.WriteNumber("pages", (total + size - 1) / size);
            writer.WriteStartArray("results");
            await OldAnswers.EachAsync(http, writer, entries, v => BrowserRecord.Write(writer, v, null));
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static string? Kind(string? asked) => asked == "-" ? "" : Unsaid.Contains(asked ?? "") ? null : asked;

    private static (long Total, List<ListedVersion> Page) Page(IEnumerable<ListedVersion> found, long skip, int size)
    {
        var (total, page) = (0L, new List<ListedVersion>());
        foreach (var version in found)
        {
            if (total++ >= skip && page.Count < size)
            {
                page.Add(version);
            }
        }

        return (total, page);
    }

    private static async Task ByIdAsync(HttpContext http, LedgerLists lists, string? id)
    {
        var list = await lists.RecordsAsync(http.RequestAborted);
        if (id is null || !OipRecordEndpoints.IsId(id) || list.Linked(id.ToLowerInvariant()) is not { } found)
        {
            await OldAnswers.NotFoundAsync(http);
            return;
        }

        await OldAnswers.WriteAsync(http, writer =>
        {
            BrowserRecord.Write(writer, found, NameOf(list, found.Artifact.Address));
            return ValueTask.CompletedTask;
        });
    }

    private static async Task SummaryAsync(HttpContext http, LedgerLists lists)
    {
        var summary = (await lists.RecordsAsync(http.RequestAborted)).Tomograms;
        var publishers = new JsonObject(summary.Publishers.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)JsonValue.Create(p.Value))));
        await OldAnswers.JsonAsync(http, new JsonObject { ["total"] = summary.Total, ["species"] = summary.Species, ["publishers"] = publishers });
    }

    private static async Task RoleAsync(HttpContext http, LedgerLists lists, params string[] roles)
    {
        var list = await lists.RecordsAsync(http.RequestAborted);
        await OldAnswers.JsonAsync(http, new JsonArray([.. list.Registrations.Where(r => roles.Contains(r.Message.Role)).Select(Registration)]));
    }

    private static async Task MediaAsync(HttpContext http, LedgerLists lists)
    {
        var list = await lists.RecordsAsync(http.RequestAborted);
        var names = list.Registrations.Where(r => r.Message.Role == "pub").ToDictionary(r => r.Message.Address, r => r.Message.Alias ?? "");
        await OldAnswers.WriteAsync(http, async writer =>
        {
            writer.WriteStartArray();
            await OldAnswers.EachAsync(http, writer, list.Latest.Take(MostResults), v => BrowserRecord.WriteListedMedia(writer, v, names.GetValueOrDefault(v.Artifact.Address, "")));
            writer.WriteEndArray();
        });
    }

    private static async Task InfoAsync(HttpContext http, LedgerLists lists, SiloOptions options)
    {
        var list = await lists.RecordsAsync(http.RequestAborted);
        await OldAnswers.JsonAsync(http, new JsonObject
        {
            ["network"] = options.Network,
            ["blockCount"] = list.Tip?.Height ?? 0,
            ["blockTime"] = list.Tip?.Time ?? 0,
            ["artifacts"] = list.Latest.Count(),
            ["publishers"] = list.Registrations.Count(r => r.Message.Role == "pub"),
        });
    }
}
