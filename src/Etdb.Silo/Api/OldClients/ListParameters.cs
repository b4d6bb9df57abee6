using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Etdb.Ledger.Listing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;
using Etdb.Ledger.Searching;
using Microsoft.AspNetCore.Http;

namespace Etdb.Silo.Api.OldClients;

/// <summary>
/// The parameters all lists of oipd share, read as it read them: what cannot be understood of <c>limit</c>, <c>page</c>, <c>after</c> and <c>sort</c> is passed over; a page
/// too deep and a query that cannot be read are refused.
/// </summary>
internal static class ListParameters
{
    public const int DefaultLimit = 10;
    private const int MostAfterChars = 4096;
    private const string TooDeep = "page limit exceeded, use 'after' instead of 'page' for deep queries";

    /// <summary>The request, or what is wrong with it.</summary>
    public static (ListRequest? Request, string? Problem) Read(IQueryCollection query, bool withQuery)
    {
        var after = After(query["after"].ToString());
        var limit = Number(query["limit"].ToString());
        var page = Number(query["page"].ToString()) ?? 0;
        var size = limit is null or < 0 ? DefaultLimit : limit.Value;
        var skip = limit is not (null or < 0) && page > 0 && after is null ? (page - 1) * size : 0;
        if (skip + size > ListRequest.MaxWindow)
        {
            return (null, TooDeep);
        }

        try
        {
            return (new ListRequest((int)skip, (int)size)
            {
                After = after,
                Sorts = Sorts(query["sort"].ToString()),
                Query = withQuery ? RecordQuery.Parse(query["q"].ToString()) : null,
            }, null);
        }
        catch (FormatException e)
        {
            return (null, $"invalid search request: {e.Message}");
        }
    }

    /// <summary>Yes as Go's daemons read it.</summary>
    public static bool IsYes(string text) => text is "1" or "t" or "T" or "true" or "TRUE" or "True";

    private static long? Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : text.Length > 9 && text.All(char.IsAsciiDigit) ? int.MaxValue : null;

    /// <summary>js-oip undoes only half of the escapes of <c>next</c> before it gives it back.</summary>
    private static ImmutableArray<JsonElement>? After(string text) =>
        text.Length is 0 or > MostAfterChars ? null : Values(text) ?? Values(Uri.UnescapeDataString(text));

    private static ImmutableArray<JsonElement>? Values(string text)
    {
        return OipJson.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var root) == OipReason.None
            && root.ValueKind == JsonValueKind.Array && root.GetArrayLength() is > 0 and <= ListRequest.MaxSorts + 2
            ? [.. root.EnumerateArray()]
            : null;
    }

    private static ImmutableArray<ListSort> Sorts(string text) =>
    [
        .. text.Split('$').Select(s => s.Split(':')).Where(s => s is [{ Length: > 0 and < 256 }, "a" or "d"] && s[0].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            .Select(s => new ListSort(s[0], s[1] == "a")).Take(ListRequest.MaxSorts),
    ];
}
