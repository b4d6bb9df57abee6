using Orleans;
using Orleans.Runtime;

namespace Etdb.Orleans.Tests.Contract;

/// <summary>Turns and interleaving, as grain code may count on them on either runtime.</summary>
[Collection(SiloCollection.Name)]
public sealed class TurnTests(SharedSilo silo)
{
    private readonly string _key = $"turns-{Guid.NewGuid():N}";

    [Fact]
    public async Task A_call_answers()
    {
        Assert.Equal("hello", await silo.Grains.GetGrain<IPlainGrain>(_key).Echo("hello"));
        Assert.Equal(6, await silo.Grains.GetGrain<IPlainGrain>(_key).Sum([1, 2, 3]));
    }

    [Fact]
    public async Task Calls_do_not_interleave_at_awaits_and_keep_their_order()
    {
        var grain = silo.Grains.GetGrain<IPlainGrain>(_key);
        var first = grain.Work("a", _key);
        await Stage.Until(_key, log => log.Contains("a begins"), "the first call");
        var second = grain.Work("b", _key);
        var third = grain.Work("c", _key);
        Stage.Open(_key);
        await Task.WhenAll(first, second, third);
        Assert.Equal(["activated", "a begins", "a ends", "b begins", "b ends", "c begins", "c ends"], Stage.LogOf(_key));
    }

    [Fact]
    public async Task One_turn_at_a_time_even_under_many_callers()
    {
        var grain = silo.Grains.GetGrain<ICounterGrain>(Random.Shared.NextInt64());
        await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => Task.Run(() => grain.Add(1))));
        Assert.Equal(501, await grain.Add(1));
        Assert.Equal((0, 1), await grain.Measure());
    }

    [Fact]
    public async Task An_always_interleaved_method_runs_while_another_call_waits()
    {
        var grain = silo.Grains.GetGrain<IPlainGrain>(_key);
        var working = grain.Work("slow", _key);
        await Stage.Until(_key, log => log.Contains("slow begins"), "the slow call");
        Assert.Equal("between", await grain.Interleaved("between"));
        Assert.False(working.IsCompleted);
        Stage.Open(_key);
        await working;
        Assert.Equal(["activated", "slow begins", "between", "slow ends"], Stage.LogOf(_key));
    }

    [Fact]
    public async Task A_reentrant_grain_interleaves_at_awaits()
    {
        var grain = silo.Grains.GetGrain<IReentrantGrain>(_key);
        var a = grain.Work("a", _key + "a");
        var b = grain.Work("b", _key + "b");
        await Stage.Until(_key, log => log.Length == 2, "both calls");
        Assert.Equal("x", await grain.Echo("x"));
        Stage.Open(_key + "b");
        Assert.Equal("b", await b);
        Stage.Open(_key + "a");
        await a;
        Assert.Equal(["b ends", "a ends"], Stage.LogOf(_key)[2..]);
    }

    [Fact]
    public async Task A_call_chain_that_comes_back_times_out_and_the_grain_lives_on()
    {
        var grain = silo.Grains.GetGrain<IPlainGrain>(_key);
        var failure = await Assert.ThrowsAsync<TimeoutException>(() => grain.CallBack(_key + "-other"));
        Assert.NotEmpty(failure.Message);
        Assert.Equal("alive", await grain.Echo("alive"));
    }

    [Fact]
    public async Task A_call_chain_may_come_back_where_its_beginner_allowed_it() =>
        Assert.Equal("back", await silo.Grains.GetGrain<IPlainGrain>(_key).CallBackAllowed(_key + "-other"));

    [Fact]
    public async Task A_call_that_times_out_frees_neither_grain_nor_order()
    {
        var grain = silo.Grains.GetGrain<IPlainGrain>(_key);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.Impatient(_key));
        var waiting = grain.Echo("after");
        Assert.False(waiting.IsCompleted);
        Stage.Open(_key);
        Assert.Equal("after", await waiting);
    }

    [Fact]
    public async Task Exceptions_cross_calls_with_type_and_message()
    {
        var grain = silo.Grains.GetGrain<IPlainGrain>(_key);
        var failure = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Throw("too big"));
        Assert.Contains("too big", failure.Message, StringComparison.Ordinal);
        Assert.Contains("inner", await grain.CallThrow(_key + "-other"), StringComparison.Ordinal);
        Assert.Equal("alive", await grain.Echo("alive"));
    }

    [Fact]
    public async Task A_one_way_call_ends_at_once_and_its_failure_reaches_nobody()
    {
        await silo.Grains.GetGrain<IPlainGrain>(_key).FireAndForget("fired");
        await Stage.Until(_key, log => log.Contains("fired"), "the one-way call");
        Assert.Equal("alive", await silo.Grains.GetGrain<IPlainGrain>(_key).Echo("alive"));
    }

    [Fact]
    public async Task Cancellation_reaches_the_grain_and_the_caller()
    {
        using var source = new CancellationTokenSource();
        var waiting = silo.Grains.GetGrain<IPlainGrain>(_key).Wait(_key, source.Token);
        await Stage.Until(_key, log => log.Contains("waiting"), "the call");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Stage.Until(_key, log => log.Contains("cancelled"), "the cancellation in the grain");
    }

    [Fact]
    public async Task A_cancelled_token_stops_the_call_before_it_is_sent()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => silo.Grains.GetGrain<IPlainGrain>(_key).Wait(_key, new CancellationToken(canceled: true)));
        Assert.DoesNotContain("waiting", Stage.LogOf(_key));
    }

    [Fact]
    public async Task Request_context_flows_to_the_callee_and_not_back()
    {
        RequestContext.Set("who", "the caller");
        Assert.Equal("the caller", await silo.Grains.GetGrain<IPlainGrain>(_key).ContextValue("who"));
        Assert.Equal("the caller", RequestContext.Get("who"));
        RequestContext.Clear();
        Assert.Null(await silo.Grains.GetGrain<IPlainGrain>(_key).ContextValue("who"));
    }

    [Fact]
    public async Task Stateless_workers_run_side_by_side_up_to_their_limit()
    {
        var grain = silo.Grains.GetGrain<IWorkerGrain>(Random.Shared.NextInt64());
        var calls = Enumerable.Range(0, 6).Select(_ => grain.Work(_key, _key)).ToArray();
        await Stage.Until(_key, log => log.Length == 3, "three workers");
        await Task.Delay(100);
        Assert.Equal(3, Stage.LogOf(_key).Length);
        Stage.Open(_key);
        Assert.Equal(3, (await Task.WhenAll(calls)).Distinct().Count());
    }

    [Fact]
    public async Task Grain_ids_are_the_same_text_on_both_runtimes()
    {
        Assert.Equal($"plain/{_key}", await silo.Grains.GetGrain<IPlainGrain>(_key).GrainIdText());
        Assert.Equal("contractcounter/FF", silo.Grains.GetGrain<ICounterGrain>(255).GetGrainId().ToString());
        Assert.Equal(255, silo.Grains.GetGrain<ICounterGrain>(255).GetPrimaryKeyLong());
        Assert.Equal(_key, silo.Grains.GetGrain<IPlainGrain>(_key).GetPrimaryKeyString());
    }
}
