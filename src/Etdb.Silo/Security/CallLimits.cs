using System.Threading.RateLimiting;

namespace Etdb.Silo.Security;

/// <summary>
/// How often a caller may call: a bucket for reads, one for changes, one for attempts to sign in. Callers on the silo's own machine have ten times
/// as much, as many people and tools may come through one tunnel. Buckets that nobody uses are dropped by the limiter itself.
/// </summary>
internal sealed class CallLimits(AccessOptions options) : IDisposable
{
    private const int LocalFactor = 10;
    private static readonly TimeSpan Refill = TimeSpan.FromSeconds(5);
    private readonly PartitionedRateLimiter<(string Key, string Kind, int PerMinute)> _limiter = PartitionedRateLimiter.Create<(string Key, string Kind, int PerMinute), (string, string)>(
        static call => RateLimitPartition.GetTokenBucketLimiter((call.Key, call.Kind), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = call.PerMinute,
            TokensPerPeriod = Math.Max(1, call.PerMinute / (int)(TimeSpan.FromMinutes(1) / Refill)),
            ReplenishmentPeriod = Refill,
            QueueLimit = 0,
            AutoReplenishment = true,
        }));

    /// <summary>Null when the call may go on, else the seconds to wait.</summary>
    public int? Refuse(Caller caller, bool changes, bool signIn, string address)
    {
        var factor = caller.Kind == CallerKind.Local ? LocalFactor : 1;
        var call = signIn ? (address, "sign-in", options.SignInsPerMinute) : changes ? (caller.Key, "change", options.WritesPerMinute) : (caller.Key, "read", options.ReadsPerMinute);
        using var lease = _limiter.AttemptAcquire((call.Item1, call.Item2, call.Item3 * factor));
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : (int)Refill.TotalSeconds;
    }

    /// <summary>True while an address may still show wrong credentials.</summary>
    public bool MayFail(string address)
    {
        using var lease = _limiter.AttemptAcquire((address, "failure", options.SignInsPerMinute));
        return lease.IsAcquired;
    }

    public void Dispose() => _limiter.Dispose();
}
