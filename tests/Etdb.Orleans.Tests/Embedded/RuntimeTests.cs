using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Etdb.Orleans.Embedded;
using Etdb.Orleans.Embedded.Simulation;
using Etdb.Orleans.Tests.Contract;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Embedded;

/// <summary>What the embedded runtime promises beyond the contract both share.</summary>
public sealed class RuntimeTests
{
    [Fact]
    public void A_deadlock_is_named_with_its_chain()
    {
        using var silo = Silo();
        var failure = Assert.Throws<TimeoutException>(() => silo.Run(() => silo.Grains.GetGrain<IPlainGrain>("d1").CallBack("d2")));
        Assert.Contains("DEADLOCK", failure.Message, StringComparison.Ordinal);
        Assert.Contains("plain/d1 -> plain/d2 -> plain/d1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("IPlainGrain.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_mailbox_refuses_further_calls_by_name()
    {
        using var silo = Silo(static b => b.Configure<SiloMessagingOptions>(static o => o.MaxEnqueuedRequestsHardLimit = 10));
        var grain = silo.Grains.GetGrain<ISimCounterGrain>("full");
        var calls = new List<Task>();
        silo.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                calls.Add(grain.Delayed(TimeSpan.FromSeconds(1)));
            }

            await Task.WhenAll(calls).ContinueWith(static _ => { }, TaskScheduler.Current);
        });
        var refused = calls.Where(static c => c.Exception?.InnerException is LimitExceededException).ToArray();
        Assert.InRange(refused.Length, 19, 20);
        Assert.Contains("simcounter/full", refused[0].Exception!.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_run_around_calls_in_order_and_may_change_results()
    {
        var log = new List<string>();
        using var silo = Silo(builder => builder
            .AddOutgoingGrainCallFilter(async context =>
            {
                log.Add($"out {context.MethodName} {context.SourceId?.ToString() ?? "client"}");
                await context.Invoke();
                log.Add("out done");
            })
            .AddIncomingGrainCallFilter(async context =>
            {
                log.Add($"in {context.ImplementationMethod.Name} {context.TargetId}");
                await context.Invoke();
                context.Result = (long)context.Result! * 10;
            }));
        Assert.Equal(30, silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("f").Add(3)));
        Assert.Equal(["out Add client", "in Add simcounter/f", "out done"], log);
    }

    [Fact]
    public void Reminders_follow_virtual_time_and_survive_a_crash()
    {
        var reminders = new MemoryReminderStore();
        using var silo = Silo(b => b.Services.AddSingleton<IReminderStore>(reminders));
        var key = $"reminded-{Guid.NewGuid():N}";
        silo.Run(() => silo.Grains.GetGrain<IClockGrain>(key).Remind("daily", TimeSpan.FromHours(1), TimeSpan.FromDays(1)));
        silo.AdvanceBy(TimeSpan.FromDays(10));
        Assert.Equal(10, Stage.LogOf(key).Length);
        silo.Crash();
        silo.AdvanceBy(TimeSpan.FromDays(5));
        Assert.Equal(10, Stage.LogOf(key).Length);
        silo.Start();
        silo.AdvanceBy(TimeSpan.FromDays(3));
        Assert.Equal(13, Stage.LogOf(key).Length);
    }

