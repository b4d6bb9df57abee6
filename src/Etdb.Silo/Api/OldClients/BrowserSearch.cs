using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Domain.Access;
using Etdb.Ledger.Listing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;
using Etdb.Ledger.Searching;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Silo.Api.OldClients;

/// <summary>
/// <c>POST /search</c> of the daemon of 2018: <c>{"protocol","search-on","search-for","search-like"}</c>. A field is named by its last word, <c>*</c> is any, <c>address</c> the
/// publisher's; <c>search-like</c> looks for a part of a value, without it the whole is meant. Lists of fields and values (the browser's featured page) go together.
/// </summary>
internal static class BrowserSearch
{
    /// <summary>Most records of one answer, the newest.</summary>
    private const int MostFound = ListRequest.MaxWindow;

    private const int MostBodyBytes = 64 * 1024;
    private const int MostTerms = 16;
    private static readonly string[] Places = ["", "info.", "details.", "storage."];

    public static void Map(IEndpointRouteBuilder daemon) =>
        daemon.MapPost("/search", SearchAsync).NeedsToRead(Role.Viewer).WithSummary("Records or publishers by the value of a field.");

    /// <summary>The body, whatever its media type; null when it is no object or too long.</summary>
    public static async Task<JsonElement?> BodyAsync(HttpContext http)
    {
        var bytes = new byte[MostBodyBytes + 1];
        var length = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted);
        return length <= MostBodyBytes && OipJson.TryParse(bytes.AsSpan(0, length), out var body) == OipReason.None && body.ValueKind == JsonValueKind.Object ? body : null;
    }

    private static async Task SearchAsync(HttpContext http, LedgerLists lists)
    {
        if (await BodyAsync(http) is not { } body || Terms(body) is not { } terms)
        {
            await OldAnswers.ErrorAsync(
                http, StatusCodes.Status400BadRequest, $"search-for is missing, or the body is no JSON object of at most {MostBodyBytes} bytes with at most {MostTerms} values");
            return;
        }

        var list = await lists.RecordsAsync(http.RequestAborted);
        var protocol = Text(body, "protocol") ?? "media";
        if (protocol is "publisher" or "retailer" or "promoter")
        {
            var found = list.Registrations.Where(r => IsRole(r.Message.Role, protocol)).Select(BrowserEndpoints.Registration).Where(r => terms.TrueForAll(t => Matches(JsonSerializer.SerializeToElement(r), t)));
            await OldAnswers.JsonAsync(http, new JsonObject { ["status"] = "success", ["response"] = new JsonArray([.. found]) });
            return;
        }

        if (await lists.SearchAsync(() => Find(list, terms, http.RequestAborted), http.RequestAborted) is not { } records)
        {
            await OldAnswers.ErrorAsync(http, StatusCodes.Status503ServiceUnavailable, "too many searches at once, try again");
            return;
        }

        await OldAnswers.WriteAsync(http, async writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", "success");
            writer.WriteStartArray("response");
            await OldAnswers.EachAsync(http, writer, records, v => BrowserRecord.Write(writer, v, null));
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static List<ListedVersion> Find(RecordList list, List<Term> terms, CancellationToken ct)
    {
        var found = new List<ListedVersion>();
        foreach (var version in list.Latest.Take(ListRequest.MaxExamined))
        {
            ct.ThrowIfCancellationRequested();
            if (terms.TrueForAll(t => Matches(version, t)))
            {
                found.Add(version);
                if (found.Count == MostFound)
                {
                    break;
                }
            }
        }

        return found;
    }

    private static bool IsRole(string role, string protocol) => protocol switch
    {
        "publisher" => role == "pub",
        "retailer" => role is "retailer" or "platform",
        _ => role is "promoter" or "influencer",
    };

    /// <summary>Fields and values that go together; null without a value.</summary>
    private static List<Term>? Terms(JsonElement body)
    {
        var like = (Value(body, "search-like") ?? Value(body, "searchLike"))?.ValueKind != JsonValueKind.False;
        var values = Texts(Value(body, "search-for") ?? Value(body, "searchFor"));
        var fields = Texts(values.Count > 1 ? Value(body, "searchOn") ?? Value(body, "search-on") : Value(body, "search-on") ?? Value(body, "searchOn"));
        return values.Count is 0 or > MostTerms ? null : [.. values.Select((v, i) => new Term(i < fields.Count ? fields[i] : "*", v, like))];
    }

    private static List<string> Texts(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(OneText)],
        null => [],
        _ => [OneText(value.Value)],
    };

    private static string OneText(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static JsonElement? Value(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement body, string name) => Value(body, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static bool Matches(ListedVersion version, Term term)
    {
        switch (term.Field)
        {
            case "txid":
                return version.Record.Txid.StartsWith(term.Wanted, StringComparison.OrdinalIgnoreCase);
            case "address" or "publisher" or "floAddress":
                return term.Fits(version.Artifact.Address);
            default:
                using (var document = JsonDocument.Parse(version.Artifact.Json))
                {
                    return Matches(document.RootElement, term);
                }
        }
    }

    private static bool Matches(JsonElement document, Term term) => term.Field == "*"
        ? RecordQuery.Values(document, null).Any(term.Fits)
        : Array.Exists(Places, p => RecordQuery.Values(document, p + term.Field).Any(term.Fits));

    private sealed record Term(string Field, string Wanted, bool Like)
    {
        public bool Fits(string value) => Like ? value.Contains(Wanted, StringComparison.OrdinalIgnoreCase) : value.Trim().Equals(Wanted.Trim(), StringComparison.OrdinalIgnoreCase);
    }
}
