using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Etdb.Domain.Access;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Silo.Api.OldClients;

/// <summary>What oipd says of itself: <c>/oip/daemon/version</c> and <c>/oip/sync/status</c>.</summary>
internal static class DaemonEndpoints
{
    public static void Map(IEndpointRouteBuilder oip)
    {
        oip.MapGet("/daemon/version", VersionAsync).Needs(Role.Viewer).WithSummary("What answers here, in oipd's words.");
        oip.MapGet("/sync/status", StatusAsync).Needs(Role.Viewer).WithSummary("How far the ledger is read, in oipd's words.");
    }

    private static Task VersionAsync(HttpContext http, SiloReadiness readiness, TimeProvider time) => OldAnswers.JsonAsync(http, new JsonObject
    {
        ["BuiltBy"] = "Etdb.Orleans",
        ["BuildDate"] = "",
        ["GoVersion"] = $"none: {RuntimeInformation.FrameworkDescription}",
        ["GitCommitHash"] = typeof(DaemonEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        ["Started"] = readiness.StartedAt.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture),
        ["Uptime"] = Uptime(time.GetUtcNow() - readiness.StartedAt),
    });

    // Go's Duration: 1h2m3s.
    private static string Uptime(TimeSpan time)
    {
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{time.Seconds + (time.Milliseconds / 1000m)}s");
        return time.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}h{time.Minutes}m{seconds}")
            : time.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m{seconds}") : seconds;
    }

    private static async Task StatusAsync(HttpContext http, LedgerLists lists)
    {
        var tip = (await lists.RecordsAsync(http.RequestAborted)).Tip;
        var node = lists.NodeHeight;
        var height = tip?.Height ?? 0;
        var latest = Math.Max(node ?? height, height);
        var isBehind = tip is null || height < latest;
        await OldAnswers.JsonAsync(http, new JsonObject
        {
            ["IsInitialSync"] = isBehind,
            ["MultipartSyncComplete"] = !isBehind,
            ["EditSyncComplete"] = !isBehind,
            ["Height"] = height,
            ["Timestamp"] = tip?.Time ?? 0,
            ["LatestHeight"] = latest,
            ["Progress"] = tip is null ? 0 : latest == 0 ? 1 : (double)height / latest,
        });
    }
}
