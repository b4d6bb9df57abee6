namespace Etdb.Ledger.Listing;

public sealed partial class TransactionList
{
    /// <summary>Layout of the file; one with another number is made anew.</summary>
    private const long SchemaVersion = 1;

    private const string Schema =
        """
        -- Where the ledger index has the transactions: ids are not in it. Made from it, and made anew when lost.
        CREATE TABLE transactions(txid TEXT PRIMARY KEY, height INTEGER NOT NULL, position INTEGER NOT NULL, time INTEGER NOT NULL, coinbase INTEGER NOT NULL,
            kind INTEGER NOT NULL, holds INTEGER NOT NULL, parts TEXT, address TEXT) WITHOUT ROWID;
        CREATE INDEX by_time ON transactions(time DESC, txid);
        CREATE INDEX by_kind ON transactions(kind, time DESC, txid);
        CREATE INDEX by_holds ON transactions(holds, time DESC, txid) WHERE holds<>0;
        CREATE INDEX by_parts ON transactions(parts, address) WHERE parts IS NOT NULL;
        CREATE INDEX by_height ON transactions(height);
        -- Blocks whose transactions are listed.
        CREATE TABLE blocks(height INTEGER PRIMARY KEY, hash BLOB NOT NULL);
        """;
}
