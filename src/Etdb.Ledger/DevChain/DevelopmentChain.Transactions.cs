using System.Buffers.Binary;

namespace Etdb.Ledger.DevChain;

public sealed partial class DevelopmentChain
{
    /// <summary>Highest sequence number that lets a transaction be replaced (BIP 125).</summary>
    private const uint MaxReplaceableSequence = 0xfffffffd;

    /// <summary>Offers a transaction to the mempool. <paramref name="anyFee"/> takes fees above the absurd one.</summary>
    public TransactionSubmission Submit(FloTransaction transaction, bool anyFee = false)
    {
        lock (_lock)
        {
            ThrowIfBroken();
            var now = _time.GetUtcNow();
            Expire(now);
            var result = AcceptTransaction(transaction, now, anyFee);
            return result;
        }
    }

    /// <summary>Says how <see cref="Submit(FloTransaction, bool)"/> would end, changing nothing.</summary>
    public TransactionSubmission Test(FloTransaction transaction)
    {
        lock (_lock)
        {
            return Judge(transaction, anyFee: true, out _, out _);
        }
    }

    private TransactionSubmission AcceptTransaction(FloTransaction transaction, DateTimeOffset time, bool anyFee, bool log = true)
    {
        if (_mempool.Find(transaction.Txid) is not null)
        {
            return TransactionSubmission.Accepted;
        }

        var verdict = Judge(transaction, anyFee, out var fee, out var conflicts);
        if (!verdict.IsAccepted)
        {
            return verdict;
        }

        if (log)
        {
            var entry = new byte[sizeof(long) + transaction.Size];
            BinaryPrimitives.WriteInt64LittleEndian(entry, time.ToUnixTimeMilliseconds());
            transaction.Raw.CopyTo(entry.AsMemory(sizeof(long)));
            Log(LogKind.Transaction, entry);
        }

        foreach (var conflict in conflicts)
        {
            _mempool.RemoveWithDescendants(conflict);
        }

        _mempool.Add(transaction, fee, time, _best[^1].Height);
        return verdict;
    }

    private TransactionSubmission Judge(FloTransaction transaction, bool anyFee, out long fee, out HashSet<Hash256> conflicts)
    {
        fee = 0;
        conflicts = [];
        if (_transactions.ContainsKey(transaction.Txid))
        {
            return new TransactionSubmission(TransactionOutcome.AlreadyMined, TransactionSubmission.CodeDuplicate, "transaction already in block chain");
        }

        if (TransactionRules.Check(transaction) is { } broken)
        {
            return TransactionSubmission.Invalid(broken);
        }

        if (RelayPolicy.Check(transaction, _limits) is { } refused)
        {
            return refused;
        }

        var tip = _best[^1];
        if (!TransactionRules.IsFinal(transaction, tip.Height + 1, tip.MedianTime()))
        {
            return TransactionSubmission.NotRelayed(TransactionSubmission.CodeNonStandard, "non-final");
        }

        return FindSpent(transaction, conflicts) is not { } spent
            ? new TransactionSubmission(TransactionOutcome.MissingInputs, 0, "Missing inputs")
            : JudgeSpending(transaction, spent, anyFee, conflicts, out fee);
    }

    private TransactionSubmission JudgeSpending(FloTransaction transaction, List<Coin> spent, bool anyFee, HashSet<Hash256> conflicts, out long fee)
    {
        var tip = _best[^1];
        ScriptRules? rules = _replaying ? null : ScriptRules.Policy;
        if (TransactionRules.CheckSpending(transaction, spent, tip.Height + 1, rules, out fee) is { } broken)
        {
            return TransactionSubmission.Invalid(broken);
        }

        if (!TransactionRules.SequencesAreMet(transaction, spent, tip.Height + 1, tip))
        {
            return TransactionSubmission.NotRelayed(TransactionSubmission.CodeNonStandard, "non-BIP68-final");
        }

        if (fee < MinimumFee(transaction.VirtualSize))
        {
            return TransactionSubmission.NotRelayed(TransactionSubmission.CodeFee, "min relay fee not met");
        }

        if (!anyFee && fee > _limits.AbsurdFee)
        {
            return TransactionSubmission.NotRelayed(TransactionSubmission.CodeHighFee, "absurdly-high-fee");
        }

        if (_mempool.Bytes + transaction.VirtualSize > _limits.TotalBytes)
        {
            return TransactionSubmission.NotRelayed(TransactionSubmission.CodeFee, "mempool full");
        }

        return CheckFamily(transaction) ?? CheckReplacement(transaction, fee, conflicts) ?? TransactionSubmission.Accepted;
    }

    private List<Coin>? FindSpent(FloTransaction transaction, HashSet<Hash256> conflicts)
    {
        var spent = new List<Coin>(transaction.Inputs.Length);
        foreach (var input in transaction.Inputs)
        {
            if (_mempool.Spender(input.Previous) is { } spender)
            {
                conflicts.Add(spender);
            }

            if ((_utxo.Find(input.Previous) ?? FindUnconfirmed(input.Previous)) is not { } coin)
            {
                return null;
            }

            spent.Add(coin);
        }

        return spent;
    }

