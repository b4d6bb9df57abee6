using System.Text.Json;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace Etdb.Storage.Sqlite;

/// <summary>Applies batches of changes to the catalogue tables. One instance, one connection, one caller at a time.</summary>
internal sealed class SqliteCatalogueWriter(SqliteConnection connection, TimeProvider time) : IDisposable
{
    // An older version never overwrites a newer one: "where excluded.version >= version" on every upsert.
    private const string UpsertDataset = """
        insert into dataset (id, version, title, publisher, root, state, target, floor, most, distinct_by, healthy, retrievable, bytes, risk,
          record_version, latest_txid, height, record_time, content_proven, artifact, species, updated_at)
        values ($id, $version, $title, $publisher, $root, $state, $target, $floor, $most, $distinctBy, $healthy, $retrievable, $bytes, $risk,
          $recordVersion, $latestTxid, $height, $recordTime, $contentProven, $artifact, $species, $updatedAt)
        on conflict (id) do update set version = excluded.version, title = excluded.title, publisher = excluded.publisher, root = excluded.root, state = excluded.state,
          target = excluded.target, floor = excluded.floor, most = excluded.most, distinct_by = excluded.distinct_by, healthy = excluded.healthy,
          retrievable = excluded.retrievable, bytes = excluded.bytes, risk = excluded.risk, record_version = excluded.record_version, latest_txid = excluded.latest_txid,
          height = excluded.height, record_time = excluded.record_time, content_proven = excluded.content_proven, artifact = excluded.artifact,
          species = excluded.species, updated_at = excluded.updated_at
        where excluded.version >= dataset.version
        """;

    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);
    private SqliteTransaction? _transaction;

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    public void Apply(IReadOnlyList<CatalogueChange> changes)
    {
        using var transaction = connection.BeginTransaction();
        _transaction = transaction;
        foreach (var change in Arranged(changes))
        {
            Apply(change);
        }

        transaction.Commit();
    }

    /// <summary>
    /// A dataset that changes thrice within a batch is written once. Datasets, then their stories, in the order of their ids, in which most of their trees lie: a page that several go to is
    /// then written once, also when a batch touches more pages than memory holds. All else as it came.
    /// </summary>
    private static IEnumerable<CatalogueChange> Arranged(IReadOnlyList<CatalogueChange> changes) => LastOf(changes).OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => d.Value)
        .Concat(changes.Where(c => c is not (DatasetChanged or StoryAdded)))
        .Concat(changes.OfType<StoryAdded>().OrderBy(s => s.Story.Dataset, StringComparer.Ordinal));

    private static Dictionary<string, DatasetChanged> LastOf(IReadOnlyList<CatalogueChange> changes)
    {
        var last = new Dictionary<string, DatasetChanged>(StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if (change is DatasetChanged d && (!last.TryGetValue(d.Dataset.Id, out var known) || d.Dataset.Version >= known.Dataset.Version))
            {
                last[d.Dataset.Id] = d;
            }
        }

        return last;
    }

    private void Apply(CatalogueChange change)
    {
        switch (change)
        {
            case DatasetChanged c: Apply(c.Dataset, c.Replicas); break;
            case NodeChanged c: Apply(c.Node); break;
            case MemberChanged c: Apply(c.Member); break;
            case PublisherChanged c: Apply(c.Publisher); break;
            case RepairChanged c: Apply(c.Repair); break;
            case IncidentChanged c: Apply(c.Incident); break;
            case StoryAdded c: Apply(c.Story); break;
            case ObservationAdded c: Apply(c.Observation); break;
            default: throw new InvalidOperationException($"The catalogue does not know {change.GetType().Name}.");
        }
    }

    private int Run(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Prepare(sql, parameters).ExecuteNonQuery();

    /// <summary>Statements are parsed once: parsing one costs as much as running it.</summary>
    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            _commands.Add(sql, command = (SqliteCommand)connection.Command(sql, parameters));
        }
        else
        {
            command.Set(parameters);
        }

        command.Transaction = _transaction;
        return command;
    }

    private void Apply(DatasetRow d, IReadOnlyList<ReplicaRow> replicas)
    {
        var text = DatasetText.Of(d.ArtifactJson);
        var applied = Run(
            UpsertDataset,
            ("$id", d.Id), ("$version", d.Version), ("$title", d.Title), ("$publisher", d.Publisher), ("$root", d.Root), ("$state", d.State), ("$target", d.Target),
            ("$floor", d.Floor), ("$most", d.Most), ("$distinctBy", d.DistinctBy), ("$healthy", d.HealthyReplicas), ("$retrievable", d.RetrievableReplicas),
            ("$bytes", d.Bytes), ("$risk", d.Risk), ("$recordVersion", d.RecordVersion), ("$latestTxid", d.LatestTxid), ("$height", d.Height),
            ("$recordTime", d.RecordTime), ("$contentProven", d.ContentProven), ("$artifact", d.ArtifactJson), ("$species", text.Species), ("$updatedAt", Ms(d.UpdatedAt)));
        if (applied == 0)
        {
            return;
        }

        Run(
            "insert into dataset_text (id, body) values ($id, $body) on conflict (id) do update set body = excluded.body where body <> excluded.body",
            ("$id", d.Id), ("$body", string.Join('\n', d.Title, text.Words, d.Publisher)));
        ApplyReplicas(d.Id, replicas);
    }

    /// <summary>Only rows that differ are written: most changes of a dataset touch one replica or none.</summary>
    private void ApplyReplicas(string dataset, IReadOnlyList<ReplicaRow> replicas)
    {
        var gone = new Dictionary<string, ReplicaRow>(StringComparer.Ordinal);
        using (var reader = Prepare("select node, member, state, counts, since, verified_at, verified_blocks, verified_full, why from replica where dataset = $dataset", [("$dataset", dataset)]).ExecuteReader())
        {
            while (reader.Read())
            {
                gone.Add(reader.GetString(0), CatalogueReader.ReadReplica(reader));
            }
        }

        foreach (var r in replicas)
        {
            if (!gone.Remove(r.Node, out var known) || known != Rounded(r))
            {
                Put(dataset, r);
            }
        }

        foreach (var node in gone.Keys)
        {
            Run("delete from replica where dataset = $dataset and node = $node", ("$dataset", dataset), ("$node", node));
        }
    }

    /// <summary>As it would be read: times are kept in milliseconds.</summary>
    private static ReplicaRow Rounded(ReplicaRow r) => r with
    {
        Since = DateTimeOffset.FromUnixTimeMilliseconds(Ms(r.Since)), VerifiedAt = r.VerifiedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(Ms(at)) : null,
    };

    private void Put(string dataset, ReplicaRow r) => Run(
        """
        insert into replica (dataset, node, member, state, counts, since, verified_at, verified_blocks, verified_full, why)
        values ($dataset, $node, $member, $state, $counts, $since, $verifiedAt, $verifiedBlocks, $verifiedFull, $why)
        on conflict (dataset, node) do update set member = excluded.member, state = excluded.state, counts = excluded.counts, since = excluded.since,
          verified_at = excluded.verified_at, verified_blocks = excluded.verified_blocks, verified_full = excluded.verified_full, why = excluded.why
        """,
        ("$dataset", dataset), ("$node", r.Node), ("$member", r.Member), ("$state", r.State), ("$counts", r.Counts), ("$since", Ms(r.Since)),
        ("$verifiedAt", Ms(r.VerifiedAt)), ("$verifiedBlocks", r.VerifiedBlocks), ("$verifiedFull", r.VerifiedFull), ("$why", r.Why));

    private void Apply(NodeRow n) => Run(
        """
        insert into node (id, version, member, site, country, state, since, agent, capacity, used, last_probe_at, queued_pins, queued_audits, problem, rpc, gateway)
        values ($id, $version, $member, $site, $country, $state, $since, $agent, $capacity, $used, $lastProbeAt, $queuedPins, $queuedAudits, $problem, $rpc, $gateway)
        on conflict (id) do update set version = excluded.version, member = excluded.member, site = excluded.site, country = excluded.country, state = excluded.state,
          since = excluded.since, agent = excluded.agent, capacity = excluded.capacity, used = excluded.used, last_probe_at = excluded.last_probe_at,
          queued_pins = excluded.queued_pins, queued_audits = excluded.queued_audits, problem = excluded.problem, rpc = excluded.rpc, gateway = excluded.gateway
        where excluded.version >= node.version
        """,
        ("$id", n.Id), ("$version", n.Version), ("$member", n.Member), ("$site", n.Site), ("$country", n.Country), ("$state", n.State), ("$since", Ms(n.Since)),
        ("$agent", n.Agent), ("$capacity", n.CapacityBytes), ("$used", n.UsedBytes), ("$lastProbeAt", Ms(n.LastProbeAt)), ("$queuedPins", n.QueuedPins),
        ("$queuedAudits", n.QueuedAudits), ("$problem", n.Problem), ("$rpc", n.Rpc), ("$gateway", n.Gateway));

    private void Apply(MemberRow m) => Run(
        """
        insert into member (id, version, name, country, state, pledge, contact) values ($id, $version, $name, $country, $state, $pledge, $contact)
        on conflict (id) do update set version = excluded.version, name = excluded.name, country = excluded.country, state = excluded.state,
          pledge = excluded.pledge, contact = excluded.contact
        where excluded.version >= member.version
        """,
        ("$id", m.Id), ("$version", m.Version), ("$name", m.Name), ("$country", m.Country), ("$state", m.State), ("$pledge", m.PledgeBytes), ("$contact", m.Contact));

    private void Apply(PublisherRow p) => Run(
        """
        insert into publisher (address, version, alias, pending, updated_at) values ($address, $version, $alias, $pending, $updatedAt)
        on conflict (address) do update set version = excluded.version, alias = excluded.alias, pending = excluded.pending, updated_at = excluded.updated_at
        where excluded.version >= publisher.version
        """,
        ("$address", p.Address), ("$version", p.Version), ("$alias", p.Alias), ("$pending", p.Pending), ("$updatedAt", Ms(p.UpdatedAt)));

    private void Apply(RepairRow r)
    {
        (string, object?)[] values =
        [
            ("$dataset", r.Dataset), ("$node", r.Node), ("$kind", r.Kind), ("$version", r.Version), ("$phase", r.Phase), ("$sources", JsonSerializer.Serialize(r.Sources)),
            ("$level", r.Level), ("$risk", r.Risk), ("$blocks", r.Blocks), ("$bytes", r.Bytes), ("$totalBytes", r.TotalBytes), ("$since", Ms(r.Since)),
            ("$attempts", r.Attempts), ("$cause", r.Cause),
        ];
        if (r.Phase is "done" or "failed")
        {
            Run(
                "delete from repair where dataset = $dataset and node = $node and kind = $kind and version <= $version",
                ("$dataset", r.Dataset), ("$node", r.Node), ("$kind", r.Kind), ("$version", r.Version));
            Run(
                """
                insert into repair_done (dataset, node, kind, version, phase, sources, level, risk, blocks, bytes, total_bytes, since, attempts, cause, ended_at)
                values ($dataset, $node, $kind, $version, $phase, $sources, $level, $risk, $blocks, $bytes, $totalBytes, $since, $attempts, $cause, $endedAt)
                on conflict do nothing
                """,
                [.. values, ("$endedAt", time.GetUtcNow().ToUnixTimeMilliseconds())]);
            return;
        }

        // A late word about work that has ended must not bring it back.
        Run(
            """
            insert into repair (dataset, node, kind, version, phase, sources, level, risk, blocks, bytes, total_bytes, since, attempts, cause, next_at)
            select $dataset, $node, $kind, $version, $phase, $sources, $level, $risk, $blocks, $bytes, $totalBytes, $since, $attempts, $cause, $nextAt
            where not exists (select 1 from repair_done e where e.dataset = $dataset and e.node = $node and e.kind = $kind and e.version >= $version)
            on conflict (dataset, node, kind) do update set version = excluded.version, phase = excluded.phase, sources = excluded.sources, level = excluded.level,
              risk = excluded.risk, blocks = excluded.blocks, bytes = excluded.bytes, total_bytes = excluded.total_bytes, since = excluded.since,
              attempts = excluded.attempts, cause = excluded.cause, next_at = excluded.next_at
            where excluded.version >= repair.version
            """,
            [.. values, ("$nextAt", Ms(r.NextAt))]);
    }

    private void Apply(IncidentRow i) => Run(
        """
        insert into incident (id, version, kind, node, member, opened_at, last_good_at, healed_at, datasets, bytes_reseeded, text)
        values ($id, $version, $kind, $node, $member, $openedAt, $lastGoodAt, $healedAt, $datasets, $bytesReseeded, $text)
        on conflict (id) do update set version = excluded.version, kind = excluded.kind, opened_at = excluded.opened_at, last_good_at = excluded.last_good_at,
          healed_at = excluded.healed_at, datasets = excluded.datasets, bytes_reseeded = excluded.bytes_reseeded, text = excluded.text
        where excluded.version >= incident.version
        """,
        ("$id", i.Id), ("$version", i.Version), ("$kind", i.Kind), ("$node", i.Node), ("$member", i.Member), ("$openedAt", Ms(i.OpenedAt)),
        ("$lastGoodAt", Ms(i.LastGoodAt)), ("$healedAt", Ms(i.HealedAt)), ("$datasets", i.Datasets), ("$bytesReseeded", i.BytesReseeded), ("$text", i.Text));

    private void Apply(StoryRow s) => Run(
        "insert or ignore into story (dataset, sequence, at, kind, text, node) values ($dataset, $sequence, $at, $kind, $text, $node)",
        ("$dataset", s.Dataset), ("$sequence", s.Sequence), ("$at", Ms(s.At)), ("$kind", s.Kind), ("$text", s.Text), ("$node", s.Node));

    private void Apply(ObservationRow o) => Run(
        "insert or ignore into observation (node, at, kind, dataset, outcome, detail) values ($node, $at, $kind, $dataset, $outcome, $detail)",
        ("$node", o.Node), ("$at", Ms(o.At)), ("$kind", o.Kind), ("$dataset", o.Dataset), ("$outcome", o.Outcome), ("$detail", o.Detail));

    private static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static long? Ms(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
