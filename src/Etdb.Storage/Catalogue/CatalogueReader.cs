using System.Data.Common;
using System.Text.Json;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Catalogue;

/// <summary>Answers catalogue questions from one read connection to either database. Not for concurrent callers.</summary>
internal sealed class CatalogueReader(DbConnection connection, CatalogueDialect dialect) : IDisposable
{
    private const string DatasetColumns = """
        d.id, d.version, d.title, d.publisher, d.root, d.state, d.target, d.floor, d.most, d.distinct_by, d.healthy, d.retrievable, d.bytes, d.risk,
        d.record_version, d.latest_txid, d.height, d.record_time, d.content_proven, d.artifact, d.updated_at, d.species, p.alias
        """;

    private const int AfterColumns = 23;
    private const int ShortestPrefix = 6;
    private const int MostPlaces = 5_000;
    private const int MostFacets = 20;
    private const int MostHistory = 500;

    public void Dispose() => connection.Dispose();

    public async Task<CatalogueHealth> HealthAsync(DateTimeOffset now, CancellationToken ct)
    {
        var matrix = await connection.QueryAsync(
            dialect.Matrix,
            [],
            r => (State: r.GetString(0), Healthy: r.GetInt32(1), Retrievable: r.GetInt32(2), Count: r.GetInt64(3), Example: r.GetString(4), Bytes: r.GetInt64(5), Risk: r.GetDouble(6)),
            ct).ConfigureAwait(false);
        var hour = now.ToUnixTimeSeconds() / 3600;
        var replicas = await connection.QueryAsync(
            CatalogueDialect.ReplicaAges,
            [],
            r => (State: r.GetString(0), Age: AgeOf(r.GetInt64(1), hour), Count: r.GetInt64(2), Bytes: r.GetInt64(3)),
            ct).ConfigureAwait(false);
        return new CatalogueHealth(
            Sum(matrix, m => m.State, m => m.Count),
            Sum(replicas, r => r.State, r => r.Count),
            [.. matrix.GroupBy(m => (m.Healthy, m.Retrievable)).OrderByDescending(g => g.Key).Select(g => (g.Key.Healthy, g.Key.Retrievable, g.Sum(m => m.Count), g.First().Example))],
            matrix.Sum(m => m.Bytes),
            replicas.Where(r => r.State == "verified").Sum(r => r.Bytes),
            matrix.Sum(m => m.Risk),
            [.. Enumerable.Range(1, 5).Select(age => replicas.Where(r => r.State == "verified" && r.Age == age).Sum(r => r.Count))]);
    }

    /// <summary>Which of the five ages (≤ 1, 7, 30, 90 days, older) a proof of that hour has; 0 when there is none.</summary>
    private static int AgeOf(long hour, long now) => hour < 0 ? 0 : (now - hour) switch
    {
        <= 24 => 1,
        <= 7 * 24 => 2,
        <= 30 * 24 => 3,
        <= 90 * 24 => 4,
        _ => 5,
    };

    public async Task<DatasetPage> DatasetsAsync(DatasetQuery query, CancellationToken ct)
    {
        var (column, descending) = query.Sort switch
        {
            DatasetSort.Updated => ("d.updated_at", true),
            DatasetSort.Risk => ("d.risk", true),
            DatasetSort.Bytes => ("d.bytes", true),
            _ => ("d.title", false),
        };
        var way = await new CatalogueWay(connection, dialect).FindAsync(query, ct).ConfigureAwait(false);
        var (where, parameters) = (way.Where, way.Parameters);
        var limit = Math.Clamp(query.Limit, 1, 500);
        var key = query.Sort == DatasetSort.Title ? dialect.TitleOrder(column) : column;
        if (query.Cursor is not null)
        {
            var (from, id) = CatalogueCursor.Read(query.Cursor, query.Sort);
            var place = query.Sort == DatasetSort.Title ? dialect.TitleOrder("@key") : "@key";
            // Not as a row value: SQLite uses no index for one that has a collation, and a deep page would read all before it.
            var (beyond, past) = descending ? ("<=", "<") : (">=", ">");
            where += $"{(where.Length == 0 ? "where" : " and")} {key} {beyond} {place} and ({key} {past} {place} or d.id {past} @id)";
            parameters.Add(("@key", from));
            parameters.Add(("@id", id));
        }

        var order = (By: key, Direction: descending ? "desc" : "asc");
        var (items, total, atLeast) = way.WithTotals
            ? await SearchAsync(way, where, order, limit, ct).ConfigureAwait(false)
            : (await ListAsync(way, where, order, limit, ct).ConfigureAwait(false), way.Total, way.AtLeast);
        var next = items.Count > limit ? CatalogueCursor.Write(query.Sort, items[limit - 1].Dataset) : null;
        return new DatasetPage(items.Count > limit ? items.GetRange(0, limit) : items, next, total, atLeast);
    }

