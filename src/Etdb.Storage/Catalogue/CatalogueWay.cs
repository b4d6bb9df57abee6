using System.Data.Common;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Catalogue;

/// <summary>
/// How a page of datasets is found without reading all of them. Where few datasets can match (a rare state, a small lab, a search) these are read
/// by their index and sorted; where many can, the order's own index is walked and each row checked, which finds a page soon because many match.
/// Which of the two it is decides a count that ends at a few thousand, or a figure the database keeps. Totals are exact up to that bound.
/// </summary>
internal sealed class CatalogueWay(DbConnection connection, CatalogueDialect dialect)
{
    /// <summary>Rows that are counted, or read and sorted, for one page at most.</summary>
    private const int Few = CatalogueDialect.MostFound;

    /// <summary>Decides.</summary>
    public async Task<Found> FindAsync(DatasetQuery query, CancellationToken ct)
    {
        var words = await dialect.WordQueryAsync(connection, query.Text, ct).ConfigureAwait(false);
        query = words is null ? query with { Text = null } : query;
        var (all, parameters) = Conditions(dialect, query, words, walked: null);
        var (total, atLeast) = await TotalAsync(query, all, parameters, ct).ConfigureAwait(false);
        if (query.Text is not null)
        {
            return new Found(dialect.ByIndex("dataset_slim"), all, parameters, total, atLeast);
        }

        foreach (var (value, column, index) in new[] { (query.Publisher, "publisher", "dataset_by_publisher"), (query.Species, "species", "dataset_by_species"), (query.State, "state", "dataset_by_cell") })
        {
            // A lab's and a species' lists are kept in the order of titles; others are short enough to be sorted, or are not read by their index.
            if (value is not null && query.Sort == DatasetSort.Title && dialect.KeepsTitles && column != "state")
            {
                return new Found(dialect.ByIndex(index), all, parameters, total, atLeast);
            }

            if (value is not null && await CountAsync($"select 1 from dataset d where d.{column} = @value", [("@value", value)], ct).ConfigureAwait(false) <= Few)
            {
                return new Found(dialect.ByIndex(index), all, parameters, total, atLeast);
            }
        }

        return new Found("", Conditions(dialect, query, words, walked: dialect.Unindexed).Where, parameters, total, atLeast);
    }

    /// <summary>The conditions of a query; <paramref name="words"/> is its text as the database's word query; <paramref name="walked"/> says how a column is named that must not lead to its index.</summary>
    public static (string Where, List<(string Name, object? Value)> Parameters) Conditions(
        CatalogueDialect dialect, DatasetQuery query, string? words, Func<string, string>? walked)
    {
        var conditions = new List<string>();
        var parameters = new List<(string Name, object? Value)>();
        void Add(string condition, string name, object? value)
        {
            if (value is not null)
            {
                conditions.Add(condition);
                parameters.Add((name, value));
            }
        }

        string Column(string name) => walked?.Invoke(name) ?? name;
        Add(dialect.HasWords, "@text", words);
        Add($"{Column("d.state")} = @state", "@state", query.State);
        Add($"{Column("d.publisher")} = @publisher", "@publisher", query.Publisher);
        Add($"{Column("d.species")} = @species", "@species", query.Species);
        Add("exists (select 1 from replica r where r.dataset = d.id and r.member = @member)", "@member", query.Member);
        Add("exists (select 1 from replica r where r.dataset = d.id and r.node = @node)", "@node", query.Node);
        return (conditions.Count == 0 ? "" : "where " + string.Join(" and ", conditions), parameters);
    }

    private async Task<(long Total, bool AtLeast)> TotalAsync(DatasetQuery query, string where, List<(string Name, object? Value)> parameters, CancellationToken ct)
    {
        var kept = (parameters.Count, query.State, query.Node) switch
        {
            (0, _, _) => CatalogueDialect.DatasetCount(ofState: false),
            (1, not null, _) => CatalogueDialect.DatasetCount(ofState: true),
            (1, _, not null) => CatalogueDialect.NodeDatasetCount,
            _ => null,
        };
        if (query.Text is not null && parameters.Count == 1 && dialect.FoundCount is { } found)
        {
            var matches = (long)(await connection.ScalarAsync(found, [.. parameters], ct).ConfigureAwait(false))!;
            return (Math.Min(matches, Few), matches > Few);
        }

        if (kept is not null)
        {
            return (Convert.ToInt64(await connection.ScalarAsync(kept, [.. parameters], ct).ConfigureAwait(false), System.Globalization.CultureInfo.InvariantCulture), false);
        }

        var counted = await CountAsync($"select 1 from dataset d {where}", parameters, ct).ConfigureAwait(false);
        return (Math.Min(counted, Few), counted > Few || (query.Text is not null && counted == Few));
    }

    private async Task<long> CountAsync(string rows, List<(string Name, object? Value)> parameters, CancellationToken ct) =>
        (long)(await connection.ScalarAsync($"select count(*) from ({rows} limit {Few + 1}) few", [.. parameters], ct).ConfigureAwait(false))!;

    /// <summary>What to read.</summary>
    /// <param name="From">To add to <c>from dataset d</c>.</param>
    /// <param name="Where">Conditions.</param>
    /// <param name="Parameters">Their values.</param>
    /// <param name="Total">How many match.</param>
    /// <param name="AtLeast">There may be more than that.</param>
    internal sealed record Found(string From, string Where, List<(string Name, object? Value)> Parameters, long Total, bool AtLeast);
}
