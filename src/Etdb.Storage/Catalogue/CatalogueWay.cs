using System.Data.Common;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Catalogue;

/// <summary>
/// How a page of datasets is found without reading all of them. Where few datasets can match (a rare state, a small lab, a search) these are read
/// by their index and sorted; where many can, the order's own index is walked and each row checked, which finds a page soon because many match.
/// Which of the two it is decides a count that ends at a thousand, or a figure the database keeps. Totals are exact up to that bound.
/// </summary>
internal sealed class CatalogueWay(DbConnection connection, CatalogueDialect dialect)
{
    /// <summary>Rows that are counted, or read and sorted, for one page at most.</summary>
    private const int Few = CatalogueDialect.MostFound;

    private const string Datasets = "dataset d";

    /// <summary>Decides.</summary>
    public async Task<Found> FindAsync(DatasetQuery query, CancellationToken ct)
    {
        var words = await dialect.WordQueryAsync(connection, query.Text, ct).ConfigureAwait(false);
        var (all, parameters) = Conditions(query, words, walked: null);
        if (words is not null)
        {
            return await SearchAsync(all, parameters, words, ct).ConfigureAwait(false);
        }

        if (await KeepersAsync(query, ct).ConfigureAwait(false) is { } keepers)
        {
            var few = await CountAsync($"select 1 from {keepers} {all}", parameters, ct).ConfigureAwait(false);
            return new Found(keepers, all, parameters, Math.Min(few, Few), few > Few);
        }

        var (total, atLeast) = await TotalAsync(query, all, parameters, ct).ConfigureAwait(false);
        foreach (var (value, column, index) in new[] { (query.Publisher, "publisher", "dataset_by_publisher"), (query.Species, "species", "dataset_by_species"), (query.State, "state", "dataset_by_cell") })
        {
            // A lab's and a species' lists are kept in the order of titles; others are short enough to be sorted, or are not read by their index.
            if (value is not null && query.Sort == DatasetSort.Title && dialect.KeepsTitles && column != "state")
            {
                return new Found(Datasets + dialect.ByIndex(index), all, parameters, total, atLeast);
            }

            if (value is not null && await CountAsync($"select 1 from dataset d where d.{column} = @value", [("@value", value)], ct).ConfigureAwait(false) <= Few)
            {
                return new Found(Datasets + dialect.ByIndex(index), all, parameters, total, atLeast);
            }
        }

        return new Found(Datasets, Conditions(query, words, walked: dialect.Unindexed).Where, parameters, total, atLeast);
    }

    /// <summary>The question for the facets of a query: kind, value, datasets. Without a condition they are kept; else they are counted among the first <see cref="Few"/> found.</summary>
    public async Task<(string Sql, List<(string Name, object? Value)> Parameters)> FacetsAsync(DatasetQuery query, CancellationToken ct)
    {
        var words = await dialect.WordQueryAsync(connection, query.Text, ct).ConfigureAwait(false);
        var (where, parameters) = Conditions(query, words, walked: null);
        if (parameters.Count == 0)
        {
            return (CatalogueDialect.KeptFacets, parameters);
        }

        var found = words is not null
            ? $"{dialect.Found(Few)} {where} limit {Few}"
            : dialect.Short($"select d.id from {await KeepersAsync(query, ct).ConfigureAwait(false) ?? Datasets} {where} limit {Few}");
        return ($"""
            with f as materialized (select {dialect.FacetColumns} from {found})
            select 'state', state, count(*) from f group by state
            union all select 'publisher', publisher, count(*) from f group by publisher
            union all select 'species', species, count(*) from f group by species
            union all {dialect.MemberFacets}
            """, parameters);
    }

    /// <summary>The conditions of a query; <paramref name="words"/> is its text as the database's word query; <paramref name="walked"/> says how a column is named that must not lead to its index.</summary>
    private static (string Where, List<(string Name, object? Value)> Parameters) Conditions(DatasetQuery query, string? words, Func<string, string>? walked)
    {
        var conditions = new List<string>();
        var parameters = new List<(string Name, object? Value)>();
        void Add(string? condition, string name, object? value)
        {
            if (value is not null)
            {
                parameters.Add((name, value));
                conditions.AddRange(condition is null ? [] : [condition]);
            }
        }

        string Column(string name) => walked?.Invoke(name) ?? name;
        Add(null, "@text", words); // Asked for where the rows come from.
        Add($"{Column("d.state")} = @state", "@state", query.State);
        Add($"{Column("d.publisher")} = @publisher", "@publisher", query.Publisher);
        Add($"{Column("d.species")} = @species", "@species", query.Species);
        Add("exists (select 1 from replica r where r.dataset = d.id and r.member = @member)", "@member", query.Member);
        Add("exists (select 1 from replica r where r.dataset = d.id and r.node = @node)", "@node", query.Node);
        return (conditions.Count == 0 ? "" : "where " + string.Join(" and ", conditions), parameters);
    }