    private async Task<List<DatasetListing>> ListAsync(CatalogueWay.Found way, string where, (string By, string Direction) sorted, int limit, CancellationToken ct)
    {
        // The page is found by ids, which the indexes hold, and only its own rows are read: a row is larger than most of its neighbours' keys together.
        var order = $"order by {sorted.By} {sorted.Direction}, d.id {sorted.Direction}";
        return await connection.QueryAsync(
            $"""
            select {DatasetColumns} from (select d.id from {way.From} {where} {order} limit {limit + 1}) k
            join dataset d on d.id = k.id left join publisher p on p.address = d.publisher {order}
            """,
            [.. way.Parameters],
            ReadListing,
            ct).ConfigureAwait(false);
    }

    /// <summary>A page of a search with its totals: the word index is asked once. A search that was cut short at what it looks at has no exact total, however few of those the conditions leave.</summary>
    private async Task<(List<DatasetListing> Items, long Total, bool AtLeast)> SearchAsync(
        CatalogueWay.Found way, string where, (string By, string Direction) sorted, int limit, CancellationToken ct)
    {
        var order = $"order by {sorted.By} {sorted.Direction}, d.id {sorted.Direction}";
        var looked = $"(select * from f limit {CatalogueDialect.MostFound}) d";
        var rows = await connection.QueryAsync(
            $"""
            with f as materialized (select d.* from {way.From}),
              n as (select (select count(*) from f) as matches, (select count(*) from {looked} {way.Where}) as total)
            select {DatasetColumns}, n.matches, n.total from n left join (select d.id from {looked} {where} {order} limit {limit + 1}) k on true
            left join dataset d on d.id = k.id left join publisher p on p.address = d.publisher {order}
            """,
            [.. way.Parameters],
            r => (Item: r.IsDBNull(0) ? null : ReadListing(r), Matches: r.GetInt64(AfterColumns), Total: r.GetInt64(AfterColumns + 1)),
            ct).ConfigureAwait(false);
        return ([.. rows.Select(r => r.Item).OfType<DatasetListing>()], rows[0].Total, rows[0].Matches > CatalogueDialect.MostFound);
    }

    public async Task<DatasetChanged?> DatasetAsync(string id, CancellationToken ct)
    {
        var found = await connection.QueryAsync(
            $"select {DatasetColumns} from dataset d left join publisher p on p.address = d.publisher where d.id >= @id and d.id < @id || 'g' order by d.id limit 2",
            [("@id", id)],
            ReadListing,
            ct).ConfigureAwait(false);
        if (id.Length < ShortestPrefix || found.Count != 1)
        {
            return null;
        }

        id = found[0].Dataset.Id;

        var replicas = await connection.QueryAsync(
            "select node, member, state, counts, since, verified_at, verified_blocks, verified_full, why from replica where dataset = @id order by node",
            [("@id", id)],
            ReadReplica,
            ct).ConfigureAwait(false);
        return new DatasetChanged(found[0].Dataset, replicas);
    }

