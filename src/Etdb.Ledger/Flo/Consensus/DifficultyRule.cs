using System.Numerics;

namespace Etdb.Ledger.Flo.Consensus;

/// <summary>
/// FLO's three retarget rules (flo <c>pow.cpp</c>). Each averages the last <see cref="AveragingBlocks"/> intervals of 40 s every
/// <see cref="IntervalBlocks"/> blocks and clamps the measured span to a percentage of the wanted one.
/// </summary>
/// <param name="IntervalBlocks">A new target is computed at heights divisible by this.</param>
/// <param name="AveragingBlocks">Intervals that are measured.</param>
/// <param name="LeastPercent">Lower clamp, percent of the wanted span.</param>
/// <param name="MostPercent">Upper clamp, percent of the wanted span.</param>
public sealed record DifficultyRule(int IntervalBlocks, int AveragingBlocks, int LeastPercent, int MostPercent)
{
    /// <summary>Wanted seconds between blocks.</summary>
    public const int SpacingSeconds = 40;

    /// <summary>From the start.</summary>
    public static readonly DifficultyRule V1 = new(90, 90, 25, 400);

    /// <summary>Main 208,440; test 50,000.</summary>
    public static readonly DifficultyRule V2 = new(15, 15, 25, 400);

    /// <summary>Main 426,000; test 60,000: every block.</summary>
    public static readonly DifficultyRule V3 = new(1, 6, 98, 103);

    /// <summary>The rule a block at <paramref name="height"/> is judged by.</summary>
    public static DifficultyRule At(int height, FloNetwork network) =>
        height >= network.DifficultyV3Height ? V3 : height >= network.DifficultyV2Height ? V2 : V1;

    /// <summary>Height of the block the measured span begins at, for a new block at <paramref name="height"/> that is due for a new target.</summary>
    public int FirstHeight(int height) => Math.Max(0, height - 1 - (height == AveragingBlocks ? AveragingBlocks - 1 : AveragingBlocks));

    /// <summary>The new bits from the last block's bits and the times (Unix seconds) at both ends of the span.</summary>
    public uint Next(uint lastBits, uint lastTime, uint firstTime, UInt256 powLimit)
    {
        long wanted = AveragingBlocks * SpacingSeconds;
        var actual = Math.Clamp((long)lastTime - firstTime, wanted * LeastPercent / 100, wanted * MostPercent / 100);
        var last = CompactTarget.Decode(lastBits) ?? throw new FormatException($"{lastBits:x8} is no target.");
        var next = (BigInteger)last * actual / wanted;
        return CompactTarget.Encode(next > powLimit ? powLimit : new UInt256(next));
    }
}
