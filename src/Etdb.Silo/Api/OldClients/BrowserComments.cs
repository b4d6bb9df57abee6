using System.Text.Json;
using Etdb.Domain.Access;
using Etdb.Ledger.Listing;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Silo.Api.OldClients;

/// <summary><c>POST /searchTxComment</c> of the daemon of 2018: <c>{"search","page","results-per-page"}</c> gives <c>[{"Hash","Message"}]</c>, newest first; pages count from 0.</summary>
internal static class BrowserComments
{
    private const int DefaultResults = 30;

    public static void Map(IEndpointRouteBuilder daemon) =>
        daemon.MapPost("/searchTxComment", SearchAsync).NeedsToRead(Role.Viewer).WithSummary("Comments that hold a text.");

    private static async Task SearchAsync(HttpContext http, LedgerLists lists)
    {
        if (await BrowserSearch.BodyAsync(http) is not { } body || !body.TryGetProperty("search", out var search) || search.ValueKind != JsonValueKind.String || search.GetString() is not { Length: > 0 } wanted)
        {
            await OldAnswers.ErrorAsync(http, StatusCodes.Status400BadRequest, "search is missing");
            return;
        }

        var size = Math.Min(Number(body, "results-per-page") is > 0 and var asked ? asked : DefaultResults, ListRequest.MaxWindow);
        var skip = Math.Min((long)Number(body, "page") * size, ListRequest.MaxExamined);
        var list = await lists.TransactionsAsync(http.RequestAborted);
        var found = await lists.SearchAsync(() => list.Holding(wanted, (int)skip, size, http.RequestAborted), http.RequestAborted);
        if (found is null)
        {
            await OldAnswers.ErrorAsync(http, StatusCodes.Status503ServiceUnavailable, "too many searches at once, try again");
            return;
        }

        await OldAnswers.WriteAsync(http, async writer =>
        {
            writer.WriteStartArray();
            await OldAnswers.EachAsync(http, writer, found, comment =>
            {
                writer.WriteStartObject();
                writer.WriteString("Hash", comment.Txid);
                writer.WriteString("Message", comment.Text);
                writer.WriteEndObject();
            });
            writer.WriteEndArray();
        });
    }

    private static int Number(JsonElement body, string name) => !body.TryGetProperty(name, out var value) ? 0 : value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt32(out var number) ? Math.Max(0, number) : 0,
        JsonValueKind.String => int.TryParse(value.GetString(), out var number) ? Math.Max(0, number) : 0,
        _ => 0,
    };
}
