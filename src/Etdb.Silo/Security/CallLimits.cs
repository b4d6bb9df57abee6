using System.Diagnostics.Metrics;
using System.Net;

namespace Etdb.Silo.Security;

/// <summary>What a call counts as.</summary>
internal enum CallSort
{
    /// <summary>It changes nothing.</summary>
    Read = 0,

    /// <summary>It changes something.</summary>
    Change = 1,

    /// <summary>An attempt to sign in or join.</summary>
    SignIn = 2,
}

/// <summary>
/// How often a caller may call, and how much at once. Who shows a token is counted by it, wherever it calls from; strangers by their address, an IPv6 network of /64 as one, and all of a /48
/// together as sixteen. Attempts to sign in are also counted over all addresses, since each leaves a note in the evidence. Callers on the silo's own machine have ten times as much, as
/// many people and tools may come through one tunnel.
/// </summary>
internal sealed class CallLimits
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Etdb.Access";

    /// <summary>Addresses that are counted one by one; a bucket is some 150 bytes.</summary>
    public const int MostAddresses = 50_000;

    /// <summary>How much a /48 may, in shares of one address.</summary>
    public const int WiderFactor = 16;

    /// <summary>How many addresses' attempts to sign in are as many as may come from all together.</summary>
    public const int SignInsOfAllFactor = 30;

    private const int LocalFactor = 10;
    private const int MostBearers = 20_000;
    private const string Failure = "failure";
    private readonly AccessOptions _options;
    private readonly CallBuckets _addresses;
    private readonly CallBuckets _bearers;
    private readonly CallPlaces _calls = new();
    private readonly CallPlaces _readers = new();
    private readonly Counter<long> _refused;

    public CallLimits(AccessOptions options, TimeProvider time, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        (_options, _addresses, _bearers) = (options, new CallBuckets(time, MostAddresses), new CallBuckets(time, MostBearers));
        var meter = meters.Create(MeterName);
        _refused = meter.CreateCounter<long>("etdb.access.refused", "{call}", "Calls refused because their caller made too many, by what there were too many of.");
        meter.CreateObservableGauge("etdb.access.counted", () => _addresses.Kept + _bearers.Kept, "{bucket}", "Callers whose calls are being counted.");
        meter.CreateObservableGauge("etdb.access.callers", () => _calls.Kept, "{caller}", "Callers with a call that is being answered.");
    }

    /// <summary>Null when the call may go on, else the seconds to wait.</summary>
    public int? Refuse(Caller caller, CallSort sort, IPAddress? address)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var factor = caller.Kind == CallerKind.Local ? LocalFactor : 1;
        var (kind, most) = sort switch
        {
            CallSort.SignIn => ("sign-in", _options.SignInsPerMinute),
            CallSort.Change => ("change", _options.WritesPerMinute),
            _ => ("read", _options.ReadsPerMinute),
        };
        // Calls by an address first: who is over its own limit uses nothing up that others share.
        var wait = sort == CallSort.SignIn || caller.Kind == CallerKind.Anonymous ? TakeAt(address, kind, most * factor) : _bearers.Take(caller.Key, kind, most * factor);
        wait ??= sort == CallSort.SignIn ? _addresses.Take("all", kind, most * SignInsOfAllFactor) : null;
        return wait is null ? null : Refused(kind, wait.Value);
    }

    /// <summary>A place for a call that is answered now, or for a live reader as long as it reads; null when the caller has too many. Dispose it at the end.</summary>
    public IDisposable? Enter(Caller caller, bool live)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var factor = caller.Kind == CallerKind.Local ? LocalFactor : 1;
        var place = live ? _readers.Enter(caller.Key, _options.LiveReaders * factor) : _calls.Enter(caller.Key, _options.CallsAtOnce * factor);
        if (place is null)
        {
            Refused(live ? "live" : "at-once", TimeSpan.Zero);
        }

        return place;
    }

    /// <summary>Counts a wrong credential; false once an address has shown too many.</summary>
    public bool MayFail(IPAddress? address)
    {
        var may = TakeAt(address, Failure, _options.SignInsPerMinute) is null;
        if (!may)
        {
            Refused(Failure, TimeSpan.Zero);
        }

        return may;
    }

    /// <summary>False once an address has shown too many wrong credentials: no further one that is not known to be good is looked up.</summary>
    public bool MayTry(IPAddress? address) => _addresses.Look(CallerReader.KeyOf(address), Failure, _options.SignInsPerMinute) is null;

    private TimeSpan? TakeAt(IPAddress? address, string kind, int perMinute)
        => _addresses.Take(CallerReader.KeyOf(address), kind, perMinute) ?? (CallerReader.WiderKeyOf(address) is { } wider ? _addresses.Take(wider, kind, perMinute * WiderFactor) : null);

    private int Refused(string why, TimeSpan wait)
    {
        _refused.Add(1, new KeyValuePair<string, object?>("why", why));
        return Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
    }
}
