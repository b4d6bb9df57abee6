using Orleans;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Etdb.Orleans.Tests.Contract;

/// <summary>What attributes and filters promise, on either runtime.</summary>
[Collection(SiloCollection.Name)]
public sealed class AttributeTests(SharedSilo silo)
{
    private readonly string _key = $"attribute-{Guid.NewGuid():N}";

    [Fact]
    public async Task Calls_that_only_read_run_beside_each_other_and_one_that_writes_waits_for_them()
    {
        var grain = silo.Grains.GetGrain<ILedgeredGrain>(_key);
        var reading = new[] { grain.Read("a", _key), grain.Read("b", _key) };
        await Stage.Until(_key, log => log.Length == 2, "both reading calls");
        var writing = grain.Write();
        Assert.False(writing.IsCompleted);
        Stage.Open(_key);
        await Task.WhenAll(reading);
        await writing;
        Assert.Equal("written", Stage.LogOf(_key)[^1]);
        Assert.Equal(5, Stage.LogOf(_key).Length);
    }

    [Fact]
    public void A_grain_type_that_is_named_is_part_of_its_id() =>
        Assert.Equal($"ledgered-by-name/{_key}", silo.Grains.GetGrain<ILedgeredGrain>(_key).GetGrainId().ToString());

    [Fact]
    public async Task A_class_with_an_age_of_its_own_outlives_the_others()
    {
        var lasting = silo.Grains.GetGrain<ILedgeredGrain>(_key);
        await lasting.Write();
        await silo.Grains.GetGrain<IPlainGrain>(_key + "-other").Echo("x");
        await Stage.Until(_key + "-other", log => log.Contains("deactivated ActivationIdle"), "the collection of another grain");
        Assert.Equal(2, await lasting.Write());
    }

    [Fact]
    public async Task A_class_given_an_age_by_the_host_outlives_the_others()
    {
        using var folder = new TestFolder();
        await using var own = await TestSilo.StartAsync(folder.Path, static b => b.Configure<GrainCollectionOptions>(
            static o => o.ClassSpecificCollectionAge[typeof(ContractCounterGrain).FullName!] = TimeSpan.FromDays(1)));
        var lasting = own.Grains.GetGrain<ICounterGrain>(77);
        await lasting.Add(1);
        await own.Grains.GetGrain<IPlainGrain>(_key + "-shorter").Echo("x");
        await Stage.Until(_key + "-shorter", log => log.Contains("deactivated ActivationIdle"), "the collection of another grain");
        Assert.Equal(2, await lasting.Add(1));
    }

    [Fact]
    public async Task Filters_run_around_calls_in_order_and_may_change_results()
    {
        var log = _key + "-filters";
        using var folder = new TestFolder();
        await using var filtered = await TestSilo.StartAsync(folder.Path, builder => builder
            .AddOutgoingGrainCallFilter(async context =>
            {
                await context.Invoke();
                Note(context, "out done");
            })
            .AddIncomingGrainCallFilter(async context =>
            {
                Note(context, $"in {context.ImplementationMethod.Name} {context.TargetId}");
                await context.Invoke();
                context.Result = context.Grain is LedgeredGrain && context.Result is int written ? written * 10 : context.Result;
            }));
        Assert.Equal(10, await filtered.Grains.GetGrain<ILedgeredGrain>(_key).Write());
        Assert.Equal([$"in Write ledgered-by-name/{_key}", "out done"], Stage.LogOf(log));

        void Note(IGrainCallContext context, string line)
        {
            if (context.TargetId.Key.ToString() == _key)
            {
                Stage.Log(log, line);
            }
        }
    }
}

public interface ILedgeredGrain : IGrainWithStringKey
{
    [ReadOnly]
    Task Read(string text, string gate);

    Task<int> Write();
}

[GrainType("ledgered-by-name")]
[CollectionAgeLimit(Days = 1)]
public sealed class LedgeredGrain : Grain, ILedgeredGrain
{
    private int _written;

    public async Task Read(string text, string gate)
    {
        Stage.Log(this.GetPrimaryKeyString(), $"{text} begins");
        await Stage.Gate(gate);
        Stage.Log(this.GetPrimaryKeyString(), $"{text} ends");
    }

    public Task<int> Write()
    {
        Stage.Log(this.GetPrimaryKeyString(), "written");
        return Task.FromResult(++_written);
    }
}
