using System.Diagnostics;
using Etdb.Orleans.Embedded.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Embedded;

/// <summary>The seeded scheduler: virtual time, repeatable interleavings, crashes.</summary>
public sealed class SimulationTests
{
    private readonly MemoryGrainStorage _storage = new();

    [Fact]
    public void A_call_answers_and_state_stays_with_its_grain()
    {
        using var silo = Silo(1);
        Assert.Equal(2, silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("a").Add(2)));
        Assert.Equal(5, silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("a").Add(3)));
        Assert.Equal(1, silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("b").Add(1)));
        Assert.Equal(7, silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("a").AddVia("c", 7, 3)));
    }

    [Fact]
    public void Delays_take_virtual_time_only()
    {
        using var silo = Silo(1);
        var began = Stopwatch.StartNew();
        var day = silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("a").Delayed(TimeSpan.FromSeconds(20)));
        Assert.Equal("2025-01-01T00:00:20.0000000+00:00", day);
        silo.AdvanceBy(TimeSpan.FromDays(365));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 20, TimeSpan.Zero), silo.Time.GetUtcNow());
        Assert.True(began.Elapsed < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Library_code_that_leaves_the_turn_stays_on_the_simulations_thread()
    {
        using var silo = Silo(1);
        Assert.Equal("2 True", silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("a").DelayedInLibrary(TimeSpan.FromSeconds(3))));
    }

    [Fact]
    public void Work_that_escapes_to_another_thread_is_noticed()
    {
        using var silo = Silo(1);
        using var back = new ManualResetEventSlim();
        var escaped = Assert.Throws<SimulationEscapedException>(() => silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("a").Escape(back)));
        Assert.Contains("came back from another thread", escaped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_seeds_interleave_equally_and_other_seeds_otherwise()
    {
        var runs = Enumerable.Range(0, 40).Select(i => Interleaving((ulong)(i / 2))).ToArray();
        for (var i = 0; i < runs.Length; i += 2)
        {
            Assert.Equal(runs[i], runs[i + 1]);
        }

        Assert.True(runs.Distinct().Count() >= 15);
    }

    [Fact]
    public void A_crash_at_any_turn_keeps_what_was_acknowledged_and_no_more_than_was_written()
    {
        for (var steps = 0; steps < 60; steps++)
        {
            var storage = new MemoryGrainStorage();
            using var silo = Silo(3, storage);
            var acknowledged = 0L;
            var grain = silo.Grains.GetGrain<ISimCounterGrain>("a");
            async Task Grow()
            {
                while (true)
                {
                    acknowledged = await grain.Stored();
                }
            }

            var outcome = Assert.ThrowsAny<Exception>(() => silo.Run(() => CrashAfter(silo, steps, Grow)));
            Assert.IsType<SiloUnavailableException>(outcome);
            silo.Start();
            var value = silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("a").Add(0));
            Assert.InRange(value, acknowledged, acknowledged + 1);
        }
    }

    [Fact]
    public void Storage_faults_follow_the_seed()
    {
        Assert.Equal(Faults(9), Faults(9));
        Assert.NotEqual(0, Faults(9).Injected);
    }

    private static async Task CrashAfter(SimulatedSilo silo, int turns, Func<Task> work)
    {
        var running = work();
        for (var i = 0; i < turns; i++)
        {
            await Task.Yield();
        }

        silo.Crash();
        await running;
    }

    private static string Interleaving(ulong seed)
    {
        SimCounterGrain.SharedJournal.Clear();
        using var silo = new SimulatedSilo(new SimulationOptions { Seed = seed }, b => b.Services.AddKeyedSingleton<IGrainStorage>("Default", new MemoryGrainStorage()));
        silo.Run(() => Task.WhenAll("abcde".Select(c => silo.Grains.GetGrain<ISimCounterGrain>(c.ToString()).Note(c.ToString(), 4))));
        return $"{silo.Scheduler.Trace:x} {string.Join(' ', SimCounterGrain.SharedJournal)}";
    }

    private static (long Stored, long Injected, long Writes) Faults(ulong seed)
    {
        var inner = new MemoryGrainStorage();
        FaultInjectingStorage? storage = null;
        using var silo = new SimulatedSilo(new SimulationOptions { Seed = seed }, b => b.Services.AddKeyedSingleton<IGrainStorage>("Default", (s, _) =>
            storage ??= new FaultInjectingStorage(
                inner,
                new StorageFaults { WriteFails = 0.2, WriteIsLostOnTheWayBack = 0.2, Latency = TimeSpan.FromMilliseconds(50) },
                new SeededRandom(seed),
                s.GetRequiredService<TimeProvider>())));
        var stored = 0L;
        for (var i = 0; i < 50; i++)
        {
            try
            {
                stored = silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("a").Stored());
            }
            catch (OrleansException)
            {
            }
        }

        return (stored, storage!.Injected, inner.Writes);
    }

    private SimulatedSilo Silo(ulong seed, MemoryGrainStorage? storage = null) =>
        new(new SimulationOptions { Seed = seed }, b => b.Services.AddKeyedSingleton<IGrainStorage>("Default", storage ?? _storage));
}
