using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Searching;

namespace Etdb.Ledger.Listing;

/// <summary>
/// Takes a page from a list that comes newest first. Without query and order of its own it only counts; else each document is looked into, one at a time, and of what is found
/// the sort values alone are kept.
/// </summary>
public static class ListScan
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Takes the page.</summary>
    public static ListPage Take(IEnumerable<Listed> newestFirst, ListRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(newestFirst);
        ArgumentNullException.ThrowIfNull(request);
        return request.IsSearch ? Search(newestFirst, request, cancellationToken) : Count(newestFirst, request, cancellationToken);
    }

    private static ListPage Count(IEnumerable<Listed> newestFirst, ListRequest request, CancellationToken cancellationToken)
    {
        var page = new List<Listed>();
        var (total, passed) = (0L, 0L);
        foreach (var entry in newestFirst)
        {
            if (++total % 4096 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (page.Count == request.Limit || (request.After is { } after && CompareToAfter(new Found(entry, []), after, request) <= 0))
            {
                continue;
            }

            if (request.After is not null || ++passed > request.Skip)
            {
                page.Add(entry);
            }
        }

        return new ListPage(page, total, false, Next(page.Count == 0 ? null : new Found(page[^1], [])));
    }

    private static ListPage Search(IEnumerable<Listed> newestFirst, ListRequest request, CancellationToken cancellationToken)
    {
        var found = new List<Found>();
        var examined = 0;
        var isCut = false;
        foreach (var entry in newestFirst)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (examined++ == ListRequest.MaxExamined)
            {
                isCut = true;
                break;
            }

            using var document = JsonDocument.Parse(entry.ToJson());
            if (request.Query?.Matches(document.RootElement) != false)
            {
                found.Add(new Found(entry, [.. request.Sorts.Select(s => SortValue.Of(QueryDocument.First(document.RootElement, s.Field)))]));
            }
        }

        if (!request.Sorts.IsEmpty)
        {
            found.Sort((a, b) => Compare(a, b, request));
        }

        var rest = request.After is { } after ? found.SkipWhile(f => CompareToAfter(f, after, request) <= 0) : found.Skip(request.Skip);
        var page = rest.Take(request.Limit).ToList();
        return new ListPage([.. page.Select(f => f.Entry)], found.Count, isCut, Next(page.Count == 0 ? null : page[^1]));
    }

    private static int Compare(Found a, Found b, ListRequest request)
    {
        for (var i = 0; i < request.Sorts.Length; i++)
        {
            if (SortValue.Compare(a.Values[i], b.Values[i], request.Sorts[i].Ascending) is not 0 and var order)
            {
                return order;
            }
        }

        return Listed.Compare(a.Entry, b.Entry);
    }

    /// <summary>Below or at 0 for what was shown already. A list of values that ends early passes over everything that agrees with it, as Elasticsearch does.</summary>
    private static int CompareToAfter(Found found, IReadOnlyList<JsonElement> after, ListRequest request)
    {
        for (var i = 0; i < after.Count; i++)
        {
            var theirs = SortValue.Of(after[i]);
            var field = i - request.Sorts.Length;
            var order = field switch
            {
                < 0 => SortValue.Compare(found.Values[i], theirs, request.Sorts[i].Ascending),
                0 => SortValue.Compare(new SortValue(found.Entry.Time, null), theirs, ascending: false),
                1 => SortValue.Compare(new SortValue(null, found.Entry.Txid), theirs, ascending: true),
                _ => 0,
            };
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    private static string Next(Found? last) => last is null ? "" : new JsonArray(
        [.. last.Values.Select(v => v.ToNode()), JsonValue.Create(last.Entry.Time), JsonValue.Create(last.Entry.Txid)]).ToJsonString(Plain);

    private sealed record Found(Listed Entry, SortValue[] Values);
}
