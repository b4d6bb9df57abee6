using System.Collections.Concurrent;

namespace Etdb.Simulation.Tests;

/// <summary>
/// Aim: no seed breaks a promise, and every world becomes whole again once it is left alone.
/// Method: small worlds of one year with everything going wrong; the invariants are looked at after every step.
/// </summary>
public sealed class VariedWorldsTests
{
    private const int Worlds = 200;

    private static int Scale => int.TryParse(Environment.GetEnvironmentVariable("ETDB_TEST_SCALE"), out var scale) && scale > 0 ? scale : 1;

    [Fact]
    public void Every_seed_keeps_the_nine_promises()
    {
        var failed = new ConcurrentBag<string>();
        Parallel.For(1, (Worlds * Scale) + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            var result = SimulationRun.Run(SimulationSettings.Varied((ulong)seed));
            if (!result.Passed)
            {
                failed.Add($"{result.Command}\n    {string.Join("\n    ", result.InvariantViolations.Take(3))}");
            }
        });
        Assert.True(failed.IsEmpty, string.Join("\n", failed));
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        var first = SimulationRun.Run(SimulationSettings.Varied(42));
        var second = SimulationRun.Run(SimulationSettings.Varied(42));
        Assert.Equal((first.Trace, first.Events, first.Steps), (second.Trace, second.Events, second.Steps));
        var other = SimulationRun.Run(SimulationSettings.Varied(43));
        Assert.NotEqual(first.Events, other.Events);
    }
}
