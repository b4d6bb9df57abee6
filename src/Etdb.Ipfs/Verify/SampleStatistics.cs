namespace Etdb.Ipfs.Verify;

/// <summary>
/// What drawing blocks can prove (Ateniese et al., "Provable data possession", 2007). <c>x</c> is the fraction of blocks that are bad, <c>n</c> the blocks
/// drawn, <c>c</c> the confidence. Sampling finds a lying or emptied node for pennies; it does not find one bad block among thousands.
/// </summary>
public static class SampleStatistics
{
    /// <summary>Chance that at least one of <paramref name="draws"/> hits, drawn with replacement: 1-(1-x)^n.</summary>
    public static double Detection(double badFraction, long draws)
    {
        RequireFraction(badFraction);
        ArgumentOutOfRangeException.ThrowIfNegative(draws);
        return draws == 0 ? 0 : badFraction >= 1 ? 1 : -Math.Exp(draws * Log1P(-badFraction)) + 1;
    }

    /// <summary>The same without replacement, for <paramref name="bad"/> of <paramref name="blocks"/>: 1-C(N-t,n)/C(N,n).</summary>
    public static double DetectionExact(long blocks, long bad, long draws)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(draws);
        ArgumentOutOfRangeException.ThrowIfNegative(bad);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, Math.Max(bad, 1));
        if (bad == 0 || draws == 0)
        {
            return 0;
        }

        if (draws > blocks - bad)
        {
            return 1;
        }

        // The product is symmetric in bad and draws: the shorter one is multiplied out.
        var (few, many) = bad < draws ? (bad, draws) : (draws, bad);
        var log = 0.0;
        for (var i = 0L; i < few; i++)
        {
            log += Log1P(-(double)many / (blocks - i));
        }

        return 1 - Math.Exp(log);
    }

    /// <summary>Draws that find a bad fraction with the confidence: ln(1-c)/ln(1-x), rounded up.</summary>
    public static long DrawsFor(double badFraction, double confidence)
    {
        RequireFraction(badFraction);
        RequireFraction(confidence);
        return badFraction >= 1 ? 1 : (long)Math.Ceiling((Log1P(-confidence) / Log1P(-badFraction)) - 1e-9);
    }

    /// <summary>The largest bad fraction that is still believable after <paramref name="cleanDraws"/> draws without a hit: 1-(1-c)^(1/n).</summary>
    public static double UpperBound(long cleanDraws, double confidence)
    {
        RequireFraction(confidence);
        ArgumentOutOfRangeException.ThrowIfNegative(cleanDraws);
        return cleanDraws == 0 ? 1 : 1 - Math.Exp(Log1P(-confidence) / cleanDraws);
    }

    /// <summary>Mean time until a bad fraction is found by audits of <paramref name="draws"/> blocks every <paramref name="interval"/>: T/(1-(1-x)^n).</summary>
    public static TimeSpan MeanTimeToDetect(double badFraction, long draws, TimeSpan interval)
    {
        var chance = Detection(badFraction, draws);
        return chance <= 0 ? TimeSpan.MaxValue : interval / chance;
    }

    private static void RequireFraction(double value)
    {
        if (value is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "a fraction lies above 0 and at most at 1");
        }
    }

    private static double Log1P(double x) => Math.Abs(x) > 1e-4 ? Math.Log(1 + x) : x - (x * x / 2) + (x * x * x / 3);
}
