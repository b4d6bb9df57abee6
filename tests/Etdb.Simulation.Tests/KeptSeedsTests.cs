namespace Etdb.Simulation.Tests;

/// <summary>Aim: what was broken once stays mended. Method: every seed that ever broke a promise is run again; each says what it found.</summary>
public sealed class KeptSeedsTests
{
    [Theory]
    [InlineData(3, 9, 8, 6, 2)] // A canary drawn on an empty shelf, or on what was being healed, passed for a good one: a node with nothing left went unnoticed.
    [InlineData(42, 6, 7, 5, 2)] // The same.
    [InlineData(113, 7, 6, 5, 4)] // Two members silent braked repair; when the brake let go nobody asked the datasets it had held back until the next sweep.
    [InlineData(199, 9, 8, 6, 3)] // A crash before a shelf had told its datasets that the node was silent: nobody woke the shelf until the node answered again.
    [InlineData(40214, 12, 7, 5, 4)] // A copy taken back from a node that returned counted by a sample; what flaps was never read whole, so rot went on counting.
    public void A_seed_that_broke_a_promise_keeps_it_now(ulong seed, int datasets, int nodes, int members, int target)
    {
        var run = SimulationRun.Run(new SimulationSettings { Seed = seed, Years = 1, Datasets = datasets, Nodes = nodes, Members = members, Target = target });
        Assert.Empty(run.InvariantViolations);
        Assert.True(run.Converged);
    }
}
