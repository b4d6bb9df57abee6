using System.Diagnostics.Metrics;
using System.Net;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Etdb.Integration.Tests.Security;

/// <summary>How calls are counted, over a time of the test's own.</summary>
public sealed class CallLimitsTests : IDisposable
{
    private readonly HandTime _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private static IPAddress Address(int n) => new([10, (byte)(n >> 16), (byte)(n >> 8), (byte)n]);

    private static IPAddress Six(int site, int network, byte host = 1)
        => new([0x2a, 0, (byte)(site >> 24), (byte)(site >> 16), (byte)(site >> 8), (byte)site, (byte)(network >> 8), (byte)network, 0, 0, 0, 0, 0, 0, 0, host]);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(1_000)]
    public void A_bucket_gives_exactly_what_it_says_and_tells_how_long_to_wait(int perMinute)
    {
        var buckets = new CallBuckets(_time, 10);
        Assert.Equal(perMinute, Taken(buckets, perMinute * 2, perMinute));
        var wait = buckets.Take("a", "read", perMinute);
        Assert.NotNull(wait);
        _time.Move(wait.Value - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(buckets.Look("a", "read", perMinute));
        _time.Move(TimeSpan.FromMilliseconds(2));
        Assert.Null(buckets.Look("a", "read", perMinute));
        Assert.Null(buckets.Take("a", "read", perMinute));
        var got = 0;
        for (var second = 0; second < 600; second++)
        {
            _time.Move(TimeSpan.FromSeconds(1));
            got += Taken(buckets, perMinute, perMinute);
        }

        Assert.InRange(got, (10 * perMinute) - 1, (10 * perMinute) + 1);
        _time.Move(TimeSpan.FromHours(5));
        Assert.Equal(perMinute, Taken(buckets, perMinute * 2, perMinute)); // A long pause gives no more than one burst.
    }

    [Fact]
    public void A_flood_of_addresses_costs_no_memory_and_nobody_with_a_token_its_calls()
    {
        var limits = Limits(new AccessOptions { ReadsPerMinute = 10 });
        var bearer = new Caller(CallerKind.Token, "lab", [], "1", null, "token 1");
        for (var n = 0; n < CallLimits.MostAddresses + 30_000; n++)
        {
            limits.Refuse(Stranger(Address(n)), CallSort.Read, Address(n));
        }

        Assert.InRange(Gauge("etdb.access.counted"), CallLimits.MostAddresses, CallLimits.MostAddresses + 1_025);
        Assert.Equal(10, Enumerable.Range(0, 20).Count(_ => limits.Refuse(bearer, CallSort.Read, Address(1)) is null));
        // Newcomers share, and are still limited.
        var late = Enumerable.Range(2_000_000, 50_000).Count(n => limits.Refuse(Stranger(Address(n)), CallSort.Read, Address(n)) is null);
        Assert.InRange(late, 0, 1_024 * 10);
        _time.Move(TimeSpan.FromMinutes(2));
        Assert.Null(limits.Refuse(Stranger(Address(7_000_000)), CallSort.Read, Address(7_000_000)));
        Assert.InRange(Gauge("etdb.access.counted"), 1, 10); // What is full again is forgotten.
    }

    [Fact]
    public void An_IPv6_customer_is_one_caller_however_many_addresses_it_has()
    {
        var limits = Limits(new AccessOptions { ReadsPerMinute = 10 });
        int Passed(IEnumerable<IPAddress> from) => from.Count(a => limits.Refuse(Stranger(a), CallSort.Read, a) is null);
        Assert.Equal(10, Passed(Enumerable.Range(1, 100).Select(host => Six(1, 1, (byte)host))));
        Assert.Equal(10 * CallLimits.WiderFactor, Passed(Enumerable.Range(0, 5_000).Select(n => Six(2, n))));
        Assert.Equal(10, Passed(Enumerable.Repeat(Six(3, 1), 50)));
        Assert.Equal(10, Passed(Enumerable.Repeat(IPAddress.Parse("::ffff:10.1.2.3"), 5).Concat(Enumerable.Repeat(IPAddress.Parse("10.1.2.3"), 50))));
    }

    [Fact]
    public void Attempts_to_sign_in_are_bounded_by_address_whoever_it_is_and_over_all_addresses()
    {
        var limits = Limits(new AccessOptions { SignInsPerMinute = 3 });
        var bearer = new Caller(CallerKind.Token, "lab", [], "1", null, "token 1");
        Assert.Equal(3, Enumerable.Range(0, 9).Count(_ => limits.Refuse(bearer, CallSort.SignIn, Address(1)) is null));
        Assert.NotNull(limits.Refuse(Stranger(Address(1)), CallSort.SignIn, Address(1)));
        Assert.Equal((3 * CallLimits.SignInsOfAllFactor) - 3, Enumerable.Range(10, 5_000).Count(n => limits.Refuse(Stranger(Address(n)), CallSort.SignIn, Address(n)) is null));
        Assert.Null(limits.Refuse(bearer, CallSort.Change, Address(1)));
    }

    [Fact]
    public void Wrong_credentials_are_no_longer_looked_up_once_there_were_too_many()
    {
        var limits = Limits(new AccessOptions { SignInsPerMinute = 3 });
        Assert.All(Enumerable.Range(0, 3), _ => Assert.True(limits.MayTry(Address(1)) && limits.MayFail(Address(1))));
        Assert.False(limits.MayTry(Address(1)));
        Assert.False(limits.MayFail(Address(1)));
        Assert.True(limits.MayTry(Address(2)));
        _time.Move(TimeSpan.FromSeconds(21));
        Assert.True(limits.MayTry(Address(1)));
    }

    [Fact]
    public void Places_are_counted_by_caller_and_given_back_once()
    {
        var limits = Limits(new AccessOptions { CallsAtOnce = 4, LiveReaders = 2 });
        var (one, other) = (Stranger(Address(1)), Stranger(Address(2)));
        var held = Enumerable.Range(0, 4).Select(_ => limits.Enter(one, live: false)).ToList();
        Assert.DoesNotContain(null, held);
        Assert.Null(limits.Enter(one, live: false));
        Assert.NotNull(limits.Enter(other, live: false));
        using (limits.Enter(one, live: true))
        using (limits.Enter(one, live: true))
        {
            Assert.Null(limits.Enter(one, live: true));
        }

        held[0]!.Dispose();
        held[0]!.Dispose();
        Assert.NotNull(limits.Enter(one, live: false));
        Assert.Null(limits.Enter(one, live: false));
        Assert.NotNull(limits.Enter(one, live: true));
        Assert.Equal(2, Gauge("etdb.access.callers"));
    }

    [Fact]
    public async Task One_address_holds_so_many_connections_and_no_more()
    {
        var open = new TaskCompletionSource();
        var let = 0;
        var limits = new ConnectionLimits(IPAddress.IsLoopback);
        var around = limits.Around(_ =>
        {
            Interlocked.Increment(ref let);
            return open.Task;
        });
        Task Connect(IPAddress from) => around(new DefaultConnectionContext { RemoteEndPoint = new IPEndPoint(from, 1_000) });
        var held = Enumerable.Range(0, ConnectionLimits.MostOfOne + 50).Select(n => Connect(Six(1, 1, (byte)n))).ToList();
        Assert.Equal(ConnectionLimits.MostOfOne, let);
        Assert.Equal(50, held.Count(t => t.IsCompletedSuccessfully));
        held.AddRange(Enumerable.Range(0, 400).Select(_ => Connect(IPAddress.Loopback)));
        held.Add(Connect(Six(1, 2)));
        Assert.Equal(ConnectionLimits.MostOfOne + 401, let);
        open.SetResult();
        await Task.WhenAll(held);
        Assert.Equal(0, limits.Kept);
    }

    /// <inheritdoc/>
    public void Dispose() => _services.Dispose();

    private static Caller Stranger(IPAddress address) => new(CallerKind.Anonymous, "anonymous", [], null, null, CallerReader.KeyOf(address));

    private static int Taken(CallBuckets buckets, int times, int perMinute) => Enumerable.Range(0, times).Count(_ => buckets.Take("a", "read", perMinute) is null);

    private CallLimits Limits(AccessOptions options) => new(options, _time, _services.GetRequiredService<IMeterFactory>());

    private int Gauge(string name)
    {
        var value = -1;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, me) =>
        {
            if (instrument.Name == name && instrument.Meter.Scope == _services.GetRequiredService<IMeterFactory>())
            {
                me.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, measured, _, _) => value = measured);
        listener.Start();
        listener.RecordObservableInstruments();
        return value;
    }

    private sealed class HandTime : TimeProvider
    {
        private long _ticks = TimeSpan.TicksPerDay;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Move(TimeSpan by) => _ticks += by.Ticks;
    }
}