    /// <summary>A search that was cut short at what it looks at has no exact total, however few of those the other conditions leave.</summary>
    private async Task<Found> SearchAsync(string where, List<(string Name, object? Value)> parameters, string words, CancellationToken ct)
    {
        if (dialect.FoundCount is not { } count)
        {
            return new Found(dialect.Found(Few + 1), where, parameters, 0, false, WithTotals: true);
        }

        var matches = (long)(await connection.ScalarAsync(count, [("@text", words)], ct).ConfigureAwait(false))!;
        var total = parameters.Count == 1 ? Math.Min(matches, Few) : await CountAsync($"select 1 from {dialect.Found(Few)} {where}", parameters, ct).ConfigureAwait(false);
        return new Found(dialect.Found(Few), where, parameters, total, matches > Few);
    }

    /// <summary>Where to read the datasets of a node or a member that keeps few: from its replicas. Null when it keeps many; then a page of its datasets is soon met on the way along any order.</summary>
    private async Task<string?> KeepersAsync(DatasetQuery query, CancellationToken ct)
    {
        if (query.Node is not null && await KeptAsync(CatalogueDialect.NodeDatasetCount, [("@node", query.Node)], ct).ConfigureAwait(false) <= Few)
        {
            return dialect.Of("select r.dataset as id from replica r where r.node = @node");
        }

        return query.Member is not null && await KeptAsync(CatalogueDialect.MemberDatasetCount, [("@member", query.Member)], ct).ConfigureAwait(false) <= Few
            ? dialect.Of("select distinct r.dataset as id from replica r where r.node in (select c.node from replica_count c where c.member = @member) and r.member = @member")
            : null;
    }

    private async Task<(long Total, bool AtLeast)> TotalAsync(DatasetQuery query, string where, List<(string Name, object? Value)> parameters, CancellationToken ct)
    {
        var kept = (parameters.Count, query.State, query.Node, query.Member) switch
        {
            (0, _, _, _) => CatalogueDialect.DatasetCount(ofState: false),
            (1, not null, _, _) => CatalogueDialect.DatasetCount(ofState: true),
            (1, _, not null, _) => CatalogueDialect.NodeDatasetCount,
            (1, _, _, not null) => CatalogueDialect.MemberDatasetCount,
            _ => null,
        };
        if (kept is not null)
        {
            return (await KeptAsync(kept, parameters, ct).ConfigureAwait(false), false);
        }

        var counted = await CountAsync($"select 1 from {Datasets} {where}", parameters, ct).ConfigureAwait(false);
        return (Math.Min(counted, Few), counted > Few);
    }

    private async Task<long> KeptAsync(string count, List<(string Name, object? Value)> parameters, CancellationToken ct) =>
        Convert.ToInt64(await connection.ScalarAsync(count, [.. parameters], ct).ConfigureAwait(false), System.Globalization.CultureInfo.InvariantCulture);

    private async Task<long> CountAsync(string rows, List<(string Name, object? Value)> parameters, CancellationToken ct) =>
        (long)(await connection.ScalarAsync($"select count(*) from ({rows} limit {Few + 1}) few", [.. parameters], ct).ConfigureAwait(false))!;

    /// <summary>What to read.</summary>
    /// <param name="From">What follows <c>from</c>; the dataset is <c>d</c>.</param>
    /// <param name="Where">Conditions.</param>
    /// <param name="Parameters">Their values.</param>
    /// <param name="Total">How many match.</param>
    /// <param name="AtLeast">There may be more than that.</param>
    /// <param name="WithTotals"><paramref name="From"/> gives one more than is looked at; how many match is told with the page.</param>
    internal sealed record Found(string From, string Where, List<(string Name, object? Value)> Parameters, long Total, bool AtLeast, bool WithTotals = false);
}
