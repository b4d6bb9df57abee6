using Etdb.Orleans.Embedded.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Embedded;

/// <summary>How many grain calls a simulated silo makes. Run it alone to get the figure: <c>-class "*SpeedTests"</c>.</summary>
public sealed class SpeedTests
{
    /// <summary>A floor for a machine that is busy with other things; the figure itself is reported.</summary>
    private const double LeastCallsPerSecond = 2_000;

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Speed_of_simulated_grain_calls_is_reported(int grains)
    {
        using var silo = new SimulatedSilo(new SimulationOptions { Seed = 1 }, static b => b.Services.AddKeyedSingleton<IGrainStorage>("Default", new MemoryGrainStorage()));
        var calls = 200_000 / grains;
        silo.Run(() => Load(silo, grains, calls / 4));
        var began = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        silo.Run(() => Load(silo, grains, calls));
        var rate = grains * calls / (Environment.CpuUsage.TotalTime - began).TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{grains} grains: {rate:F0} calls a second of processor time, {(GC.GetAllocatedBytesForCurrentThread() - allocated) / (grains * calls)} bytes a call");
        Assert.True(rate > LeastCallsPerSecond, $"{rate:F0} calls/s");
    }

    private static Task Load(SimulatedSilo silo, int grains, int calls) => Task.WhenAll(Enumerable.Range(0, grains).Select(async g =>
    {
        for (var i = 0; i < calls; i++)
        {
            await silo.Grains.GetGrain<ISimCounterGrain>($"speed{g}").Add(1);
        }
    }));
}
