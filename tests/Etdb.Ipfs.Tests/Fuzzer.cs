namespace Etdb.Ipfs.Tests;

/// <summary>Seeded mutation of valid inputs; <c>ETDB_TEST_SCALE</c> multiplies the rounds.</summary>
internal static class Fuzzer
{
    private static int Scale => int.TryParse(Environment.GetEnvironmentVariable("ETDB_TEST_SCALE"), out var scale) && scale > 0 ? scale : 1;

    /// <summary>Feeds mutants of <paramref name="seeds"/> to <paramref name="decode"/>; anything thrown but the allowed kinds fails, with the seed that shows it.</summary>
    public static void Run(int seed, int rounds, IReadOnlyList<byte[]> seeds, Action<byte[]> decode, params Type[] allowed)
    {
        for (var round = 0; round < rounds * Scale; round++)
        {
            var random = new Random(HashCode.Combine(seed, round));
            var mutant = Mutate(random, seeds[random.Next(seeds.Count)], seeds[random.Next(seeds.Count)]);
            try
            {
                decode(mutant);
            }
            catch (Exception e) when (allowed.Any(kind => kind.IsInstanceOfType(e)))
            {
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}, round {round}, input {Convert.ToHexString(mutant.AsSpan(0, Math.Min(200, mutant.Length)))}: {e}");
            }
        }
    }

    private static byte[] Mutate(Random random, byte[] valid, byte[] other)
    {
        var bytes = new List<byte>(valid);
        for (var times = random.Next(1, 5); times > 0; times--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when bytes.Count > 0:
                    bytes[Math.Min(at, bytes.Count - 1)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256)));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 16)));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    bytes.InsertRange(at, other.Skip(random.Next(other.Length + 1)).Take(random.Next(64)));
                    break;
                default:
                    bytes.InsertRange(at, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, (byte)random.Next(256)]);
                    break;
            }
        }

        return [.. bytes];
    }
}
