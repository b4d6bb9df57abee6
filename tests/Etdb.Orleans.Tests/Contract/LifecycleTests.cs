using Orleans;

namespace Etdb.Orleans.Tests.Contract;

/// <summary>Activation, deactivation, collection, shutdown.</summary>
[Collection(SiloCollection.Name)]
public sealed class LifecycleTests(SharedSilo silo)
{
    private readonly string _key = $"life-{Guid.NewGuid():N}";

    [Fact]
    public async Task Concurrent_first_calls_make_one_activation()
    {
        var numbers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => silo.Grains.GetGrain<IPlainGrain>(_key).ActivationNumber())));
        Assert.Single(numbers.Distinct());
        Assert.Single(Stage.LogOf(_key), "activated");
    }

    [Fact]
    public async Task Deactivation_on_request_ends_the_activation_and_the_next_call_makes_another()
    {
        var grain = silo.Grains.GetGrain<IPlainGrain>(_key);
        var first = await grain.ActivationNumber();
        await grain.Deactivate();
        await Stage.Until(_key, log => log.Contains("deactivated ApplicationRequested"), "the deactivation");
        Assert.NotEqual(first, await grain.ActivationNumber());
    }

    [Fact]
    public async Task Calls_that_wait_while_a_grain_ends_are_run_by_its_successor()
    {
        var grain = silo.Grains.GetGrain<IPlainGrain>(_key);
        var first = await grain.ActivationNumber();
        var working = grain.Work("w", _key);
        var ending = grain.Deactivate();
        var later = Enumerable.Range(0, 20).Select(_ => grain.ActivationNumber()).ToArray();
        Stage.Open(_key);
        await Task.WhenAll(working, ending);
        Assert.All(await Task.WhenAll(later), number => Assert.NotEqual(first, number));
    }

    [Fact]
    public async Task An_idle_grain_is_collected_and_one_in_use_is_not()
    {
        var idle = silo.Grains.GetGrain<IPlainGrain>(_key + "-idle");
        var busy = silo.Grains.GetGrain<IPlainGrain>(_key + "-busy");
        var number = await busy.ActivationNumber();
        await idle.Echo("x");
        var began = TimeProvider.System.GetTimestamp();
        while (!Stage.LogOf(_key + "-idle").Contains("deactivated ActivationIdle"))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(20), "the idle grain was not collected");
            Assert.Equal(number, await busy.ActivationNumber());
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task A_kept_grain_is_not_collected()
    {
        var kept = silo.Grains.GetGrain<IKeptGrain>(_key);
        await kept.Touch();
        var other = silo.Grains.GetGrain<IPlainGrain>(_key + "-other");
        await other.Echo("x");
        await Stage.Until(_key + "-other", log => log.Contains("deactivated ActivationIdle"), "the collection of another grain");
        Assert.Equal(2, await kept.Touch());
        Assert.Empty(Stage.LogOf(_key));
    }

    [Fact]
    public async Task A_grain_that_cannot_be_activated_fails_its_calls_and_is_tried_again_by_the_next()
    {
        BrokenGrain.Broken[_key] = true;
        var grain = silo.Grains.GetGrain<IBrokenGrain>(_key);
        var failures = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ => await Record.ExceptionAsync(() => grain.Echo("x"))));
        Assert.All(failures, failure =>
        {
            var known = Assert.IsType<InvalidOperationException>(failure);
            Assert.Contains("the parts do not fit", known.Message, StringComparison.Ordinal);
        });
        BrokenGrain.Broken.TryRemove(_key, out _);
        Assert.Equal("x", await grain.Echo("x"));
    }

    [Fact]
    public async Task Shutdown_lets_running_calls_end_and_deactivates_every_grain()
    {
        using var folder = new TestFolder();
        await using var own = await TestSilo.StartAsync(folder.Path);
        var grain = own.Grains.GetGrain<IPlainGrain>(_key);
        var working = grain.Work("last", _key);
        await Stage.Until(_key, log => log.Contains("last begins"), "the call");
        var stopping = own.StopAsync();
        await Task.Delay(100);
        Stage.Open(_key);
        await stopping;
        await Stage.Until(_key, log => log.Contains("deactivated ShuttingDown"), "the deactivation");
        Assert.Equal(["activated", "last begins", "last ends", "deactivated ShuttingDown"], Stage.LogOf(_key));
        Assert.True(await Record.ExceptionAsync(() => working) is null || working.IsCompleted);
    }
}
