using Etdb.Domain.Common;

namespace Etdb.Grains.State;

/// <summary>Spreads keys over buckets and periods, the same in every process and version.</summary>
internal static class Spread
{
    /// <summary>Which of <paramref name="count"/> buckets a key falls into.</summary>
    public static int Bucket(string key, int count) => (int)(Hashing.Of(key) % (ulong)count);

    /// <summary>A number in (0,1) that belongs to the key: spreads periodic work over its period.</summary>
    public static double Fraction(string key) => Hashing.Unit(Hashing.Of(key));
}
