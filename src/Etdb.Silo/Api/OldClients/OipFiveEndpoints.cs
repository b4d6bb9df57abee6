using System.Text.Json.Nodes;
using Etdb.Domain.Access;
using Etdb.Ledger.Listing;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Silo.Api.OldClients;

/// <summary>Records and templates of OIP 5 as oipd lists them, under <c>/oip/o5</c>.</summary>
internal static class OipFiveEndpoints
{
    public static void Map(IEndpointRouteBuilder oip)
    {
        foreach (var (kind, name) in new[] { (ListedKind.ProtoRecord, "record"), (ListedKind.ProtoTemplate, "template") })
        {
            oip.MapGet($"/o5/{name}/get/latest", (HttpContext http, LedgerLists lists) => PageAsync(http, lists, kind, withQuery: false))
                .Needs(Role.Viewer).WithSummary($"OIP 5 {name}s, newest first.");
            oip.MapGet($"/o5/{name}/get/{{id}}", (HttpContext http, LedgerLists lists, string id) => ByIdAsync(http, lists, kind, id))
                .Needs(Role.Viewer).WithSummary($"OIP 5 {name}s by the first digits of their transaction.");
            oip.MapGet($"/o5/{name}/search", (HttpContext http, LedgerLists lists) => PageAsync(http, lists, kind, withQuery: true))
                .Needs(Role.Viewer).WithSummary($"OIP 5 {name}s that a query (q) finds.");
        }

        oip.MapGet("/o5/record/mapping/{templates}", MappingAsync).Needs(Role.Viewer).WithSummary("Fields of templates.");
    }

    private static async Task<Func<ChainTransaction, TransactionList, Listed>> MakerAsync(HttpContext http, LedgerLists lists)
    {
        var records = await lists.RecordsAsync(http.RequestAborted);
        ProtoTemplates? templates = null;
        return (transaction, list) => new ListedProto(transaction, list, templates ??= new ProtoTemplates(list), address => BrowserEndpoints.NameOf(records, address));
    }

    private static async Task PageAsync(HttpContext http, LedgerLists lists, ListedKind kind, bool withQuery)
        => await OipTransactionEndpoints.PageAsync(http, lists, kind, await MakerAsync(http, lists), withQuery);

    private static async Task ByIdAsync(HttpContext http, LedgerLists lists, ListedKind kind, string id)
        => await OipTransactionEndpoints.ByIdAsync(http, lists, id, kind, await MakerAsync(http, lists));

    private static async Task MappingAsync(HttpContext http, LedgerLists lists, string templates)
    {
        if (templates.Split(',') is not { Length: <= 32 } names || !Array.TrueForAll(names, IsTemplate))
        {
            await OldAnswers.NotFoundAsync(http);
            return;
        }

        var known = new ProtoTemplates(await lists.TransactionsAsync(http.RequestAborted));
        await OldAnswers.JsonAsync(http, new JsonObject(names.Distinct().SelectMany(t => known.Mapping(t)).Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone()))));
    }

    private static bool IsTemplate(string name) => name.Length == 13 && name.StartsWith("tmpl_", StringComparison.Ordinal) && name.Skip(5).All(char.IsAsciiHexDigit);
}
