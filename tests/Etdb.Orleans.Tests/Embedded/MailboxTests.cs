using System.Runtime.CompilerServices;
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

/// <summary>What a mailbox lets in, how an activation ends with calls under way, and what it keeps at rest. All on a clock of the tests' own.</summary>
public sealed class MailboxTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly string _key = $"mailbox-{Guid.NewGuid():N}";

    [Fact]
    public void A_grain_whose_calls_interleave_has_a_limit_too()
    {
        using var silo = Silo(static b => b.Configure<SiloMessagingOptions>(static o => o.MaxEnqueuedRequestsHardLimit = 10));
        var grain = silo.Grains.GetGrain<IOpenGrain>(_key);
        var calls = new List<Task>();
        silo.Run(() => grain.Work(TimeSpan.Zero));
        silo.Run(() => Task.WhenAll(calls = [.. Enumerable.Range(0, 30).Select(_ => grain.Work(Second))]).ContinueWith(static _ => { }, TaskScheduler.Current));
        Assert.Equal(20, calls.Count(static c => c.Exception?.InnerException is LimitExceededException));
        Assert.Equal($"worked in {_key}", silo.Run(() => grain.Work(Second)));
    }

    [Fact]
    public void A_full_mailbox_takes_the_ticks_of_its_grains_timers()
    {
        using var silo = Silo(static b => b.Configure<SiloMessagingOptions>(static o => o.MaxEnqueuedRequestsHardLimit = 5));
        var grain = silo.Grains.GetGrain<IBusyGrain>(_key);
        silo.Run(() => grain.TickOnce(Second));
        silo.Run(() => Task.WhenAll(Enumerable.Range(0, 10).Select(_ => grain.Work(Second * 2))).ContinueWith(static _ => { }, TaskScheduler.Current));
        silo.AdvanceBy(Second);
        Assert.Equal(["activated", "ticked"], Stage.LogOf(_key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_grain_that_is_to_end_still_answers_those_its_last_call_waits_for(bool interleaved)
    {
        using var silo = Silo();
        var began = silo.Time.GetUtcNow();
        Assert.Equal($"{(interleaved ? "seen" : "worked")} in {_key}", silo.Run(() => silo.Grains.GetGrain<IBusyGrain>(_key).EndAndAsk("other", interleaved)));
        Assert.True(silo.Time.GetUtcNow() - began < AnswerLimit);
        silo.RunUntilIdle();
        Assert.Equal(["activated"], Stage.LogOf(_key));
        Assert.Equal(1, silo.ActivationCount); // The other one.
    }

    [Fact]
    public void A_grain_that_asks_for_its_end_while_it_begins_serves_the_call_it_was_made_for()
    {
        using var silo = Silo();
        Assert.Equal("served", silo.Run(() => silo.Grains.GetGrain<IBriefGrain>(_key).Echo("served")));
        silo.RunUntilIdle();
        Assert.Equal(0, silo.ActivationCount);
    }

    [Fact]
    public async Task A_call_under_way_that_comes_back_to_its_grain_ends_well_while_the_process_stops()
    {
        using var silo = Silo();
        var began = silo.Time.GetUtcNow();
        var call = Start(silo, () => silo.Grains.GetGrain<IOpenGrain>(_key).Begin("between", Second * 5, Second));
        silo.RunUntilIdle();
        silo.Stop();
        Assert.Equal($"worked in {_key}", await call);
        Assert.Equal(Second * 6, silo.Time.GetUtcNow() - began);
        Assert.Equal(["activated"], Stage.LogOf(_key));
    }

    [Fact]
    public async Task Calls_that_wait_when_the_process_stops_are_run_for_grains_and_refused_to_others()
    {
        using var silo = Silo();
        var began = silo.Time.GetUtcNow();
        var grain = silo.Grains.GetGrain<IBusyGrain>(_key);
        var running = Start(silo, () => grain.Work(Second * 5));
        silo.RunUntilIdle();
        var ofOthers = Enumerable.Range(0, 3).Select(_ => Start(silo, () => grain.Work(Second))).ToArray();
        var ofGrains = Enumerable.Range(0, 3).Select(i => Start(silo, () => silo.Grains.GetGrain<IBusyGrain>($"{_key}-{i}").AskBusy(_key, Second))).ToArray();
        silo.RunUntilIdle();
        silo.Stop();
        Assert.All(await Task.WhenAll([running, .. ofGrains]), answer => Assert.Equal($"worked in {_key}", answer));
        Assert.All(ofOthers, static c => Assert.IsType<SiloUnavailableException>(c.Exception?.InnerException));
        Assert.Equal(Second * 8, silo.Time.GetUtcNow() - began);
        Assert.InRange(Stage.LogOf(_key).Length, 2, 4);
    }

    [Fact]
    public void Grains_at_work_do_not_keep_those_at_rest_from_being_ended_early()
    {
        using var silo = Silo(static b => b.Services.Configure<ActivationOptions>(static o => o.IdleMaximum = 60));
        var working = Enumerable.Range(0, 50).Select(i => Start(silo, () => silo.Grains.GetGrain<IBusyGrain>($"{_key}-w{i}").Work(Second * 20))).ToArray();
        silo.AdvanceBy(Second);
        silo.Run(() => Task.WhenAll(Enumerable.Range(0, 30).Select(i => silo.Grains.GetGrain<IBusyGrain>($"{_key}-r{i}").Glance())));
        silo.AdvanceBy(Second);
        Assert.InRange(silo.ActivationCount, 50, 60);
        silo.AdvanceBy(Second * 20);
        Assert.All(working, static w => Assert.True(w.IsCompletedSuccessfully));
    }

    [Fact]
    public void Stateless_workers_that_were_all_ended_leave_nothing_behind()
    {
        using var silo = Silo();
        Stage.Open(_key);
        silo.Run(() => Task.WhenAll(Enumerable.Range(0, 6).Select(i => silo.Grains.GetGrain<IWorkerGrain>(i % 2).Work(_key, _key))));
        Assert.Equal(2, silo.ActivationCount);
        silo.AdvanceBy(TimeSpan.FromMinutes(20));
        Assert.Equal(0, silo.ActivationCount);
        silo.Run(() => silo.Grains.GetGrain<IWorkerGrain>(1).Work(_key, _key));
        Assert.Equal(1, silo.ActivationCount);
    }

    [Fact]
    public void A_grain_at_rest_keeps_nothing_of_its_last_call()
    {
        using var silo = Silo();
        var argument = LastCall(silo);
        for (var i = 0; i < 100 && argument.IsAlive; i++)
        {
            GC.Collect();
        }

        Assert.False(argument.IsAlive);
        Assert.Equal(1, silo.ActivationCount);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference LastCall(SimulatedSilo silo)
    {
        var bytes = new byte[1000];
        Assert.Equal(1000, silo.Run(() => silo.Grains.GetGrain<IBusyGrain>("rests").Take(bytes)));
        return new WeakReference(bytes);
    }

    private static Task<string> Start(SimulatedSilo silo, Func<Task<string>> call)
    {
        Task<string>? started = null;
        silo.Run(() =>
        {
            started = call();
            return Task.CompletedTask;
        });
        return started!;
    }

    private static SimulatedSilo Silo(Action<ISiloBuilder>? configure = null) => new(new SimulationOptions { Seed = 21 }, builder =>
    {
        builder.Services.AddKeyedSingleton<IGrainStorage>("Default", new MemoryGrainStorage());
        configure?.Invoke(builder);
    });
}
