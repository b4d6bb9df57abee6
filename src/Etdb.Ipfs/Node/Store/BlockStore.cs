using Microsoft.Win32.SafeHandles;

namespace Etdb.Ipfs.Node.Store;

/// <summary>
/// Blocks on disk, filed under the hash of their bytes. What it guarantees: a block is acknowledged only after fsync; after any crash
/// every acknowledged block is there and no half-written one is; a read returns right bytes or says why not; a block whose bytes went
/// bad is quarantined and counts as absent until a good copy is put; what a lease touched is not removed by a sweep.
/// </summary>
/// <remarks>
/// One file a block costs a file creation, two fsyncs and a folder entry for each; measured (docs/adr/0035-packed-block-store.md) that is
/// several times slower than the disk. Here blocks are appended to segment files by one committer that gathers what is waiting, writes it
/// with one call and synchronises once for all (group commit). An index in memory (about 64 bytes a block) says where each block lies; it
/// is loaded from the side files of closed segments. Removing marks the record and punches a hole, so nothing is ever moved.
/// </remarks>
public sealed partial class BlockStore : IAsyncDisposable
{
    private const string SegmentPattern = "seg-*.blk";

    private readonly Lock _gate = new();
    private readonly Dictionary<BlockKey, Location> _index = [];
    private readonly Dictionary<BlockKey, Location> _quarantined = [];
    private readonly SortedDictionary<int, Segment> _segments = [];
    private readonly List<SegmentEntry> _activeEntries = []; // committer only, and OpenSegments before it starts
    private readonly WriteQueue _queue = new();
    private readonly HashSet<StoreLease> _leases = [];
    private readonly BlockStoreOptions _options;
    private readonly Lock _sideFiles = new(); // one change of a side file at a time
    private readonly TaskCompletionSource _committed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SafeFileHandle? _activeFile; // committer only
    private Segment? _active; // written by the committer, under the gate
    private long _usedBytes; // under the gate
    private int _generation = 1; // under the gate
    private int _failures; // under the gate: how often unsynchronised blocks were dropped
    private bool _disposed;

    private BlockStore(string folder, BlockStoreOptions options)
    {
        Folder = folder;
        _options = options;
        OpenSegments();
        // A thread of its own: writing and fsync block, and in the pool they would keep others from hashing and receiving.
        new Thread(CommitLoop) { IsBackground = true, Name = "block store committer" }.Start();
    }

    /// <summary>Raised when files of the store were found gone. What it held is already dropped from the index.</summary>
    public event EventHandler? FilesLost;

    /// <summary>Where the segments lie.</summary>
    public string Folder { get; }

    /// <summary>Opens the store in <paramref name="folder"/>, which is made when absent.</summary>
    /// <exception cref="BlockStoreException">When the folder cannot be read.</exception>
    public static BlockStore Open(string folder, BlockStoreOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        Directory.CreateDirectory(folder);
        return new BlockStore(Path.GetFullPath(folder), options);
    }

    /// <summary>True when every read hashes what it returns.</summary>
    internal bool HashesOnRead => _options.HashOnRead;

    /// <summary>True when a readable copy is filed under <paramref name="key"/>. Says nothing about its bytes.</summary>
    public bool Contains(BlockKey key)
    {
        lock (_gate)
        {
            return _index.ContainsKey(key);
        }
    }

    /// <summary>As <see cref="Contains"/>, and keeps the block from being swept while a lease that is open now lasts.</summary>
    public bool Touch(BlockKey key)
    {
        lock (_gate)
        {
            if (!_index.TryGetValue(key, out var location))
            {
                return false;
            }

            _index[key] = location with { Generation = _generation };
            return true;
        }
    }

    /// <summary>Length of a block's bytes, or -1 when it is not here.</summary>
    public int LengthOf(BlockKey key)
    {
        lock (_gate)
        {
            return _index.TryGetValue(key, out var location) ? location.Length : -1;
        }
    }

    /// <summary>True when a bad copy was found and no good one was put since.</summary>
    public bool IsQuarantined(BlockKey key)
    {
        lock (_gate)
        {
            return _quarantined.ContainsKey(key);
        }
    }

    /// <summary>Keys of all readable blocks, as of now.</summary>
    public IReadOnlyList<BlockKey> Keys()
    {
        lock (_gate)
        {
            return [.. _index.Keys];
        }
    }

    /// <summary>Keys of quarantined blocks, as of now.</summary>
    public IReadOnlyList<BlockKey> QuarantinedKeys()
    {
        lock (_gate)
        {
            return [.. _quarantined.Keys];
        }
    }

    /// <summary>Size and fill.</summary>
    public BlockStoreStat Stat()
    {
        var free = FreeBytes();
        lock (_gate)
        {
            var byDisk = _usedBytes + Math.Max(0, free - _options.ReserveBytes);
            var capacity = _options.CapacityBytes > 0 ? Math.Max(_usedBytes, Math.Min(_options.CapacityBytes, byDisk)) : byDisk;
            return new BlockStoreStat(_index.Count, _usedBytes, capacity, _quarantined.Count, _segments.Count);
        }
    }

    /// <summary>Keeps every block put or touched from now on from being swept, until it is disposed.</summary>
    public StoreLease Lease()
    {
        lock (_gate)
        {
            var lease = new StoreLease(this, ++_generation);
            _leases.Add(lease);
            return lease;
        }
    }

    /// <summary>Writes what is waiting, closes the active segment in order and releases the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _queue.Close();
        await _committed.Task.ConfigureAwait(false);
    }

    internal void Return(StoreLease lease)
    {
        lock (_gate)
        {
            _leases.Remove(lease);
        }
    }

    /// <summary>Where the record of a block lies; for tests and for the demonstration of broken disks.</summary>
    internal (string Path, long DataOffset, int Length)? Locate(BlockKey key)
    {
        lock (_gate)
        {
            return _index.TryGetValue(key, out var location)
                ? (_segments[location.Segment].Path, location.Offset + SegmentFormat.HeaderSize, location.Length)
                : null;
        }
    }

    private long FreeBytes()
    {
        try
        {
            var folder = Folder;
            while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
            {
                folder = parent; // the disk was emptied; the folder is made again with the next segment
            }

            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private string SegmentPath(int number) => Path.Combine(Folder, $"seg-{number:D8}.blk");

    private static string IndexPath(string segmentPath) => Path.ChangeExtension(segmentPath, ".idx");

    /// <summary>Where a block lies. <paramref name="Generation"/> is the newest lease or sweep that was begun when it was last put or touched.</summary>
    private readonly record struct Location(int Segment, uint Offset, int Length, int Generation);

    /// <summary>One segment file. Fields are read and written under the gate.</summary>
    private sealed class Segment(int number, string path)
    {
        public int Number { get; } = number;

        public string Path { get; } = path;

        /// <summary>Where the next record goes.</summary>
        public long End { get; set; } = SegmentFormat.FileHeaderSize;

        /// <summary>Everything before it survived an fsync.</summary>
        public long Durable { get; set; } = SegmentFormat.FileHeaderSize;

        /// <summary>Records that are live or quarantined.</summary>
        public int Kept { get; set; }
    }
}

/// <summary>While it is open, blocks put or touched since its making are not swept. Dispose it after the pin is recorded.</summary>
public sealed class StoreLease : IDisposable
{
    private readonly BlockStore _store;

    internal StoreLease(BlockStore store, int generation)
    {
        _store = store;
        Generation = generation;
    }

    internal int Generation { get; }

    /// <inheritdoc/>
    public void Dispose() => _store.Return(this);
}
