namespace Etdb.Ledger.Indexing;

public sealed partial class LedgerIndexStore
{
    /// <summary>Layout of the file; a file with another number is not opened.</summary>
    public const int SchemaVersion = 3;

    private const string Schema =
        """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        -- The best chain from the start height: 80-byte headers, block ids in wire order.
        CREATE TABLE blocks(height INTEGER PRIMARY KEY, hash BLOB NOT NULL, header BLOB NOT NULL);
        -- OIP transactions of these blocks, with the Merkle path (32-byte siblings, leaf level first). The index is a function of blocks and comments.
        CREATE TABLE comments(height INTEGER NOT NULL, position INTEGER NOT NULL, raw BLOB NOT NULL, proof BLOB NOT NULL,
            PRIMARY KEY(height, position)) WITHOUT ROWID;
        -- Read models, rewritten with every change of a record. The artifact of a current version is in its log entry.
        CREATE TABLE records(txid TEXT PRIMARY KEY, author TEXT NOT NULL, owner TEXT NOT NULL, deactivated_by TEXT, versions INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE versions(record TEXT NOT NULL, number INTEGER NOT NULL, txid TEXT NOT NULL, height INTEGER NOT NULL, time INTEGER NOT NULL,
            title TEXT NOT NULL, location TEXT NOT NULL, proof INTEGER NOT NULL, PRIMARY KEY(record, number)) WITHOUT ROWID;
        CREATE TABLE pending_parts(reference TEXT NOT NULL, address TEXT NOT NULL, max INTEGER, parts TEXT NOT NULL);
        CREATE TABLE refusals(txid TEXT NOT NULL, reason TEXT NOT NULL, height INTEGER NOT NULL);
        -- Signatures that were verified, 16 bytes each, and by which rules: what is not here is only computed again.
        CREATE TABLE verified(number INTEGER PRIMARY KEY, version INTEGER NOT NULL, digests BLOB NOT NULL);
        -- The log others follow; never rewritten.
        CREATE TABLE events(sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, height INTEGER NOT NULL, time INTEGER NOT NULL, record TEXT NOT NULL,
            owner TEXT NOT NULL, latest TEXT, version INTEGER, format INTEGER, title TEXT, root TEXT, bytes INTEGER, timestamp INTEGER, proven INTEGER,
            artifact TEXT, alias TEXT);
        """;
}
