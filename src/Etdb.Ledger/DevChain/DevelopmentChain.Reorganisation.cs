namespace Etdb.Ledger.DevChain;

public sealed partial class DevelopmentChain
{
    private void SetInvalid(ChainEntry entry, bool invalid)
    {
        if (invalid)
        {
            entry.Invalid = true;
            if (IsBest(entry))
            {
                var waiting = TakeMempool();
                var returned = DisconnectTo(entry.Parent!);
                ReturnToMempool(returned, waiting);
                AnnounceTip();
            }
        }
        else
        {
            ClearInvalid(entry);
        }

        ActivateBest(byHand: true);
    }

    /// <summary>Clears the mark on the block, its ancestors and its descendants, as <c>reconsiderblock</c> does.</summary>
    private void ClearInvalid(ChainEntry entry)
    {
        for (var e = entry; e is not null; e = e.Parent)
        {
            e.Invalid = false;
        }

        foreach (var other in _entries.Values.Where(e => e.Invalid && e.Height > entry.Height && e.At(entry.Height) == entry))
        {
            other.Invalid = false;
        }
    }

    /// <summary>Goes to the valid branch with most work. Each failed try marks a block invalid, so it ends.</summary>
    private void ActivateBest(bool byHand)
    {
        while (FindBetter() is { } target)
        {
            var fork = ForkWith(target);
            var depth = _best[^1].Height - fork.Height;
            if (!byHand && _largestReorganisation > 0 && depth >= _largestReorganisation)
            {
                target.At(fork.Height + 1).Invalid = true;
                continue;
            }

            var waiting = TakeMempool();
            var returned = Switch(target, fork);
            ReturnToMempool(returned, waiting);
            AnnounceTip();
        }
    }

    /// <summary>Connects the branch, or goes back to where it was with the failing block marked. Gives the transactions that left the chain.</summary>
    private List<FloTransaction> Switch(ChainEntry target, ChainEntry fork)
    {
        var before = _best.Skip(fork.Height + 1).ToList();
        var returned = DisconnectTo(fork);
        foreach (var entry in Branch(target, fork))
        {
            if (Connect(entry, ReadBlock(entry)) is null)
            {
                continue;
            }

            entry.Invalid = true;
            DisconnectTo(fork);
            foreach (var old in before)
            {
                var problem = Connect(old, ReadBlock(old));
                if (problem is not null)
                {
                    throw new InvalidOperationException($"Block {old.Hash} was connected before and is refused now: {problem}");
                }
            }

            return [];
        }

        return returned;
    }

    private List<FloTransaction> DisconnectTo(ChainEntry ancestor)
    {
        var returned = new List<FloTransaction>();
        while (_best[^1] != ancestor)
        {
            var block = ReadBlock(_best[^1]);
            DisconnectTip(block);
            returned.InsertRange(0, block.Transactions.Skip(1));
        }

        return returned;
    }

    private ChainEntry? FindBetter()
    {
        var inner = _entries.Values.Select(e => e.Parent).ToHashSet();
        var better = _entries.Values
            .Where(e => !inner.Contains(e) && e.Work > _best[^1].Work)
            .Select(ValidPart)
            .Where(e => e.Work > _best[^1].Work)
            .OrderByDescending(e => e.Work)
            .ThenBy(e => e.Order);
        return better.FirstOrDefault();
    }

    /// <summary>The last block of a branch before its first invalid one.</summary>
    private ChainEntry ValidPart(ChainEntry leaf)
    {
        var valid = leaf;
        for (var e = leaf; !IsBest(e); e = e.Parent!)
        {
            valid = e.Invalid ? e.Parent! : valid;
        }

        return valid;
    }

    private ChainEntry ForkWith(ChainEntry target)
    {
        var fork = target;
        while (!IsBest(fork))
        {
            fork = fork.Parent!;
        }

        return fork;
    }

    private static List<ChainEntry> Branch(ChainEntry target, ChainEntry fork)
    {
        var branch = new List<ChainEntry>();
        for (var e = target; e != fork; e = e.Parent!)
        {
            branch.Add(e);
        }

        branch.Reverse();
        return branch;
    }

    private bool IsBest(ChainEntry entry) => entry.Height < _best.Count && _best[entry.Height] == entry;

    private void AnnounceTip()
    {
        var changed = _tipChanged;
        _tipChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