    private Coin? FindUnconfirmed(OutPoint outPoint) =>
        _mempool.Find(outPoint.Txid) is { } entry && outPoint.Index < entry.Transaction.Outputs.Length
            ? new Coin(entry.Transaction.Outputs[(int)outPoint.Index], Coin.InMempool, false)
            : null;

    private TransactionSubmission? CheckFamily(FloTransaction transaction)
    {
        var parents = transaction.Inputs.Select(i => i.Previous.Txid).Where(id => _mempool.Find(id) is not null).ToHashSet();
        var ancestors = _mempool.Ancestors(parents);
        var tooLong = ancestors.Count + 1 > _limits.Ancestors
            || ancestors.Sum(a => (long)a.Transaction.VirtualSize) + transaction.VirtualSize > _limits.FamilyBytes
            || ancestors.Any(a => a.DescendantCount + 1 > _limits.Descendants || a.DescendantBytes + transaction.VirtualSize > _limits.FamilyBytes);
        return tooLong ? TransactionSubmission.NotRelayed(TransactionSubmission.CodeNonStandard, "too-long-mempool-chain") : null;
    }

    /// <summary>BIP 125: conflicts must have said they are replaceable; the new one pays more in all, and for its own relay, and brings no new unconfirmed parents.</summary>
    private TransactionSubmission? CheckReplacement(FloTransaction transaction, long fee, HashSet<Hash256> conflicts)
    {
        if (conflicts.Count == 0)
        {
            return null;
        }

        var direct = conflicts.Select(id => _mempool.Find(id)!).ToList();
        if (direct.Any(c => c.Transaction.Inputs.All(i => i.Sequence > MaxReplaceableSequence)))
        {
            return TransactionSubmission.NotRelayed(TransactionSubmission.CodeDuplicate, "txn-mempool-conflict");
        }

        var evicted = direct.Concat(conflicts.SelectMany(_mempool.Descendants)).DistinctBy(e => e.Transaction.Txid).ToList();
        var known = direct.SelectMany(d => d.Transaction.Inputs).Select(i => i.Previous.Txid).ToHashSet();
        if (transaction.Inputs.Any(i => evicted.Exists(e => e.Transaction.Txid == i.Previous.Txid)))
        {
            return TransactionSubmission.Invalid("bad-txns-spends-conflicting-tx");
        }

        if (evicted.Count > _limits.Replaced || transaction.Inputs.Any(i => _mempool.Find(i.Previous.Txid) is not null && !known.Contains(i.Previous.Txid)))
        {
            return TransactionSubmission.NotRelayed(TransactionSubmission.CodeNonStandard, "replacement-adds-unconfirmed");
        }

        var worse = direct.Any(d => (decimal)fee / transaction.VirtualSize <= (decimal)d.Fee / d.Transaction.VirtualSize);
        return worse || fee < evicted.Sum(e => e.Fee) + MinimumFee(transaction.VirtualSize)
            ? TransactionSubmission.NotRelayed(TransactionSubmission.CodeFee, "insufficient fee")
            : null;
    }

    private long MinimumFee(int virtualSize) => virtualSize * _limits.RelayFeePerKilobyte / 1000;

    private void Expire(DateTimeOffset now)
    {
        foreach (var entry in _mempool.InOrder.Where(e => now - e.Time > _limits.Expiry).ToList())
        {
            foreach (var gone in _mempool.RemoveWithDescendants(entry.Transaction.Txid).Take(1))
            {
                Log(LogKind.Expire, gone.ToArray());
            }
        }
    }

    private void DropFromMempool(FloBlock block)
    {
        foreach (var transaction in block.Transactions)
        {
            _mempool.RemoveMined(transaction.Txid);
            foreach (var input in transaction.Inputs)
            {
                if (_mempool.Spender(input.Previous) is { } conflict)
                {
                    _mempool.RemoveWithDescendants(conflict);
                }
            }
        }
    }

    private List<MempoolEntry> TakeMempool()
    {
        var waiting = _mempool.InOrder.ToList();
        _mempool.Clear();
        return waiting;
    }

    /// <summary>After a reorganisation: what left the chain first, then what waited, each judged anew. What no longer fits is dropped.</summary>
    private void ReturnToMempool(IReadOnlyList<FloTransaction> returned, IReadOnlyList<MempoolEntry> waiting)
    {
        foreach (var transaction in returned)
        {
            AcceptTransaction(transaction, _time.GetUtcNow(), anyFee: true, log: false);
        }

        foreach (var entry in waiting)
        {
            AcceptTransaction(entry.Transaction, entry.Time, anyFee: true, log: false);
        }
    }
}
