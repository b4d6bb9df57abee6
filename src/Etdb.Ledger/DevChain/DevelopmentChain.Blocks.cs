namespace Etdb.Ledger.DevChain;

// Blocks form a tree; the best chain is the branch with most work, the first to come among equals. A block's effects are undone exactly by the coins
// it spent, kept beside it, so a reorganisation of any depth is "disconnect to the fork, connect the other branch, and if that fails, back again".
public sealed partial class DevelopmentChain
{
    /// <summary>Offers a block.</summary>
    public BlockSubmission Submit(FloBlock block)
    {
        lock (_lock)
        {
            ThrowIfBroken();
            return AcceptBlock(block, logged: null);
        }
    }

    /// <summary>Treats a block and all after it as invalid; false when unknown or the genesis block.</summary>
    public bool Invalidate(Hash256 block) => Mark(block, invalid: true);

    /// <summary>Takes <see cref="Invalidate"/> back for a block, its ancestors and descendants; false when unknown.</summary>
    public bool Reconsider(Hash256 block) => Mark(block, invalid: false);

    private bool Mark(Hash256 block, bool invalid)
    {
        lock (_lock)
        {
            ThrowIfBroken();
            if (!_entries.TryGetValue(block, out var entry) || entry.Parent is null)
            {
                return false;
            }

            Log(invalid ? LogKind.Invalidate : LogKind.Reconsider, block.ToArray());
            SetInvalid(entry, invalid);
            return true;
        }
    }

    private BlockSubmission AcceptBlock(FloBlock block, long? logged)
    {
        if (_entries.TryGetValue(block.Hash, out var known))
        {
            return known.Invalid ? new BlockSubmission(BlockOutcome.Invalid, "duplicate-invalid") : new BlockSubmission(BlockOutcome.Duplicate, "duplicate");
        }

        if (!_entries.TryGetValue(block.Header.Previous, out var parent))
        {
            return new BlockSubmission(BlockOutcome.Orphan, "prev-blk-not-found");
        }

        if (IsOnInvalidBranch(parent))
        {
            return new BlockSubmission(BlockOutcome.Invalid, "bad-prevblk");
        }

        if (BlockRules.CheckInPlace(block, parent, Network, _replaying ? null : _time.GetUtcNow()) is { } reason)
        {
            return new BlockSubmission(BlockOutcome.Invalid, reason);
        }

        // A block that extends the tip is tried before it is logged, so that one with bad transactions leaves no trace; a side branch is judged when its turn comes.
        if (parent == _best[^1])
        {
            return ExtendTip(block, parent, logged);
        }

        var entry = AddBranch(block, parent, logged);
        ActivateBest(byHand: false);
        return _best[^1] == entry ? new BlockSubmission(BlockOutcome.Connected, null)
            : entry.Invalid ? new BlockSubmission(BlockOutcome.Invalid, "bad-branch")
            : new BlockSubmission(BlockOutcome.SideBranch, "inconclusive");
    }

    private BlockSubmission ExtendTip(FloBlock block, ChainEntry parent, long? logged)
    {
        var entry = new ChainEntry(block.Header, parent, block.Transactions.Length, block.Raw.Length, _order++);
        if (Connect(entry, block) is { } reason)
        {
            return new BlockSubmission(BlockOutcome.Invalid, reason);
        }

        entry.LogPosition = logged ?? Log(LogKind.Block, block.Raw.Span);
        _entries.Add(entry.Hash, entry);
        DropFromMempool(block);
        AnnounceTip();
        return new BlockSubmission(BlockOutcome.Connected, null);
    }

    private ChainEntry AddBranch(FloBlock block, ChainEntry parent, long? logged)
    {
        var entry = new ChainEntry(block.Header, parent, block.Transactions.Length, block.Raw.Length, _order++)
        {
            LogPosition = logged ?? Log(LogKind.Block, block.Raw.Span),
        };
        _entries.Add(entry.Hash, entry);
        return entry;
    }