    [Fact]
    public void Idle_grains_are_collected_in_virtual_time_and_a_year_costs_little()
    {
        using var silo = Silo();
        var began = Stopwatch.GetTimestamp();
        silo.Run(() => Task.WhenAll(Enumerable.Range(0, 1000).Select(i => silo.Grains.GetGrain<ISimCounterGrain>($"c{i}").Add(1))));
        Assert.Equal(1000, silo.ActivationCount);
        silo.AdvanceBy(TimeSpan.FromMinutes(14));
        Assert.Equal(1000, silo.ActivationCount);
        silo.AdvanceBy(TimeSpan.FromMinutes(3));
        Assert.Equal(0, silo.ActivationCount);
        silo.AdvanceBy(TimeSpan.FromDays(365));
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(false, 100, 0)]
    [InlineData(true, 0, 0.001)]
    public void Idle_grains_are_ended_early_when_memory_is_short_and_that_was_switched_on(bool on, int left, double target)
    {
        using var silo = new SimulatedSilo(new SimulationOptions { Seed = 3 }, b =>
        {
            b.Services.AddKeyedSingleton<IGrainStorage>("Default", new MemoryGrainStorage());
            b.Services.Configure<GrainCollectionOptions>(o => (o.EnableActivationSheddingOnMemoryPressure, o.MemoryUsageLimitPercentage, o.MemoryUsageTargetPercentage) = (on, target, 0));
        });
        silo.Run(() => Task.WhenAll(Enumerable.Range(0, 100).Select(i => silo.Grains.GetGrain<ISimCounterGrain>($"c{i}").Add(1))));
        GC.Collect(); // Memory is as it was found by the last collection.
        silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("late").Add(1));
        silo.AdvanceBy(TimeSpan.FromMinutes(16));
        Assert.Equal(0, silo.ActivationCount);
        silo.Run(() => Task.WhenAll(Enumerable.Range(0, 100).Select(i => silo.Grains.GetGrain<ISimCounterGrain>($"c{i}").Add(1))));
        silo.AdvanceBy(TimeSpan.FromMinutes(3));
        Assert.Equal(left, silo.ActivationCount);
    }

    [Fact]
    public void More_grains_than_may_idle_are_ended_early_the_longest_idle_first()
    {
        using var silo = new SimulatedSilo(new SimulationOptions { Seed = 3 }, static b =>
        {
            b.Services.AddKeyedSingleton<IGrainStorage>("Default", new MemoryGrainStorage());
            b.Services.Configure<ActivationOptions>(static o => o.IdleMaximum = 100);
        });
        for (var i = 0; i < 500; i++)
        {
            var name = $"c{i}";
            silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>(name).Add(1));
            silo.AdvanceBy(TimeSpan.FromMilliseconds(1));
        }

        silo.AdvanceBy(TimeSpan.FromSeconds(1));
        Assert.InRange(silo.ActivationCount, 1, 101);
        // Those that ended are let go at once: their states would else stay in memory until they would have been due.
        Assert.InRange(silo.WatchedActivations, 1, 130);
        // They count in memory only: the first was ended, the last is still there.
        Assert.Equal(1, silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("c0").Add(1)));
        Assert.Equal(2, silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("c499").Add(1)));
    }

    [Fact]
    public void Grains_that_ended_by_themselves_are_let_go_of_long_before_they_would_have_been_due()
    {
        using var silo = Silo();
        for (var i = 0; i < 5_000; i++)
        {
            var name = $"ended-{i}";
            silo.Run(() => silo.Grains.GetGrain<IPlainGrain>(name).Deactivate());
        }

        silo.AdvanceBy(TimeSpan.FromSeconds(1));
        Assert.Equal(0, silo.ActivationCount);
        Assert.InRange(silo.WatchedActivations, 0, 1_100);
    }

    [Fact]
    public void Stopping_in_order_runs_last_turns_and_crashing_does_not()
    {
        var key = $"ending-{Guid.NewGuid():N}";
        using var silo = Silo();
        silo.Run(() => silo.Grains.GetGrain<IPlainGrain>(key).Echo("x"));
        silo.Crash();
        Assert.Equal(["activated"], Stage.LogOf(key));
        silo.Start();
        silo.Run(() => silo.Grains.GetGrain<IPlainGrain>(key).Echo("x"));
        silo.Stop();
        Assert.Equal(["activated", "activated", "deactivated ShuttingDown"], Stage.LogOf(key));
    }

    [Fact]
    public void Calls_are_measured_and_traced_by_class_and_method()
    {
        var measured = new ConcurrentBag<string>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Etdb.Orleans")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => measured.Add($"{instrument.Name} {string.Join(',', tags.ToArray().Select(static t => t.Value))}"));
        meters.Start();
        var traced = new ConcurrentBag<string>();
        using var traces = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Etdb.Orleans",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => traced.Add($"{activity.DisplayName} {activity.GetTagItem("rpc.orleans.target_id")} {activity.ParentId is not null}"),
        };
        ActivitySource.AddActivityListener(traces);
        using var silo = Silo();
        silo.Run(() => silo.Grains.GetGrain<ISimCounterGrain>("m1").AddVia("m2", 1, 0));
        Assert.Contains("etdb.orleans.calls ISimCounterGrain.AddVia", measured);
        Assert.Contains("etdb.orleans.activations.created SimCounterGrain", measured);
        Assert.Contains("ISimCounterGrain.AddVia simcounter/m1 False", traced);
        Assert.Contains("ISimCounterGrain.Add simcounter/m2 True", traced);
    }

    private static SimulatedSilo Silo(Action<ISiloBuilder>? configure = null) => new(new SimulationOptions { Seed = 5 }, builder =>
    {
        builder.Services.AddKeyedSingleton<IGrainStorage>("Default", new MemoryGrainStorage());
        configure?.Invoke(builder);
    });
}
