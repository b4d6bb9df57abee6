using Etdb.Domain.Common;

namespace Etdb.Domain.Tests.Audit;

/// <summary>
/// What a random sample of blocks proves. Sampling finds wholesale loss for pennies and says nothing of a single rotten block: that is
/// the scrub's work. The product decides nothing by it; it is where the figures of docs/internals/audit.md come from.
/// With replacement P = 1 − (1−x)ⁿ; without it is hypergeometric, 1 − C(N−t, n) / C(N, n).
/// </summary>
internal static class SamplingMath
{
    /// <summary>Probability that <paramref name="samples"/> random blocks show at least one of a bad fraction.</summary>
    /// <param name="badFraction">x, 0..1.</param>
    /// <param name="samples">n, from 0.</param>
    public static double Detection(double badFraction, long samples)
    {
        CheckFraction(badFraction);
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        return samples == 0 ? 0 : -SmallNumbers.ExpM1(samples * SmallNumbers.LogP1(-badFraction));
    }

    /// <summary>Exact probability without replacement that a sample of <paramref name="samples"/> of <paramref name="blocks"/> blocks shows at least one of <paramref name="bad"/>.</summary>
    public static double Detection(long blocks, long bad, long samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blocks);
        ArgumentOutOfRangeException.ThrowIfNegative(bad);
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bad, blocks);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, blocks);
        if (bad == 0 || samples == 0)
        {
            return 0;
        }

        if (bad + samples > blocks)
        {
            return 1;
        }

        // ln of the product over the smaller of the two sets: C(N−t,n)/C(N,n) = Π (N−n−i)/(N−i), i < t.
        var (few, many) = bad < samples ? (bad, samples) : (samples, bad);
        var logMiss = 0.0;
        for (long i = 0; i < few; i++)
        {
            logMiss += SmallNumbers.LogP1(-(double)many / (blocks - i));
        }

        return -SmallNumbers.ExpM1(logMiss);
    }

    /// <summary>Least samples for a confidence: n = ⌈ln(1−c) / ln(1−x)⌉.</summary>
    /// <param name="confidence">c, 0..1 exclusive.</param>
    /// <param name="badFraction">x, 0 exclusive..1.</param>
    public static long Samples(double confidence, double badFraction)
    {
        CheckConfidence(confidence);
        CheckFraction(badFraction);
        ArgumentOutOfRangeException.ThrowIfZero(badFraction);
        return badFraction >= 1 ? 1 : (long)Math.Ceiling((SmallNumbers.LogP1(-confidence) / SmallNumbers.LogP1(-badFraction)) - 1e-9);
    }

    /// <summary>Least samples without replacement, by bisection over the exact formula.</summary>
    public static long Samples(double confidence, long blocks, long bad)
    {
        CheckConfidence(confidence);
        ArgumentOutOfRangeException.ThrowIfLessThan(bad, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bad, blocks);
        long low = 1;
        var high = blocks - bad + 1;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Detection(blocks, bad, middle) >= confidence)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>Mean time until repeated audits of <paramref name="samples"/> blocks find a bad fraction: T / (1 − (1−x)^q).</summary>
    public static TimeSpan MeanDetection(TimeSpan interval, double badFraction, long samples) => interval / Detection(badFraction, samples);

    /// <summary>Days until a node that lost a fraction of its datasets is found with confidence by probing that many random datasets a day.</summary>
    public static int DaysToFind(double confidence, double lostFraction, int datasetsADay) =>
        (int)Math.Ceiling(Samples(confidence, lostFraction) / (double)datasetsADay);

    private static void CheckFraction(double fraction)
    {
        if (!(fraction is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "A fraction is 0 to 1.");
        }
    }

    private static void CheckConfidence(double confidence)
    {
        if (!(confidence is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "A confidence is above 0 and below 1.");
        }
    }
}
