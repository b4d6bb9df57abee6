using Etdb.Domain.Common;
using Etdb.Domain.Content;
using Etdb.Domain.Reconciliation;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Storage.Reconciliation;

/// <summary>What a comparison found.</summary>
/// <param name="Ledger">Datasets the ledger has.</param>
/// <param name="Wanted">Datasets the cluster keeps.</param>
/// <param name="Seen">Roots on complete listings, those of each node counted for itself.</param>
/// <param name="Differences">By kind.</param>
public sealed record DiffOutcome(long Ledger, long Wanted, long Seen, DifferenceSummary Differences);

/// <summary>
/// <see cref="ThreeWayDiff"/> for any number of datasets: what is told is put aside in a file in the data folder, divided by dataset (ledger ↔ wanted) and by root (wanted ↔ seen), since only what has the same
/// dataset or root is ever compared; then one part after the other is compared in memory. Its differences are those of one comparison of everything.
/// <para>Memory: a 256th of what is told, and 8 MiB. Telling may come from several threads. What a node lists counts once <see cref="Complete"/> said that it was all.</para>
/// </summary>
public sealed class PartitionedDiff : IDisposable
{
    /// <summary>Parts, of each of four sorts of records.</summary>
    public const int Parts = 256;

    /// <summary>Bytes put aside at most: some 12 million datasets with five copies each.</summary>
    public const long BytesMost = 8L << 30;

    /// <summary>Room that is left on the disk of the data folder.</summary>
    public const long BytesLeft = 1L << 30;

    private const string FileName = "comparison.tmp";
    private readonly ScratchFile _file;
    private readonly ScratchRecord _record = new();
    private readonly Lock _telling = new();
    private readonly NodeId[] _nodes;
    private readonly Dictionary<NodeId, int> _numbers;
    private readonly bool[] _complete;
    private long _wanted;

    /// <param name="folder">The data folder.</param>
    /// <param name="nodes">All that may be listed.</param>
    public PartitionedDiff(string folder, IEnumerable<NodeId> nodes)
    {
        _nodes = [.. nodes];
        _numbers = _nodes.Index().ToDictionary(n => n.Item, n => n.Index);
        _complete = new bool[_nodes.Length];
        _file = new ScratchFile(Path.Combine(folder, FileName), Parts * Enum.GetValues<Sort>().Length, BytesMost, BytesLeft);
    }

    private enum Sort
    {
        Ledger = 0,
        Wanted = 1,
        Kept = 2,
        Seen = 3,
    }

    /// <summary>Bytes put aside so far.</summary>
    public long BytesAside => _file.Length;

    /// <summary>A node lists a root.</summary>
    /// <exception cref="IOException">There is no room for the comparison.</exception>
    public void AddSeen(NodeId node, ContentId root)
    {
        lock (_telling)
        {
            Add(Sort.Seen, root.Value, _record.Begin().Put(_numbers[node]).Put(root.Value));
        }
    }

    /// <summary>The node told all it lists.</summary>
    public void Complete(NodeId node)
    {
        lock (_telling)
        {
            _complete[_numbers[node]] = true;
        }
    }

    /// <summary>The ledger says that a dataset is live, or no longer is; its last word holds.</summary>
    /// <exception cref="IOException">There is no room for the comparison.</exception>
    public void AddLedger(DatasetId dataset, bool live, ContentId? root)
    {
        lock (_telling)
        {
            Add(Sort.Ledger, dataset.Value, _record.Begin().Put(dataset.Value).Put(live ? 1 : 0).Put(root?.Value));
        }
    }

    /// <summary>The cluster keeps a dataset; each is told once.</summary>
    /// <exception cref="IOException">There is no room for the comparison.</exception>
    public void AddWanted(WantedEntry wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        lock (_telling)
        {
            _wanted++;
            Add(Sort.Wanted, wanted.Dataset.Value, _record.Begin().Put(wanted.Dataset.Value).Put(wanted.Root?.Value).Put(wanted.Active ? 1 : 0));
            if (wanted.Root is { } root)
            {
                Add(Sort.Kept, root.Value, _record.Begin().Put(wanted.Dataset.Value).Put(root.Value).Put(Numbers(wanted.Replicas)).Put(Numbers(wanted.Assigned)));
            }
        }
    }