    /// <summary>Spends and creates the block's coins on top of the tip. Null when it is the tip now; else nothing has changed.</summary>
    private string? Connect(ChainEntry entry, FloBlock block)
    {
        ScriptRules? rules = _replaying ? null : entry.Height >= Network.Bip66Height ? ScriptRules.Consensus : ScriptRules.Historic;
        var undo = new List<(OutPoint, Coin)>();
        var fees = 0L;
        for (var i = 0; i < block.Transactions.Length; i++)
        {
            var reason = ConnectTransaction(entry, block.Transactions[i], rules, undo, ref fees);
            if (reason is null && i == block.Transactions.Length - 1 && block.Transactions[0].OutputValue() > Network.Subsidy(entry.Height) + fees)
            {
                RollBack(block.Transactions.AsSpan()[..(i + 1)], undo);
                return "bad-cb-amount";
            }

            if (reason is not null)
            {
                RollBack(block.Transactions.AsSpan()[..i], undo);
                return reason;
            }
        }

        entry.Undo = undo;
        _best.Add(entry);
        for (var i = 0; i < block.Transactions.Length; i++)
        {
            _transactions[block.Transactions[i].Txid] = (entry, i);
        }

        return null;
    }

    private string? ConnectTransaction(ChainEntry entry, FloTransaction transaction, ScriptRules? rules, List<(OutPoint, Coin)> undo, ref long fees)
    {
        if (_transactions.ContainsKey(transaction.Txid))
        {
            return "bad-txns-BIP30";
        }

        if (transaction.IsCoinbase)
        {
            _utxo.AddOutputs(transaction, entry.Height);
            return null;
        }

        var spent = new List<Coin>(transaction.Inputs.Length);
        foreach (var input in transaction.Inputs)
        {
            if (_utxo.Find(input.Previous) is not { } coin)
            {
                return "bad-txns-inputs-missingorspent";
            }

            spent.Add(coin);
        }

        if (!TransactionRules.SequencesAreMet(transaction, spent, entry.Height, entry.Parent!))
        {
            return "bad-txns-nonfinal";
        }

        if (TransactionRules.CheckSpending(transaction, spent, entry.Height, rules, out var fee) is { } reason)
        {
            return reason;
        }

        fees += fee;
        foreach (var input in transaction.Inputs)
        {
            undo.Add((input.Previous, _utxo.Remove(input.Previous)));
        }

        _utxo.AddOutputs(transaction, entry.Height);
        return null;
    }

    private void RollBack(ReadOnlySpan<FloTransaction> done, IReadOnlyList<(OutPoint OutPoint, Coin Coin)> undo)
    {
        var left = undo.Count;
        for (var i = done.Length - 1; i >= 0; i--)
        {
            _utxo.RemoveOutputs(done[i]);
            var inputs = done[i].IsCoinbase ? 0 : done[i].Inputs.Length;
            for (var j = 0; j < inputs; j++)
            {
                left--;
                _utxo.Add(undo[left].OutPoint, undo[left].Coin);
            }
        }
    }

    /// <summary>Takes the tip's effects back.</summary>
    private void DisconnectTip(FloBlock block)
    {
        var entry = _best[^1];
        RollBack(block.Transactions.AsSpan(), entry.Undo!);
        entry.Undo = null;
        _best.RemoveAt(_best.Count - 1);
        foreach (var transaction in block.Transactions)
        {
            _transactions.Remove(transaction.Txid);
        }
    }

    private FloBlock ReadBlock(ChainEntry entry) => entry.Parent is null ? Network.Genesis : FloBlock.Parse(_log.Read(entry.LogPosition));

    private static bool IsOnInvalidBranch(ChainEntry entry)
    {
        for (var e = entry; e is not null; e = e.Parent)
        {
            if (e.Invalid)
            {
                return true;
            }
        }

        return false;
    }
}
