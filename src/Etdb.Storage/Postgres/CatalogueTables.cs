using System.Text.Json;
using Etdb.Storage.Catalogue;

namespace Etdb.Storage.Postgres;

/// <summary>For each catalogue table, the statement that takes a JSON array of rows (<c>@rows</c>), and rows as its columns want them.</summary>
internal static class CatalogueTables
{
    // An older version never overwrites a newer one: "where excluded.version >= version" on every upsert.
    public const string Dataset = """
        insert into dataset as t (id, version, title, publisher, root, state, target, floor, most, distinct_by, healthy, retrievable, bytes, risk,
          record_version, latest_txid, height, record_time, content_proven, artifact, species, updated_at)
        select * from json_to_recordset(@rows::json) as x (id text, version bigint, title text, publisher text, root text, state text, target int, floor int, most int,
          distinct_by text, healthy int, retrievable int, bytes bigint, risk double precision, record_version int, latest_txid text, height bigint, record_time bigint,
          content_proven boolean, artifact text, species text, updated_at bigint)
        on conflict (id) do update set version = excluded.version, title = excluded.title, publisher = excluded.publisher, root = excluded.root, state = excluded.state,
          target = excluded.target, floor = excluded.floor, most = excluded.most, distinct_by = excluded.distinct_by, healthy = excluded.healthy,
          retrievable = excluded.retrievable, bytes = excluded.bytes, risk = excluded.risk, record_version = excluded.record_version, latest_txid = excluded.latest_txid,
          height = excluded.height, record_time = excluded.record_time, content_proven = excluded.content_proven, artifact = excluded.artifact,
          species = excluded.species, updated_at = excluded.updated_at
        where excluded.version >= t.version returning t.id
        """;

    public const string Text = """
        insert into dataset_text as t (id, words)
        select id, array_to_tsvector(array_remove(string_to_array(etdb_fold(words), ' '), '')) from json_to_recordset(@rows::json) as x (id text, words text)
        on conflict (id) do update set words = excluded.words where t.words <> excluded.words
        """;

    public const string Replica = """
        insert into replica as t (dataset, node, member, state, counts, since, verified_at, verified_blocks, verified_full, why)
        select * from json_to_recordset(@rows::json) as x (dataset text, node text, member text, state text, counts boolean, since bigint, verified_at bigint,
          verified_blocks bigint, verified_full boolean, why text)
        on conflict (dataset, node) do update set state = excluded.state, counts = excluded.counts, since = excluded.since, verified_at = excluded.verified_at,
          verified_blocks = excluded.verified_blocks, verified_full = excluded.verified_full, why = excluded.why
        where (t.state, t.counts, t.since, t.verified_at, t.verified_blocks, t.verified_full, t.why)
          is distinct from (excluded.state, excluded.counts, excluded.since, excluded.verified_at, excluded.verified_blocks, excluded.verified_full, excluded.why)
        """;

    // A node that went to another member is a row gone and a row new: the members' facets are kept by what comes and goes.
    public const string ReplicaGone = """
        delete from replica t where t.dataset = any(@ids) and not exists (
          select 1 from json_to_recordset(@rows::json) as x (dataset text, node text, member text) where x.dataset = t.dataset and x.node = t.node and x.member = t.member)
        """;

    public const string Node = """
        insert into node as t (id, version, member, site, country, state, since, agent, capacity, used, last_probe_at, queued_pins, queued_audits, problem, rpc, gateway)
        select * from json_to_recordset(@rows::json) as x (id text, version bigint, member text, site text, country text, state text, since bigint, agent text,
          capacity bigint, used bigint, last_probe_at bigint, queued_pins int, queued_audits int, problem text, rpc text, gateway text)
        on conflict (id) do update set version = excluded.version, member = excluded.member, site = excluded.site, country = excluded.country, state = excluded.state,
          since = excluded.since, agent = excluded.agent, capacity = excluded.capacity, used = excluded.used, last_probe_at = excluded.last_probe_at,
          queued_pins = excluded.queued_pins, queued_audits = excluded.queued_audits, problem = excluded.problem, rpc = excluded.rpc, gateway = excluded.gateway
        where excluded.version >= t.version
        """;

    public const string Member = """
        insert into member as t (id, version, name, country, state, pledge, contact)
        select * from json_to_recordset(@rows::json) as x (id text, version bigint, name text, country text, state text, pledge bigint, contact text)
        on conflict (id) do update set version = excluded.version, name = excluded.name, country = excluded.country, state = excluded.state,
          pledge = excluded.pledge, contact = excluded.contact
        where excluded.version >= t.version
        """;

    public const string Publisher = """
        insert into publisher as t (address, version, alias, pending, updated_at)
        select * from json_to_recordset(@rows::json) as x (address text, version bigint, alias text, pending int, updated_at bigint)
        on conflict (address) do update set version = excluded.version, alias = excluded.alias, pending = excluded.pending, updated_at = excluded.updated_at
        where excluded.version >= t.version
        """;

    public const string Incident = """
        insert into incident as t (id, version, kind, node, member, opened_at, last_good_at, healed_at, datasets, bytes_reseeded, text)
        select * from json_to_recordset(@rows::json) as x (id text, version bigint, kind text, node text, member text, opened_at bigint, last_good_at bigint,
          healed_at bigint, datasets int, bytes_reseeded bigint, text text)
        on conflict (id) do update set version = excluded.version, kind = excluded.kind, opened_at = excluded.opened_at, last_good_at = excluded.last_good_at,
          healed_at = excluded.healed_at, datasets = excluded.datasets, bytes_reseeded = excluded.bytes_reseeded, text = excluded.text
        where excluded.version >= t.version
        """;