    /// <summary>Compares what was told; once, and nothing is told any more then.</summary>
    /// <exception cref="IOException">What was put aside cannot be read.</exception>
    public DiffOutcome Compare(CancellationToken cancellationToken)
    {
        var differences = new DifferenceSummary();
        var (ledger, seen) = (0L, 0L);
        for (var part = 0; part < Parts; part++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var live = Live(Read(Sort.Ledger, part));
            ledger += live.Count;
            differences.Add(ThreeWayDiff.Compare(live, Wanted(Read(Sort.Wanted, part)), []));
            var listings = Seen(Read(Sort.Seen, part));
            seen += listings.Sum(l => (long)l.Roots.Count);
            differences.Add(ThreeWayDiff.Compare([], Kept(Read(Sort.Kept, part)), listings));
        }

        return new DiffOutcome(ledger, _wanted, seen, differences);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static List<LedgerEntry> Live(ScratchRecord.Reader from)
    {
        var live = new Dictionary<DatasetId, ContentId?>();
        while (from.HasMore)
        {
            var (dataset, isLive, root) = (new DatasetId(from.Text()!), from.Number() == 1, Root(from.Text()));
            if (isLive)
            {
                live[dataset] = root;
            }
            else
            {
                live.Remove(dataset);
            }
        }

        return [.. live.Select(l => new LedgerEntry(l.Key, l.Value))];
    }

    private static List<WantedEntry> Wanted(ScratchRecord.Reader from)
    {
        var wanted = new List<WantedEntry>();
        while (from.HasMore)
        {
            wanted.Add(new WantedEntry(new DatasetId(from.Text()!), Root(from.Text()), from.Number() == 1, [], []));
        }

        return wanted;
    }

    /// <summary>Not active: what the ledger says of them is compared by dataset.</summary>
    private List<WantedEntry> Kept(ScratchRecord.Reader from)
    {
        var kept = new List<WantedEntry>();
        while (from.HasMore)
        {
            kept.Add(new WantedEntry(new DatasetId(from.Text()!), Root(from.Text()), Active: false, Nodes(from.Numbers()), Nodes(from.Numbers())));
        }

        return kept;
    }

    private List<SeenListing> Seen(ScratchRecord.Reader from)
    {
        var roots = new Dictionary<int, HashSet<ContentId>>();
        while (from.HasMore)
        {
            var (node, root) = (from.Number(), Root(from.Text())!.Value);
            if (!_complete[node])
            {
                continue;
            }

            if (!roots.TryGetValue(node, out var own))
            {
                roots.Add(node, own = []);
            }

            own.Add(root);
        }

        // Also those that list nothing of this part: that is what their missing copies are found by.
        return [.. _nodes.Index().Where(n => _complete[n.Index]).Select(n => new SeenListing(n.Item, roots.GetValueOrDefault(n.Index) ?? []))];
    }

    private static ContentId? Root(string? text) => text is null ? null : new ContentId(text);

    private static int Place(Sort sort, int part) => ((int)sort * Parts) + part;

    private NodeId[] Nodes(int[] numbers) => Array.ConvertAll(numbers, n => _nodes[n]);

    /// <summary>Of those that may be listed; the others are never compared.</summary>
    private List<int> Numbers(IReadOnlyList<NodeId> nodes) => [.. nodes.Where(_numbers.ContainsKey).Select(n => _numbers[n])];

    private void Add(Sort sort, string key, ScratchRecord record) => _file.Add(Place(sort, (int)(Hashing.Of(key) % Parts)), record.Bytes);

    private ScratchRecord.Reader Read(Sort sort, int part) => new(_file.Take(Place(sort, part)));
}
