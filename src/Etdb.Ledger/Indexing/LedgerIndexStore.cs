using System.Collections.Immutable;
using System.Globalization;
using Dapper;
using Etdb.Domain.Content;
using Etdb.Ledger.Oip;
using Microsoft.Data.Sqlite;

namespace Etdb.Ledger.Indexing;

/// <summary>
/// The durable side of the index, one SQLite file (WAL). Every commit is one transaction that holds blocks, comments, read models and log entries together, so a process
/// killed anywhere finds the state after some whole commit, and a machine that loses its power one not older than the last <see cref="MakeDurable"/>. One writer at a time;
/// <see cref="LedgerIndex"/> is the only one.
/// </summary>
public sealed partial class LedgerIndexStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private bool _isDurable;

    static LedgerIndexStore() => SQLitePCL.Batteries_V2.Init();

    private LedgerIndexStore(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens or makes the file for one network and start height.</summary>
    /// <exception cref="FormatException">The file belongs to another network, start height or layout.</exception>
    public static LedgerIndexStore Open(string path, FloNetwork network, int startHeight)
    {
        ArgumentNullException.ThrowIfNull(network);
        var builder = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false };
        var connection = new SqliteConnection(builder.ToString());
        try
        {
            connection.Open();

            // Rows of one to three kilobytes: on pages of 4 KiB a transaction takes a page of its own, an artifact leaves half of one empty, and twice as much is written. (A file keeps its size.)
            // A step of a first run writes 5 MB: moving the log into the file with each would sync it three times as often. 2048 pages are 32 MB.
            connection.Execute(
                "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=2048; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536");
            var store = new LedgerIndexStore(connection);
            store.Prepare(path, network, startHeight);
            return store;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Waits until all commits are on the disk. What is read in a catch-up of thousands of blocks needs not wait for the disk with each commit: without power it is read again. Nobody
    /// may be told of an event before, as others remember its number.
    /// </summary>
    internal void MakeDurable()
    {
        if (!_isDurable)
        {
            // A commit that syncs the log syncs everything in it. It has to change a page: one that changes nothing writes nothing and waits for nothing.
            _connection.Execute(
                "PRAGMA synchronous=FULL; INSERT INTO meta VALUES('durable','1') ON CONFLICT(key) DO UPDATE SET value=CAST(value AS INTEGER)+1; PRAGMA synchronous=NORMAL");
            _isDurable = true;
        }
    }

    private void Prepare(string path, FloNetwork network, int startHeight)
    {
        using var transaction = _connection.BeginTransaction();
        if (_connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_master WHERE name='meta'") == 0)
        {
            _connection.Execute(Schema);
            SetMeta("schema", SchemaVersion.ToString(CultureInfo.InvariantCulture));
            SetMeta("network", network.Name);
            SetMeta("start", startHeight.ToString(CultureInfo.InvariantCulture));
        }

        Upgrade();
        Expect(path, "schema", SchemaVersion.ToString(CultureInfo.InvariantCulture));
        Expect(path, "network", network.Name);
        Expect(path, "start", startHeight.ToString(CultureInfo.InvariantCulture));
        transaction.Commit();
    }

    private void Expect(string path, string key, string expected)
    {
        var found = _connection.ExecuteScalar<string>("SELECT value FROM meta WHERE key=@key", new { key });
        if (found != expected)
        {
            throw new FormatException($"The ledger index {path} was made for {key} '{found}', but '{expected}' is asked for. Use another file.");
        }
    }

    private void SetMeta(string key, string value) => _connection.Execute("INSERT INTO meta VALUES(@key,@value)", new { key, value });

    /// <summary>Network and start height an index file was made for; null when there is no such file or it is none.</summary>
    public static (FloNetwork Network, int StartHeight)? Inspect(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ToString());
        try
        {
            connection.Open();
            var network = connection.ExecuteScalar<string>("SELECT value FROM meta WHERE key='network'");
            var start = connection.ExecuteScalar<string>("SELECT value FROM meta WHERE key='start'");
            return FloNetwork.Find(network ?? "") is { } flo && int.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var height) ? (flo, height) : null;
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    /// <summary>Block id at a height of the stored chain; null outside it.</summary>
    public Hash256? HashAt(int height) =>
        _connection.ExecuteScalar<byte[]?>("SELECT hash FROM blocks WHERE height=@height", new { height }) is { } hash ? new Hash256(hash) : null;

    /// <summary>Header at a height of the stored chain; null outside it.</summary>
    public FloBlockHeader? HeaderAt(int height) =>
        _connection.ExecuteScalar<byte[]?>("SELECT header FROM blocks WHERE height=@height", new { height }) is { } header ? FloBlockHeader.Parse(header) : null;

    /// <summary>Headers from a height to the tip, ascending.</summary>
    public IEnumerable<FloBlockHeader> HeadersFrom(int height) =>
        _connection.Query<byte[]>("SELECT header FROM blocks WHERE height>=@height ORDER BY height", new { height }, buffered: false).Select(h => FloBlockHeader.Parse(h));

    /// <summary>Lowest stored height; 0 when nothing is stored.</summary>
    public int FirstHeight() => (int)_connection.ExecuteScalar<long>("SELECT ifnull(min(height),0) FROM blocks");

    /// <summary>Highest stored height; -1 when nothing is stored.</summary>
    public int LastHeight() => (int)_connection.ExecuteScalar<long>("SELECT ifnull(max(height),-1) FROM blocks");

    /// <summary>OIP transactions of the stored chain.</summary>
    public long CommentCount() => _connection.ExecuteScalar<long>("SELECT count(*) FROM comments");

    /// <summary>Sequence of the last log entry; 0 when there is none.</summary>
    public long LastSequence() => _connection.ExecuteScalar<long>("SELECT ifnull(max(sequence),0) FROM events");

    /// <summary>Every stored block up to a height with its comments, ascending.</summary>
    internal IEnumerable<StoredBlock> Blocks(int toHeight)
    {
        using var comments = _connection.Query<ProofRow>(
            "SELECT height, position, raw, proof FROM comments WHERE height<=@toHeight ORDER BY height, position", new { toHeight }, buffered: false).GetEnumerator();
        var more = comments.MoveNext();
        var blocks = _connection.Query<BlockRow>("SELECT height, header FROM blocks WHERE height<=@toHeight ORDER BY height", new { toHeight }, buffered: false);
        foreach (var block in blocks)
        {
            List<(byte[], MerkleProof)>? stored = null;
            for (; more && comments.Current.Height == block.Height; more = comments.MoveNext())
            {
                (stored ??= []).Add((comments.Current.Raw, new MerkleProof((int)comments.Current.Position, Siblings(comments.Current.Proof))));
            }

            yield return new StoredBlock((int)block.Height, FloBlockHeader.Parse(block.Header), stored ?? (IReadOnlyList<(byte[], MerkleProof)>)[]);
        }
    }

    /// <summary>A stored transaction; a <see cref="FormatException"/> that says what to do when it is none.</summary>
    internal static FloTransaction ParseStored(int height, byte[] raw)
    {
        try
        {
            return FloTransaction.Parse(raw);
        }
        catch (FormatException e)
        {
            throw Damaged(height, "holds a transaction that is none: " + e.Message);
        }
    }

    /// <summary>What to say of a file that contradicts itself.</summary>
    internal static FormatException Damaged(long height, string what) => new(
        string.Create(CultureInfo.InvariantCulture, $"The ledger index is damaged: block {height} {what}. Restore it from a backup, or move it away and let the chain be indexed again."));

    /// <summary>Every stored OIP transaction with its place and proof, ascending.</summary>
    internal IEnumerable<(int Height, byte[] Raw, MerkleProof Proof)> Comments() =>
        _connection.Query<ProofRow>("SELECT height, position, raw, proof FROM comments ORDER BY height, position", buffered: false)
            .Select(r => ((int)r.Height, r.Raw, new MerkleProof((int)r.Position, Siblings(r.Proof))));

    /// <summary>Log entries after a sequence, at most <paramref name="limit"/>.</summary>
    public IReadOnlyList<RecordEvent> ReadEvents(long sequence, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return [.. _connection.Query<EventRow>("SELECT * FROM events WHERE sequence>@sequence ORDER BY sequence LIMIT @limit", new { sequence, limit })
            .Select(r => r.ToEvent())];
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static ImmutableArray<Hash256> Siblings(byte[] proof) =>
        [.. Enumerable.Range(0, proof.Length / Hash256.Size).Select(i => new Hash256(proof.AsSpan(i * Hash256.Size, Hash256.Size)))];

    // Dapper makes these by name; SQLite's integers are 64 bits wide.
    private sealed class BlockRow
    {
        public long Height { get; init; }

        public byte[] Header { get; init; } = [];
    }

    private sealed class ProofRow
    {
        public long Height { get; init; }

        public long Position { get; init; }

        public byte[] Raw { get; init; } = [];

        public byte[] Proof { get; init; } = [];
    }

    private sealed class EventRow
    {
        public long Sequence { get; init; }

        public long Kind { get; init; }

        public long Height { get; init; }

        public long Time { get; init; }

        public string Record { get; init; } = "";

        public string Owner { get; init; } = "";

        public string? Latest { get; init; }

        public long Version { get; init; }

        public long Format { get; init; }

        public string? Title { get; init; }

        public string? Root { get; init; }

        public long Bytes { get; init; }

        public long Timestamp { get; init; }

        public bool Proven { get; init; }

        public string? Artifact { get; init; }

        public string? Alias { get; init; }

        public RecordEvent ToEvent() => new(
            Sequence, (RecordEventKind)Kind, Height, Time, Record, Owner,
            Latest is null ? null : new RecordSnapshot(
                Latest, (int)Version, (RecordFormat)Format, Title!, Root is null ? null : new ContentId(Root), Bytes, Timestamp, Proven, Artifact!),
            Alias);
    }
}
