namespace Etdb.Ledger.DevChain;

/// <summary>A transaction and where it is.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Block">Its block on the best chain; null in the mempool.</param>
/// <param name="Confirmations">0 in the mempool.</param>
public sealed record LocatedTransaction(FloTransaction Transaction, ChainEntry? Block, int Confirmations);

public sealed partial class DevelopmentChain
{
    /// <summary>Transactions that wait.</summary>
    public int MempoolCount
    {
        get
        {
            lock (_lock)
            {
                return _mempool.Count;
            }
        }
    }

    /// <summary>Virtual bytes that wait.</summary>
    public long MempoolBytes
    {
        get
        {
            lock (_lock)
            {
                return _mempool.Bytes;
            }
        }
    }

    /// <summary>Unspent outputs of the best chain.</summary>
    public int UnspentCount
    {
        get
        {
            lock (_lock)
            {
                return _utxo.Count;
            }
        }
    }

    /// <summary>Mempool limits in force.</summary>
    public MempoolLimits Limits => _limits;

    /// <summary>The block at a height of the best chain; null above the tip.</summary>
    public ChainEntry? EntryAt(int height)
    {
        lock (_lock)
        {
            return height >= 0 && height < _best.Count ? _best[height] : null;
        }
    }

    /// <summary>A block known by this id, on whatever branch.</summary>
    public ChainEntry? FindEntry(Hash256 hash)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(hash);
        }
    }

    /// <summary>Blocks that are no block's parent, with "active", "valid-fork" or "invalid".</summary>
    public IReadOnlyList<(ChainEntry Entry, string Status)> Branches()
    {
        lock (_lock)
        {
            var inner = _entries.Values.Select(e => e.Parent).ToHashSet();
            var leaves = _entries.Values.Where(e => !inner.Contains(e) || e == _best[^1]);
            return [.. leaves.Select(e => (e, e == _best[^1] ? "active" : IsOnInvalidBranch(e) ? "invalid" : "valid-fork"))];
        }
    }

    /// <summary>Confirmations of a block: 1 for the tip, -1 when it is not on the best chain.</summary>
    public int Confirmations(ChainEntry entry)
    {
        lock (_lock)
        {
            return IsBest(entry) ? _best.Count - entry.Height : -1;
        }
    }

    /// <summary>The next block on the best chain, if this one is on it.</summary>
    public ChainEntry? Next(ChainEntry entry)
    {
        lock (_lock)
        {
            return IsBest(entry) && entry.Height + 1 < _best.Count ? _best[entry.Height + 1] : null;
        }
    }

    /// <summary>The block itself.</summary>
    public FloBlock Read(ChainEntry entry) => ReadBlock(entry);

    /// <summary>A transaction of the best chain or the mempool.</summary>
    public LocatedTransaction? FindTransaction(Hash256 txid)
    {
        (ChainEntry Entry, int Index) place;
        int confirmations;
        lock (_lock)
        {
            if (_mempool.Find(txid) is { } waiting)
            {
                return new LocatedTransaction(waiting.Transaction, null, 0);
            }

            if (!_transactions.TryGetValue(txid, out place))
            {
                return null;
            }

            confirmations = _best.Count - place.Entry.Height;
        }

        return new LocatedTransaction(ReadBlock(place.Entry).Transactions[place.Index], place.Entry, confirmations);
    }

    /// <summary>An unspent output; with <paramref name="mempool"/> one that the mempool creates, and not one that it spends.</summary>
    public Coin? FindCoin(OutPoint outPoint, bool mempool)
    {
        lock (_lock)
        {
            if (mempool && _mempool.Spender(outPoint) is not null)
            {
                return null;
            }

            return _utxo.Find(outPoint) ?? (mempool ? FindUnconfirmed(outPoint) : null);
        }
    }

    /// <summary>All unspent outputs with a script, those the mempool creates included, those it spends left out; confirmed ones first, oldest first.</summary>
    public IReadOnlyList<(OutPoint OutPoint, Coin Coin)> ListUnspent(ReadOnlyMemory<byte> script)
    {
        lock (_lock)
        {
            var found = _utxo.FindByScript(script.Span).Select(o => (o, _utxo.Find(o)!.Value)).ToList();
            foreach (var entry in _mempool.InOrder)
            {
                for (var i = 0; i < entry.Transaction.Outputs.Length; i++)
                {
                    if (entry.Transaction.Outputs[i].Script.Span.SequenceEqual(script.Span))
                    {
                        found.Add((new OutPoint(entry.Transaction.Txid, (uint)i), new Coin(entry.Transaction.Outputs[i], Coin.InMempool, false)));
                    }
                }
            }

            return [.. found.Where(f => _mempool.Spender(f.o) is null).OrderBy(f => f.Item2.Height).ThenBy(f => f.o.Txid).ThenBy(f => f.o.Index)];
        }
    }

    /// <summary>The mempool in order of arrival, parents before children.</summary>
    public IReadOnlyList<MempoolEntry> ListMempool()
    {
        lock (_lock)
        {
            return [.. _mempool.InOrder];
        }
    }

    /// <summary>A waiting transaction.</summary>
    public MempoolEntry? FindMempool(Hash256 txid)
    {
        lock (_lock)
        {
            return _mempool.Find(txid);
        }
    }

    /// <summary>Ids of the unconfirmed transactions a waiting one spends from.</summary>
    public IReadOnlyList<Hash256> MempoolParents(Hash256 txid)
    {
        lock (_lock)
        {
            return [.. _mempool.Find(txid)?.Parents ?? []];
        }
    }
}
