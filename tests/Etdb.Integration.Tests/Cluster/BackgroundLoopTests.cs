using System.Reflection;
using Etdb.Grains;
using Etdb.Grains.Ledger;
using Etdb.Ledger.Flo.Notify;
using Etdb.Silo.Adapters;
using Etdb.Silo.Api;
using Etdb.Silo.Hosting;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>A call that was given up (a time-out, a silo that ends) looks like a cancellation: it must not end a loop that nobody stopped, and with it the silo.</summary>
public sealed class BackgroundLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_announced_block_is_polled_for_and_a_call_given_up_does_not_end_the_listening()
    {
        var ct = TestContext.Current.CancellationToken;
        using var calls = new SemaphoreSlim(0);
        var number = 0;
        var grains = FakeGrains.Of<ILedgerGrain>(() =>
        {
            calls.Release();
            return Interlocked.Increment(ref number) == 1 ? Task.FromException(new TaskCanceledException("the call was given up")) : Task.CompletedTask;
        });
        using var signal = new Bell();
        using var listener = new TipListener(signal, grains, new SiloOptions(), NullLogger<TipListener>.Instance);
        await listener.StartAsync(ct);
        for (var i = 0; i < 2; i++)
        {
            signal.Ring();
            Assert.True(await calls.WaitAsync(Patience, ct), $"Announcement {i + 1} was not polled for.");
        }

        await listener.StopAsync(ct);
        Assert.Equal(2, number);
    }

    [Fact]
    public async Task A_cluster_that_could_not_be_woken_is_said_to_be_waited_for()
    {
        var ct = TestContext.Current.CancellationToken;
        using var calls = new SemaphoreSlim(0);
        var grains = FakeGrains.Of<IClusterGrain>(() =>
        {
            calls.Release();
            return Task.FromException(new TaskCanceledException("the call was given up"));
        });
        var readiness = new SiloReadiness(TimeProvider.System);
        var stop = new SiloStop();
        using var starter = new ClusterStarter(grains, new SiloOptions(), readiness, stop, TimeProvider.System, NullLogger<ClusterStarter>.Instance);
        await starter.StartAsync(ct);
        Assert.True(await calls.WaitAsync(Patience, ct));
        Assert.True(await calls.WaitAsync(Patience, ct), "It did not try again.");
        Assert.Contains("the call was given up", readiness.WaitingFor, StringComparison.Ordinal);
        Assert.False(stop.Begun);
        await starter.StopAsync(ct);
        Assert.True(stop.Begun);
    }

    [Fact]
    public async Task A_read_given_up_costs_live_readers_an_event_and_not_the_stream()
    {
        var ct = TestContext.Current.CancellationToken;
        var events = new CatalogueEvents();
        using var hub = new EventHub(events, GivesUp.Create<ICatalogue, GivesUp>(), TimeProvider.System, Options.Create(new JsonOptions()), NullLogger<EventHub>.Instance);
        using var reader = hub.Subscribe();
        await hub.StartAsync(ct);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var tries = 0; !reader.Queue.TryPeek(out _); tries++)
        {
            Assert.True(tries < 1_200, "No event came after one that could not be rendered.");
            events.Publish(new StoryAdded(new StoryRow("d", 1, DateTimeOffset.UnixEpoch, "repair", "its title is asked for", null)));
            events.Publish(new Announcement("hello", new { }));
            await again.WaitForNextTickAsync(ct);
        }

        await hub.StopAsync(ct);
    }

    /// <summary>A catalogue that gives every call up.</summary>
    public class GivesUp : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new TaskCanceledException("the read was given up");
    }

    private sealed class Bell : ITipSignal, IDisposable
    {
        private readonly SemaphoreSlim _rung = new(0);

        public void Ring() => _rung.Release();

        public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _rung.WaitAsync(atMost, cancellationToken);

        public void Dispose() => _rung.Dispose();
    }
}