    public async Task<IReadOnlyList<DatasetPlaces>> PlacesAsync(string? after, string? node, int limit, CancellationToken ct)
    {
        const string Chosen = """
            (select id, root, state, target, floor, most, distinct_by, bytes, updated_at from dataset
             where id > @after and (cast(@node as text) is null or id in (select dataset from replica where node = @node)) order by id limit @limit)
            """;
        (string Name, object? Value)[] parameters = [("@after", after ?? ""), ("@node", node), ("@limit", Math.Clamp(limit, 1, MostPlaces))];
        var replicas = (await connection.QueryAsync(
            $"select r.node, r.member, r.state, r.counts, r.since, r.verified_at, r.verified_blocks, r.verified_full, r.why, r.dataset from {Chosen} d join replica r on r.dataset = d.id order by r.dataset, r.node",
            parameters,
            r => (Dataset: r.GetString(9), Row: ReadReplica(r)),
            ct).ConfigureAwait(false)).ToLookup(r => r.Dataset, r => r.Row, StringComparer.Ordinal);
        return await connection.QueryAsync(
            $"select * from {Chosen} d order by id",
            parameters,
            r => new DatasetPlaces(
                r.GetString(0), r.TextOrNull(1), r.GetString(2), r.GetInt32(3), r.GetInt32(4), r.GetInt32(5), r.GetString(6), r.GetInt64(7), r.Time(8), [.. replicas[r.GetString(0)]]),
            ct).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<StoryRow>> StoryAsync(string dataset, long? before, int limit, CancellationToken ct) => await connection.QueryAsync(
        "select dataset, sequence, at, kind, text, node from story where dataset = @dataset and sequence < @before order by sequence desc limit @limit",
        [("@dataset", dataset), ("@before", before ?? long.MaxValue), ("@limit", limit)],
        r => new StoryRow(r.GetString(0), r.GetInt64(1), r.Time(2), r.GetString(3), r.GetString(4), r.TextOrNull(5)),
        ct).ConfigureAwait(false);

    public async Task<IReadOnlyList<NodeSummary>> NodesAsync(CancellationToken ct)
    {
        var counts = await connection.QueryAsync(
            CatalogueDialect.NodeCounts, [], r => (Node: r.GetString(0), State: r.GetString(1), Count: r.GetInt64(2)), ct).ConfigureAwait(false);
        var byNode = counts.GroupBy(c => c.Node, StringComparer.Ordinal).ToDictionary(g => g.Key, g => Sum(g, c => c.State, c => c.Count), StringComparer.Ordinal);
        return await connection.QueryAsync(
            """
            select id, version, member, site, country, state, since, agent, capacity, used, last_probe_at, queued_pins, queued_audits, problem, rpc, gateway
            from node order by id
            """,
            [],
            r => new NodeSummary(
                new NodeRow(
                    r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.Time(6), r.TextOrNull(7), r.LongOrNull(8), r.LongOrNull(9),
                    r.TimeOrNull(10), r.GetInt32(11), r.GetInt32(12), r.TextOrNull(13), r.GetString(14), r.TextOrNull(15)),
                byNode.GetValueOrDefault(r.GetString(0)) ?? []),
            ct).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<MemberSummary>> MembersAsync(CancellationToken ct)
    {
        var nodes = await NodesAsync(ct).ConfigureAwait(false);
        return await connection.QueryAsync(
            "select id, version, name, country, state, pledge, contact from member order by name, id",
            [],
            r =>
            {
                var member = new MemberRow(r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.LongOrNull(5), r.TextOrNull(6));
                var own = nodes.Where(n => n.Node.Member == member.Id).ToList();
                return new MemberSummary(member, [.. own.Select(n => n.Node.Id)], own.Sum(n => n.Node.UsedBytes ?? 0), own.Sum(n => n.Replicas.Values.Sum()));
            },
            ct).ConfigureAwait(false);
    }

    public async Task<(IReadOnlyList<(RepairRow Repair, string Title)> Items, long Total)> RepairsAsync(int limit, CancellationToken ct)
    {
        var items = await connection.QueryAsync(
            """
            select r.dataset, r.node, r.kind, r.version, r.phase, r.sources, r.level, r.risk, r.blocks, r.bytes, r.total_bytes, r.since, r.attempts, r.cause, r.next_at, coalesce(d.title, '')
            from repair r left join dataset d on d.id = r.dataset order by r.level, r.risk desc, r.since limit @limit
            """,
            [("@limit", limit)],
            r => (ReadRepair(r), r.GetString(15)),
            ct).ConfigureAwait(false);
        var total = (long)(await connection.ScalarAsync("select count(*) from repair", [], ct).ConfigureAwait(false))!;
        return (items, total);
    }

    public async Task<IReadOnlyList<IncidentRow>> IncidentsAsync(int limit, CancellationToken ct) => await connection.QueryAsync(
        "select id, version, kind, node, member, opened_at, last_good_at, healed_at, datasets, bytes_reseeded, text from incident order by opened_at desc, id desc limit @limit",
        [("@limit", limit)],
        r => new IncidentRow(
            r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.Time(5), r.TimeOrNull(6), r.TimeOrNull(7), r.GetInt32(8), r.GetInt64(9), r.GetString(10)),
        ct).ConfigureAwait(false);

    public async Task<CatalogueFacets> FacetsAsync(DatasetQuery query, CancellationToken ct)
    {
        var (sql, parameters) = await new CatalogueWay(connection, dialect).FacetsAsync(query, ct).ConfigureAwait(false);
        var rows = await connection.QueryAsync(sql, [.. parameters], r => (Kind: r.GetString(0), Facet: new FacetCount(r.GetString(1), r.GetInt64(2))), ct).ConfigureAwait(false);
        List<FacetCount> Of(string kind) =>
            [.. rows.Where(r => r.Kind == kind).Select(r => r.Facet).OrderByDescending(f => f.Count).ThenBy(f => f.Value, StringComparer.Ordinal).Take(MostFacets)];
        var looked = parameters.Count == 0 ? 0 : rows.Where(r => r.Kind == "state").Sum(r => r.Facet.Count);
        return new CatalogueFacets(Of("state"), Of("publisher"), Of("species"), Of("member"), looked >= CatalogueDialect.MostFound);
    }

    public async Task<IReadOnlyList<ObservationRow>> ObservationsAsync(string? node, DateTimeOffset? before, int limit, CancellationToken ct) => await connection.QueryAsync(
        """
        select node, at, kind, dataset, outcome, detail from observation
        where (cast(@node as text) is null or node = @node) and at < @before order by at desc, node, kind, dataset limit @limit
        """,
        [("@node", node), ("@before", before?.ToUnixTimeMilliseconds() ?? long.MaxValue), ("@limit", Math.Clamp(limit, 1, MostHistory))],
        r => new ObservationRow(r.GetString(0), r.Time(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5)),
        ct).ConfigureAwait(false);

    public async Task<IReadOnlyList<EndedRepair>> EndedRepairsAsync(string? dataset, int limit, CancellationToken ct) => await connection.QueryAsync(
        """
        select dataset, node, kind, version, phase, sources, level, risk, blocks, bytes, total_bytes, since, attempts, cause, null, ended_at from repair_done
        where cast(@dataset as text) is null or dataset = @dataset order by ended_at desc, dataset, node, kind, version desc limit @limit
        """,
        [("@dataset", dataset), ("@limit", Math.Clamp(limit, 1, MostHistory))],
        r => new EndedRepair(ReadRepair(r), r.Time(15)),
        ct).ConfigureAwait(false);

    public async Task<IReadOnlyList<PublisherRow>> PublishersAsync(CancellationToken ct) => await connection.QueryAsync(
        "select address, version, alias, pending, updated_at from publisher order by address",
        [],
        r => new PublisherRow(r.GetString(0), r.GetInt64(1), r.TextOrNull(2), r.GetInt32(3), r.Time(4)),
        ct).ConfigureAwait(false);

    private static RepairRow ReadRepair(DbDataReader r) => new(
        r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt64(3), r.GetString(4), JsonSerializer.Deserialize<string[]>(r.GetString(5)) ?? [], r.GetInt32(6), r.GetDouble(7),
        r.GetInt64(8), r.GetInt64(9), r.GetInt64(10), r.Time(11), r.GetInt32(12), r.TextOrNull(13), r.TimeOrNull(14));

    internal static ReplicaRow ReadReplica(DbDataReader r)
        => new(r.GetString(0), r.GetString(1), r.GetString(2), r.GetBoolean(3), r.Time(4), r.TimeOrNull(5), r.GetInt64(6), r.GetBoolean(7), r.TextOrNull(8));

    private static DatasetListing ReadListing(DbDataReader r) => new(
        new DatasetRow(
            r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.TextOrNull(4), r.GetString(5), r.GetInt32(6), r.GetInt32(7), r.GetInt32(8), r.GetString(9),
            r.GetInt32(10), r.GetInt32(11), r.GetInt64(12), r.GetDouble(13), r.GetInt32(14), r.GetString(15), r.GetInt64(16), r.GetInt64(17), r.GetBoolean(18),
            r.GetString(19), r.Time(20)),
        r.GetString(21),
        r.TextOrNull(22));

    private static Dictionary<string, long> Sum<T>(IEnumerable<T> rows, Func<T, string> key, Func<T, long> count)
        => rows.GroupBy(key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(count), StringComparer.Ordinal);
}
