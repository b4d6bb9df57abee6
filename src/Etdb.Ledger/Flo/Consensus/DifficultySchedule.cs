namespace Etdb.Ledger.Flo.Consensus;

/// <summary>Computes the bits a new block must carry from the headers before it.</summary>
public static class DifficultySchedule
{
    /// <summary>Twice the spacing without a block lets testnet fall to the lowest difficulty, at heights that are not retarget heights.</summary>
    private const uint GapSeconds = DifficultyRule.SpacingSeconds * 2;

    /// <summary>
    /// Bits for the block at <paramref name="height"/> with header time <paramref name="time"/>. <paramref name="headerAt"/> answers for
    /// earlier heights of the same branch; at most one averaging window and, on test networks, one retarget interval are asked for.
    /// </summary>
    public static uint RequiredBits(int height, uint time, Func<int, FloBlockHeader> headerAt, FloNetwork network)
    {
        if (height == 0)
        {
            return network.Genesis.Header.Bits;
        }

        var last = headerAt(height - 1);
        if (network.NoRetarget)
        {
            return last.Bits;
        }

        var rule = DifficultyRule.At(height, network);
        if (height % rule.IntervalBlocks == 0)
        {
            return rule.Next(last.Bits, last.Time, headerAt(rule.FirstHeight(height)).Time, network.PowLimit);
        }

        return network.AllowsMinimumDifficulty ? AfterGap(height, time, last, rule, headerAt, network) : last.Bits;
    }

    private static uint AfterGap(int height, uint time, FloBlockHeader last, DifficultyRule rule, Func<int, FloBlockHeader> headerAt, FloNetwork network)
    {
        var limit = CompactTarget.Encode(network.PowLimit);
        if (time > last.Time + GapSeconds)
        {
            return limit;
        }

        var at = height - 1;
        var header = last;
        while (at > 0 && at % rule.IntervalBlocks != 0 && header.Bits == limit)
        {
            header = headerAt(--at);
        }

        return header.Bits;
    }
}
