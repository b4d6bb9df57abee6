namespace Etdb.Ledger.DevChain;

/// <summary>A transaction that waits for a block.</summary>
public sealed class MempoolEntry
{
    internal MempoolEntry(FloTransaction transaction, long fee, DateTimeOffset time, int height, long order)
    {
        Transaction = transaction;
        Fee = fee;
        Time = time;
        Height = height;
        Order = order;
        AncestorBytes = DescendantBytes = transaction.VirtualSize;
    }

    public FloTransaction Transaction { get; }

    /// <summary>Satoshi.</summary>
    public long Fee { get; }

    public DateTimeOffset Time { get; }

    /// <summary>Tip height when it came.</summary>
    public int Height { get; }

    /// <summary>Unconfirmed ancestors, itself included.</summary>
    public int AncestorCount { get; internal set; } = 1;

    /// <summary>Virtual bytes of these.</summary>
    public long AncestorBytes { get; internal set; }

    /// <summary>Unconfirmed descendants, itself included.</summary>
    public int DescendantCount { get; internal set; } = 1;

    /// <summary>Virtual bytes of these.</summary>
    public long DescendantBytes { get; internal set; }

    /// <summary>Unconfirmed transactions whose outputs it spends.</summary>
    internal HashSet<Hash256> Parents { get; } = [];

    internal HashSet<Hash256> Children { get; } = [];

    /// <summary>Order of arrival; parents always come before their children.</summary>
    internal long Order { get; }
}

/// <summary>The transactions that wait for a block and how they hang together. Used under the chain's lock; judges nothing.</summary>
internal sealed class Mempool
{
    private readonly Dictionary<Hash256, MempoolEntry> _entries = [];
    private readonly Dictionary<OutPoint, Hash256> _spenders = [];
    private long _order;

    public int Count => _entries.Count;

    public long Bytes { get; private set; }

    public IEnumerable<MempoolEntry> InOrder => _entries.Values.OrderBy(e => e.Order);

    public MempoolEntry? Find(Hash256 txid) => _entries.GetValueOrDefault(txid);

    public Hash256? Spender(OutPoint outPoint) => _spenders.TryGetValue(outPoint, out var txid) ? txid : null;

    public void Clear()
    {
        _entries.Clear();
        _spenders.Clear();
        Bytes = 0;
    }

    public void Add(FloTransaction transaction, long fee, DateTimeOffset time, int height)
    {
        var entry = new MempoolEntry(transaction, fee, time, height, _order++);
        foreach (var input in transaction.Inputs)
        {
            _spenders.Add(input.Previous, transaction.Txid);
            if (_entries.TryGetValue(input.Previous.Txid, out var parent))
            {
                entry.Parents.Add(input.Previous.Txid);
                parent.Children.Add(transaction.Txid);
            }
        }

        foreach (var ancestor in Ancestors(entry.Parents))
        {
            ancestor.DescendantCount++;
            ancestor.DescendantBytes += transaction.VirtualSize;
            entry.AncestorCount++;
            entry.AncestorBytes += ancestor.Transaction.VirtualSize;
        }

        _entries.Add(transaction.Txid, entry);
        Bytes += transaction.VirtualSize;
    }

    /// <summary>All unconfirmed ancestors of a transaction with these parents, without itself.</summary>
    public List<MempoolEntry> Ancestors(IEnumerable<Hash256> parents) => Reach(parents, e => e.Parents);

    /// <summary>All unconfirmed descendants of a transaction, without itself.</summary>
    public List<MempoolEntry> Descendants(Hash256 txid) => Reach(_entries[txid].Children, e => e.Children);

    /// <summary>Takes out a transaction that is in a block now; its children stay.</summary>
    public void RemoveMined(Hash256 txid)
    {
        if (!_entries.TryGetValue(txid, out var entry))
        {
            return;
        }

        foreach (var descendant in Descendants(txid))
        {
            descendant.AncestorCount--;
            descendant.AncestorBytes -= entry.Transaction.VirtualSize;
        }

        Unlink(entry);
    }

    /// <summary>Takes out a transaction and all that descend from it; gives their ids.</summary>
    public IReadOnlyList<Hash256> RemoveWithDescendants(Hash256 txid)
    {
        if (!_entries.TryGetValue(txid, out var root))
        {
            return [];
        }

        List<MempoolEntry> gone = [root, .. Descendants(txid)];
        foreach (var entry in gone)
        {
            foreach (var ancestor in Ancestors(entry.Parents))
            {
                ancestor.DescendantCount--;
                ancestor.DescendantBytes -= entry.Transaction.VirtualSize;
            }
        }

        gone.ForEach(Unlink);
        return [.. gone.Select(e => e.Transaction.Txid)];
    }

    private void Unlink(MempoolEntry entry)
    {
        var txid = entry.Transaction.Txid;
        _entries.Remove(txid);
        Bytes -= entry.Transaction.VirtualSize;
        foreach (var input in entry.Transaction.Inputs)
        {
            _spenders.Remove(input.Previous);
        }

        foreach (var parent in entry.Parents)
        {
            _entries.GetValueOrDefault(parent)?.Children.Remove(txid);
        }

        foreach (var child in entry.Children)
        {
            _entries.GetValueOrDefault(child)?.Parents.Remove(txid);
        }
    }

    private List<MempoolEntry> Reach(IEnumerable<Hash256> from, Func<MempoolEntry, HashSet<Hash256>> next)
    {
        var found = new List<MempoolEntry>();
        var seen = new HashSet<Hash256>(from);
        var open = new Queue<Hash256>(seen);
        while (open.TryDequeue(out var txid))
        {
            var entry = _entries[txid];
            found.Add(entry);
            foreach (var other in next(entry).Where(seen.Add))
            {
                open.Enqueue(other);
            }
        }

        return found;
    }
}
