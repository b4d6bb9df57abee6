using Etdb.Domain.Access;
using Etdb.Ledger.Listing;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Silo.Api.OldClients;

/// <summary>Transactions, parts, edits and historian's data points as oipd lists them, under <c>/oip</c>: those of the chain that carry something of OIP, which are all the ledger index keeps.</summary>
internal static class OipTransactionEndpoints
{
    public static void Map(IEndpointRouteBuilder oip)
    {
        Map(oip, "/floData/latest", "/floData/get/{id}", "/floData/search", "comments", whole: false);
        Map(oip, "/flo/tx/latest", "/flo/tx/get/{id}", "/flo/tx/search", "transactions", whole: true);
        oip.MapGet("/multipart/get/id/{id}", (HttpContext http, LedgerLists lists, string id) => PartsAsync(http, lists, id, byGroup: false))
            .Needs(Role.Viewer).WithSummary("Parts by the first digits of their transaction.");
        oip.MapGet("/multipart/get/ref/{reference}", (HttpContext http, LedgerLists lists, string reference) => PartsAsync(http, lists, reference, byGroup: true))
            .Needs(Role.Viewer).WithSummary("Parts by the first digits of the first part's transaction.");
        oip.MapGet("/historian/get/latest", (HttpContext http, LedgerLists lists) => PageAsync(http, lists, ListedKind.Historian, (t, _) => new ListedDataPoint(t)))
            .Needs(Role.Viewer).WithSummary("Data points of mining pools.");
        oip.MapGet("/historian/get/{id}", (HttpContext http, LedgerLists lists, string id) => ByIdAsync(http, lists, id, ListedKind.Historian, (t, _) => new ListedDataPoint(t)))
            .Needs(Role.Viewer).WithSummary("Data points by the first digits of their transaction.");
        oip.MapGet("/historian/24hr", (HttpContext http) => OldAnswers.ErrorAsync(http, StatusCodes.Status400BadRequest, "not implemented"))
            .Needs(Role.Viewer).WithSummary("Refused, as oipd refuses it.");
        oip.MapGet("/oip042/edit/get/{id}", EditAsync).Needs(Role.Viewer).WithSummary("An edit as it was published.");
        oip.MapGet("/oip042/edit/search", SearchEditsAsync).Needs(Role.Viewer).WithSummary("Edits that a query (q) finds.");
    }

    private static void Map(IEndpointRouteBuilder oip, string latest, string get, string search, string what, bool whole)
    {
        oip.MapGet(latest, (HttpContext http, LedgerLists lists) => PageAsync(http, lists, null, (t, l) => new ListedTransaction(t, l.Network, whole), coinbase: Coinbase(http)))
            .Needs(Role.Viewer).WithSummary($"The {what} of OIP, newest first.");
        oip.MapGet(get, (HttpContext http, LedgerLists lists, string id) => ByIdAsync(http, lists, id, null, (t, l) => new ListedTransaction(t, l.Network, whole)))
            .Needs(Role.Viewer).WithSummary($"The {what} by the first digits of their id.");
        oip.MapGet(search, (HttpContext http, LedgerLists lists) => PageAsync(http, lists, null, (t, l) => new ListedTransaction(t, l.Network, whole), withQuery: true, Coinbase(http)))
            .Needs(Role.Viewer).WithSummary($"The {what} that a query (q) finds.");
    }

    private static bool? Coinbase(HttpContext http) => http.Request.Query["coinbase"].ToString() is { Length: > 0 } asked ? ListParameters.IsYes(asked) : null;

    /// <summary>A page of one kind.</summary>
    public static async Task PageAsync(
        HttpContext http, LedgerLists lists, ListedKind? kind, Func<ChainTransaction, TransactionList, Listed> make, bool withQuery = false, bool? coinbase = null)
    {
        var list = await lists.TransactionsAsync(http.RequestAborted);
        await OldAnswers.ListAsync(http, lists, (request, ct) => list.Page(kind, coinbase, t => make(t, list), request, ct), withQuery);
    }

    /// <summary>Those of one kind whose id begins so.</summary>
    public static async Task ByIdAsync(HttpContext http, LedgerLists lists, string id, ListedKind? kind, Func<ChainTransaction, TransactionList, Listed> make)
    {
        if (!OipRecordEndpoints.IsId(id))
        {
            await OldAnswers.NotFoundAsync(http);
            return;
        }

        var list = await lists.TransactionsAsync(http.RequestAborted);
        var found = list.StartingWith(id.ToLowerInvariant()).Where(t => kind is null || t.Kind == kind || t.Holds == kind);
        await OldAnswers.ListAsync(http, lists, found.Select(t => make(t, list)));
    }

    private static async Task PartsAsync(HttpContext http, LedgerLists lists, string prefix, bool byGroup)
    {
        if (!OipRecordEndpoints.IsId(prefix))
        {
            await OldAnswers.NotFoundAsync(http);
            return;
        }

        var list = await lists.TransactionsAsync(http.RequestAborted);
        await OldAnswers.ListAsync(http, lists, list.Parts(TransactionList.GroupPrefix(prefix.ToLowerInvariant(), byGroup), byGroup, lists.TipTime));
    }

    private static async Task EditAsync(HttpContext http, LedgerLists lists, string id)
    {
        var records = await lists.RecordsAsync(http.RequestAborted);
        await ByIdAsync(http, lists, id.Length == 64 ? id : "-", ListedKind.Edit, (t, l) => new ListedEdit(t, l, records));
    }

    private static async Task SearchEditsAsync(HttpContext http, LedgerLists lists)
    {
        var records = await lists.RecordsAsync(http.RequestAborted);
        await PageAsync(http, lists, ListedKind.Edit, (t, l) => new ListedEdit(t, l, records), withQuery: true);
    }
}
