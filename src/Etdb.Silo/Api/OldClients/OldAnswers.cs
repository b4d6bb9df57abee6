using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Listing;
using Microsoft.AspNetCore.Http;

namespace Etdb.Silo.Api.OldClients;

/// <summary>Answers in the forms of oipd: its envelope, its errors, its plain 404. Lists are written one entry at a time.</summary>
internal static class OldAnswers
{
    private const int FlushBytes = 64 * 1024;
    private const string Json = "application/json";

    /// <summary>Takes the page that the parameters ask for and writes it.</summary>
    public static Task ListAsync(HttpContext context, LedgerLists lists, IEnumerable<Listed> newestFirst, bool withQuery = false)
        => ListAsync(context, lists, (request, ct) => ListScan.Take(newestFirst, request, ct), withQuery);

    /// <summary>The same from where pages come from by themselves.</summary>
    public static async Task ListAsync(HttpContext context, LedgerLists lists, Func<ListRequest, CancellationToken, ListPage> take, bool withQuery = false)
    {
        var (request, problem) = ListParameters.Read(context.Request.Query, withQuery);
        if (request is null)
        {
            await ErrorAsync(context, StatusCodes.Status400BadRequest, problem!);
            return;
        }

        if (await lists.TakeAsync(take, request, context.RequestAborted) is not { } page)
        {
            context.Response.Headers.RetryAfter = "10";
            await ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "too many searches at once, try again");
            return;
        }

        await EnvelopeAsync(context, page);
    }

    /// <summary><c>{"count","total","results","next"}</c>.</summary>
    public static Task EnvelopeAsync(HttpContext context, ListPage page) => WriteAsync(context, async writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("count", page.Entries.Count);
        writer.WriteNumber("total", page.Total);
        if (page.TotalIsAtLeast)
        {
            writer.WriteBoolean("totalIsAtLeast", true);
        }

        writer.WriteStartArray("results");
        await EachAsync(context, writer, page.Entries, entry => Raw(writer, entry.ToJson()));
        writer.WriteEndArray();
        writer.WriteString("next", Uri.EscapeDataString(page.Next));
        writer.WriteEndObject();
    });

    /// <summary>Any JSON.</summary>
    public static Task JsonAsync(HttpContext context, JsonNode node) => WriteAsync(context, writer =>
    {
        node.WriteTo(writer);
        return ValueTask.CompletedTask;
    });

    /// <summary>Writes JSON straight to the reader, indented when <c>pretty</c> asks for it.</summary>
    public static async Task WriteAsync(HttpContext context, Func<Utf8JsonWriter, ValueTask> write)
    {
        context.Response.ContentType = Json;
        var isPretty = ListParameters.IsYes(context.Request.Query["pretty"].ToString());
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = isPretty, IndentSize = 1 });
        await write(writer);
        await writer.FlushAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>Writes one after the other and hands them on in pieces, so that a long list is never held whole.</summary>
    public static async ValueTask EachAsync<T>(HttpContext context, Utf8JsonWriter writer, IEnumerable<T> entries, Action<T> write)
    {
        var sent = 0L;
        foreach (var entry in entries)
        {
            write(entry);
            if (writer.BytesCommitted + writer.BytesPending - sent > FlushBytes)
            {
                await writer.FlushAsync(context.RequestAborted);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
                sent = writer.BytesCommitted;
            }
        }
    }

    /// <summary>JSON that is there already, laid out as the rest.</summary>
    public static void Raw(Utf8JsonWriter writer, ReadOnlyMemory<byte> json)
    {
        if (!writer.Options.Indented)
        {
            writer.WriteRawValue(json.Span, skipInputValidation: true);
            return;
        }

        using var document = JsonDocument.Parse(json);
        document.RootElement.WriteTo(writer);
    }

    /// <summary><c>{"error":…}</c>.</summary>
    public static Task ErrorAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, new JsonObject { ["error"] = error });
    }

    /// <summary>What oipd says of a route it does not have.</summary>
    public static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync("404 not found", context.RequestAborted);
    }
}
