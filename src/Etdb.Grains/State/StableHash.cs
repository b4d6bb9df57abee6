namespace Etdb.Grains.State;

/// <summary>A hash that is the same in every process and version (FNV-1a, 64 bit, with a final mix): what keys are spread over shards by.</summary>
internal static class StableHash
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Of(string text)
    {
        var hash = Offset;
        foreach (var c in text)
        {
            hash = (hash ^ c) * Prime;
        }

        // Without the mix the low bits of similar keys are too much alike to spread them.
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        return hash ^ (hash >> 33);
    }

    /// <summary>Which of <paramref name="count"/> buckets a key falls into.</summary>
    public static int Bucket(string text, int count) => (int)(Of(text) % (ulong)count);

    /// <summary>A number in [0,1) that belongs to the key: spreads periodic work over its period.</summary>
    public static double Fraction(string text) => (Of(text) >> 11) * (1.0 / (1UL << 53));
}