    public const string RepairDone = $"""
        insert into repair_done (dataset, node, kind, version, phase, sources, level, risk, blocks, bytes, total_bytes, since, attempts, cause, ended_at)
        select dataset, node, kind, version, phase, sources, level, risk, blocks, bytes, total_bytes, since, attempts, cause, ended_at from {RepairRows}
        on conflict do nothing
        """;

    public const string RepairGone = $"""
        delete from repair t using {RepairRows} where t.dataset = x.dataset and t.node = x.node and t.kind = x.kind and t.version <= x.version
        """;

    // A late word about work that has ended must not bring it back.
    public const string Repair = $"""
        insert into repair as t (dataset, node, kind, version, phase, sources, level, risk, blocks, bytes, total_bytes, since, attempts, cause, next_at)
        select dataset, node, kind, version, phase, sources, level, risk, blocks, bytes, total_bytes, since, attempts, cause, next_at from {RepairRows}
        where not exists (select 1 from repair_done e where e.dataset = x.dataset and e.node = x.node and e.kind = x.kind and e.version >= x.version)
        on conflict (dataset, node, kind) do update set version = excluded.version, phase = excluded.phase, sources = excluded.sources, level = excluded.level,
          risk = excluded.risk, blocks = excluded.blocks, bytes = excluded.bytes, total_bytes = excluded.total_bytes, since = excluded.since,
          attempts = excluded.attempts, cause = excluded.cause, next_at = excluded.next_at
        where excluded.version >= t.version
        """;

    public const string Story = """
        insert into story (dataset, sequence, at, kind, text, node)
        select * from json_to_recordset(@rows::json) as x (dataset text, sequence bigint, at bigint, kind text, text text, node text)
        on conflict do nothing
        """;

    public const string Observation = """
        insert into observation (node, at, kind, dataset, outcome, detail)
        select * from json_to_recordset(@rows::json) as x (node text, at bigint, kind text, dataset text, outcome text, detail text)
        on conflict do nothing
        """;

    private const string RepairRows = """
        json_to_recordset(@rows::json) as x (dataset text, node text, kind text, version bigint, phase text, sources text, level int, risk double precision,
          blocks bigint, bytes bigint, total_bytes bigint, since bigint, attempts int, cause text, next_at bigint, ended_at bigint)
        """;

    public static object Row(DatasetRow d, string species) => new
    {
        id = d.Id, version = d.Version, title = d.Title, publisher = d.Publisher, root = d.Root, state = d.State, target = d.Target, floor = d.Floor, most = d.Most,
        distinct_by = d.DistinctBy, healthy = d.HealthyReplicas, retrievable = d.RetrievableReplicas, bytes = d.Bytes, risk = d.Risk, record_version = d.RecordVersion,
        latest_txid = d.LatestTxid, height = d.Height, record_time = d.RecordTime, content_proven = d.ContentProven, artifact = d.ArtifactJson, species,
        updated_at = Ms(d.UpdatedAt),
    };

    public static object Words(DatasetRow d, string words) => new { id = d.Id, words = string.Join(' ', SearchWords.Of(string.Join('\n', d.Title, words, d.Publisher))) };

    public static object Row(string dataset, ReplicaRow r) => new
    {
        dataset, node = r.Node, member = r.Member, state = r.State, counts = r.Counts, since = Ms(r.Since), verified_at = Ms(r.VerifiedAt), verified_blocks = r.VerifiedBlocks,
        verified_full = r.VerifiedFull, why = r.Why,
    };

    public static object Row(NodeRow n) => new
    {
        id = n.Id, version = n.Version, member = n.Member, site = n.Site, country = n.Country, state = n.State, since = Ms(n.Since), agent = n.Agent, capacity = n.CapacityBytes,
        used = n.UsedBytes, last_probe_at = Ms(n.LastProbeAt), queued_pins = n.QueuedPins, queued_audits = n.QueuedAudits, problem = n.Problem, rpc = n.Rpc, gateway = n.Gateway,
    };

    public static object Row(MemberRow m) => new { id = m.Id, version = m.Version, name = m.Name, country = m.Country, state = m.State, pledge = m.PledgeBytes, contact = m.Contact };

    public static object Row(PublisherRow p) => new { address = p.Address, version = p.Version, alias = p.Alias, pending = p.Pending, updated_at = Ms(p.UpdatedAt) };

    public static object Row(IncidentRow i) => new
    {
        id = i.Id, version = i.Version, kind = i.Kind, node = i.Node, member = i.Member, opened_at = Ms(i.OpenedAt), last_good_at = Ms(i.LastGoodAt), healed_at = Ms(i.HealedAt),
        datasets = i.Datasets, bytes_reseeded = i.BytesReseeded, text = i.Text,
    };

    public static object Row(RepairRow r, long? endedAt) => new
    {
        dataset = r.Dataset, node = r.Node, kind = r.Kind, version = r.Version, phase = r.Phase, sources = JsonSerializer.Serialize(r.Sources), level = r.Level, risk = r.Risk,
        blocks = r.Blocks, bytes = r.Bytes, total_bytes = r.TotalBytes, since = Ms(r.Since), attempts = r.Attempts, cause = r.Cause, next_at = Ms(r.NextAt), ended_at = endedAt,
    };

    public static object Row(StoryRow s) => new { dataset = s.Dataset, sequence = s.Sequence, at = Ms(s.At), kind = s.Kind, text = s.Text, node = s.Node };

    public static object Row(ObservationRow o) => new { node = o.Node, at = Ms(o.At), kind = o.Kind, dataset = o.Dataset, outcome = o.Outcome, detail = o.Detail };

    private static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static long? Ms(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
