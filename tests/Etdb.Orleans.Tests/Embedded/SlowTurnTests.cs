using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Etdb.Orleans.Embedded.Simulation;
using Etdb.Orleans.Tests.Contract;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Hosting;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Embedded;

/// <summary>Grain code that takes too long, or blocks: the log, the counters and the time-out messages name grain and method.</summary>
public sealed class SlowTurnTests
{
    private static readonly TimeSpan BeyondTheLimit = TimeSpan.FromMilliseconds(1_200);

    [Fact]
    public async Task A_turn_that_blocks_is_named_with_grain_and_method_and_counted()
    {
        using var folder = new TestFolder();
        var logs = new KeptLogs();
        var counted = new ConcurrentBag<string>();
        using var meters = new MeterListener { InstrumentPublished = static (instrument, listener) => Listen(instrument, listener) };
        meters.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Add(string.Join(',', tags.ToArray().Select(static t => t.Value))));
        meters.Start();
        await using var silo = await TestSilo.StartAsync(folder.Path, b => b.Services.AddSingleton<ILoggerProvider>(logs));
        await silo.Grains.GetGrain<IBlockingGrain>("whole").Block(BeyondTheLimit);
        await silo.Grains.GetGrain<IBlockingGrain>("part").BlockAfterAwait(BeyondTheLimit);
        await logs.WaitAsync("blocking/whole", "IBlockingGrain.Block");
        await logs.WaitAsync("blocking/part", "IBlockingGrain.BlockAfterAwait");
        Assert.True(counted.Count(static c => c == nameof(BlockingGrain)) >= 2);
    }

    [Fact]
    public async Task A_turn_that_blocks_is_named_for_what_it_ran_and_not_for_what_waits_beside_it()
    {
        using var folder = new TestFolder();
        var logs = new KeptLogs();
        await using var silo = await TestSilo.StartAsync(folder.Path, b => b.Services.AddSingleton<ILoggerProvider>(logs));
        var key = $"beside-{Guid.NewGuid():N}";
        var grain = silo.Grains.GetGrain<IBlockingGrain>(key);
        var idle = grain.IdleBeside(key);
        await Stage.Until(key, static log => log.Contains("idle"), "the call beside");
        await grain.BlockBeside(BeyondTheLimit);
        await logs.WaitAsync(key, "IBlockingGrain.BlockBeside");
        Stage.Open(key);
        await idle;
        await silo.Grains.GetGrain<IBlockingGrain>("beginning").Block(TimeSpan.Zero);
        await logs.WaitAsync("blocking/beginning", "the activation of");
        await silo.Grains.GetGrain<IBlockingGrain>("ending").End();
        await logs.WaitAsync("blocking/ending", "the deactivation of");
    }

    [Fact]
    public async Task A_call_to_a_grain_whose_thread_is_blocked_says_so_when_it_times_out()
    {
        using var folder = new TestFolder();
        await using var silo = await TestSilo.StartAsync(folder.Path);
        using var gate = new ManualResetEventSlim();
        BlockingGrain.Gate = gate;
        var blocked = silo.Grains.GetGrain<IBlockingGrain>("stuck").BlockUntilOpened();
        var failure = await Assert.ThrowsAsync<TimeoutException>(() => silo.Grains.GetGrain<IBlockingGrain>("stuck").Block(TimeSpan.Zero));
        gate.Set();
        Assert.Contains("blocking/stuck", failure.Message, StringComparison.Ordinal);
        Assert.Contains("IBlockingGrain.BlockUntilOpened", failure.Message, StringComparison.Ordinal);
        Assert.Contains("its thread held for", failure.Message, StringComparison.Ordinal);

        // Its caller waited as long as any; the grain itself goes on once it may.
        await blocked.ContinueWith(static _ => { }, TaskScheduler.Default);
        await silo.Grains.GetGrain<IBlockingGrain>("stuck").Block(TimeSpan.Zero);
    }

    [Fact]
    public void A_request_that_takes_long_without_blocking_is_named()
    {
        var logs = new KeptLogs();
        using var silo = new SimulatedSilo(new SimulationOptions { Seed = 11 }, b =>
        {
            b.Services.AddKeyedSingleton<IGrainStorage>("Default", new MemoryGrainStorage());
            b.Services.AddSingleton<ILoggerProvider>(logs);
        });
        silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("long").Delayed(TimeSpan.FromSeconds(20)));
        Assert.Contains(
            logs.Lines,
            static l => l.Contains("ISimCounterGrain.Delayed", StringComparison.Ordinal) && l.Contains("simcounter/long", StringComparison.Ordinal) && l.Contains("20000 ms", StringComparison.Ordinal));
    }

    private static void Listen(Instrument instrument, MeterListener listener)
    {
        if (instrument.Name == "etdb.orleans.turns.slow")
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }
}

public interface IBlockingGrain : IGrainWithStringKey
{
    Task Block(TimeSpan time);

    Task BlockAfterAwait(TimeSpan time);

    Task BlockUntilOpened();

    [AlwaysInterleave]
    Task IdleBeside(string gate);

    [AlwaysInterleave]
    Task BlockBeside(TimeSpan time);

    Task End();
}

/// <summary>Does what no grain may.</summary>
public sealed class BlockingGrain : Grain, IBlockingGrain
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public static ManualResetEventSlim? Gate { get; set; }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => HoldIf("beginning");

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => HoldIf("ending");

    public Task Block(TimeSpan time)
    {
        Hold(time);
        return Task.CompletedTask;
    }

    public async Task BlockAfterAwait(TimeSpan time)
    {
        await Task.Yield();
        Hold(time);
    }

    public Task BlockUntilOpened()
    {
        Gate!.Wait(Longest);
        return Task.CompletedTask;
    }

    public async Task IdleBeside(string gate)
    {
        Stage.Log(gate, "idle");
        await Stage.Gate(gate);
    }

    public async Task BlockBeside(TimeSpan time)
    {
        await Task.Yield();
        Hold(time);
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private Task HoldIf(string key)
    {
        if (this.GetPrimaryKeyString() == key)
        {
            Hold(TimeSpan.FromMilliseconds(1_200));
        }

        return Task.CompletedTask;
    }

    private static void Hold(TimeSpan time)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(time);
    }
}
