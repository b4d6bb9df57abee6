namespace Etdb.Storage.Transfer;

/// <summary>A table that is exported and imported, the same in both databases.</summary>
/// <param name="Area">Area (and SQLite file) it belongs to.</param>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Columns in the order they are written.</param>
/// <param name="Key">Order of rows: exports of equal content are equal.</param>
internal sealed record TransferTable(string Area, string Name, string[] Columns, string Key)
{
    public const string Grains = "grains";
    public const string Evidence = "evidence";
    public const string Catalogue = "catalogue";
    public const string Cluster = "cluster";

    /// <summary>Grain states come first, evidence after them: evidence is written before the state it speaks of, so it is never behind.</summary>
    public static IReadOnlyList<TransferTable> All { get; } =
    [
        Table(Grains, "grain_state", "grain, state", "grain state etag body checksum written_at"),
        Table(Grains, "secret_key", "id", "id"),
        Table(Grains, "reminder", "grain, name", "grain name grain_hash start_at period etag"),
        Table(Evidence, "evidence", "sequence", "sequence at kind dataset node outcome depth blocks author detail previous hash"),
        Table(Cluster, "ledger_event", "network, sequence", "network sequence body"),
        Table(Cluster, "ledger_word", "network, subject", "network subject digest event"),
        Table(
            Catalogue, "dataset", "id",
            "id version title publisher root state target floor most distinct_by healthy retrievable bytes risk record_version latest_txid height record_time content_proven artifact species updated_at"),
        Table(Catalogue, "replica", "dataset, node", "dataset node member state counts since verified_at verified_blocks verified_full why"),
        Table(Catalogue, "node", "id", "id version member site country state since agent capacity used last_probe_at queued_pins queued_audits problem rpc gateway"),
        Table(Catalogue, "member", "id", "id version name country state pledge contact"),
        Table(Catalogue, "publisher", "address", "address version alias pending updated_at"),
        Table(Catalogue, "repair", "dataset, node, kind", "dataset node kind version phase sources level risk blocks bytes total_bytes since attempts cause next_at"),
        Table(Catalogue, "repair_done", "dataset, node, kind, version", "dataset node kind version phase sources level risk blocks bytes total_bytes since attempts cause ended_at"),
        Table(Catalogue, "incident", "id", "id version kind node member opened_at last_good_at healed_at datasets bytes_reseeded text"),
        Table(Catalogue, "story", "dataset, sequence", "dataset sequence at kind text node"),
        Table(Catalogue, "observation", "node, at, kind, dataset", "node at kind dataset outcome detail"),
    ];

    /// <summary>Finds a table by name; null when this version knows none of that name.</summary>
    public static TransferTable? Find(string? name) => All.FirstOrDefault(t => t.Name == name);

    private static TransferTable Table(string area, string name, string key, string columns) => new(area, name, columns.Split(' '), key);
}
