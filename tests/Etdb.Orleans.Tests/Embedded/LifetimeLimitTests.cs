using Etdb.Orleans.Embedded.Simulation;
using Etdb.Orleans.Tests.Contract;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Embedded;

/// <summary>Beginning and ending an activation take 30 s at most, on a clock of the test's own.</summary>
public sealed class LifetimeLimitTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("hangs-beginning")]
    [InlineData("hangs-reading")]
    public void An_activation_that_hangs_is_given_up_after_its_limit_and_the_next_call_tries_again(string key)
    {
        using var silo = Silo();
        var began = silo.Time.GetUtcNow();
        var failure = Assert.ThrowsAny<Exception>(() => silo.Run(() => silo.Grains.GetGrain<IHangingGrain>(key).Number()));
        Assert.True(failure is TimeoutException or OperationCanceledException, failure.ToString());
        Assert.Equal(Limit, silo.Time.GetUtcNow() - began);
        Assert.Equal(0, silo.ActivationCount);
        Assert.True(silo.Run(() => silo.Grains.GetGrain<IHangingGrain>("well").Number()) > 0);
        Assert.ThrowsAny<Exception>(() => silo.Run(() => silo.Grains.GetGrain<IHangingGrain>(key).Number()));
        Assert.Equal(2 * Limit, silo.Time.GetUtcNow() - began);
    }

    [Fact]
    public void A_deactivation_that_hangs_is_dropped_after_its_limit_and_calls_go_to_a_new_activation()
    {
        using var silo = Silo();
        var grain = silo.Grains.GetGrain<IHangingGrain>("hangs-ending");
        var first = silo.Run(grain.Number);
        silo.Run(grain.End);
        silo.AdvanceBy(Limit - TimeSpan.FromSeconds(1));
        Assert.Equal(1, silo.ActivationCount);
        var began = silo.Time.GetUtcNow();
        Assert.NotEqual(first, silo.Run(grain.Number));
        Assert.Equal(TimeSpan.FromSeconds(1), silo.Time.GetUtcNow() - began);
    }

    private static SimulatedSilo Silo() => new(new SimulationOptions { Seed = 11 }, static builder =>
    {
        builder.Services.AddKeyedSingleton<IGrainStorage>("Default", new HangingStorage());
        builder.Configure<SiloMessagingOptions>(static o => o.ResponseTimeout = TimeSpan.FromMinutes(10)); // So that it is not the caller who gives up.
    });

    /// <summary>Never gives back what it is asked for by a grain whose key says so; takes no notice of being cancelled.</summary>
    private sealed class HangingStorage : IGrainStorage
    {
        private readonly MemoryGrainStorage _kept = new();

        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            grainId.ToString().EndsWith("hangs-reading", StringComparison.Ordinal) ? new TaskCompletionSource().Task : _kept.ReadStateAsync(stateName, grainId, grainState);

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => _kept.WriteStateAsync(stateName, grainId, grainState);

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => _kept.ClearStateAsync(stateName, grainId, grainState);
    }
}

public interface IHangingGrain : IGrainWithStringKey
{
    Task<int> Number();

    Task End();
}

/// <summary>Hangs where its key says.</summary>
public sealed class HangingGrain([PersistentState("note")] IPersistentState<NoteState> state) : Grain, IHangingGrain
{
    private static int s_activations;
    private readonly int _number = Interlocked.Increment(ref s_activations);

    public override Task OnActivateAsync(CancellationToken cancellationToken) => HangIf("hangs-beginning");

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => HangIf("hangs-ending");

    public Task<int> Number() => Task.FromResult(_number + state.State.Count);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private Task HangIf(string key) => this.GetPrimaryKeyString() == key ? new TaskCompletionSource().Task : Task.CompletedTask;
}
