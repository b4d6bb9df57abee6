#if ORLEANS_MICROSOFT
using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Orleans;
using Orleans.Runtime;

namespace Etdb.Storage.Clustering;

/// <summary>Rows of the table of silos. Times of life signs are kept by the server's clock and given out as ages on the reader's: a silo whose clock is off is not buried for it.</summary>
internal static class SiloRows
{
    public const string Columns = "address, name, host, status, proxy_port, started_at, clock_timestamp() - alive_at, suspicions, etag";

    public static string Address(SiloAddress address) => address.ToParsableString();

    public static (string Name, object? Value)[] Parameters(string cluster, MembershipEntry entry) =>
    [
        ("@cluster", cluster), ("@address", Address(entry.SiloAddress)), ("@name", entry.SiloName ?? ""), ("@host", entry.HostName ?? ""), ("@status", (int)entry.Status),
        ("@port", entry.ProxyPort), ("@started", DateTime.SpecifyKind(entry.StartTime, DateTimeKind.Utc)), ("@suspicions", Suspicions(entry)),
    ];

    public static Tuple<MembershipEntry, string> Read(DbDataReader r, DateTime now)
    {
        var entry = new MembershipEntry
        {
            SiloAddress = SiloAddress.FromParsableString(r.GetString(0)),
            SiloName = r.GetString(1),
            HostName = r.GetString(2),
            Status = (SiloStatus)r.GetInt32(3),
            ProxyPort = r.GetInt32(4),
            StartTime = r.GetDateTime(5),
            IAmAliveTime = now - r.GetFieldValue<TimeSpan>(6),
            SuspectTimes = [.. (JsonSerializer.Deserialize<Suspicion[]>(r.GetString(7)) ?? []).Select(s => Tuple.Create(SiloAddress.FromParsableString(s.By), s.At.UtcDateTime))],
        };
        return Tuple.Create(entry, r.GetInt64(8).ToString(CultureInfo.InvariantCulture));
    }

    private static string Suspicions(MembershipEntry entry) =>
        JsonSerializer.Serialize((entry.SuspectTimes ?? []).Select(s => new Suspicion(Address(s.Item1), new DateTimeOffset(DateTime.SpecifyKind(s.Item2, DateTimeKind.Utc)))));

    private sealed record Suspicion(string By, DateTimeOffset At);
}
#endif
