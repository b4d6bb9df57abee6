using System.Text.Json;
using Etdb.Dashboard;
using Etdb.Domain.Access;
using Etdb.Domain.Repair;
using Etdb.Grains.Ledger;
using Etdb.Grains.Members;
using Etdb.Silo.Api.OldClients;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Silo.Telemetry;
using Etdb.Storage.Grains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>Everything a silo answers over HTTP.</summary>
public static class ApiEndpoints
{
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    /// <summary>Maps API, events, content, health, metrics and the dashboard.</summary>
    public static void MapEtdb(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseTrustedProxies(app.Services.GetRequiredService<SiloOptions>());
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseOldClients();
        app.UseEtdbSecurity();
        var api = app.MapGroup("/api/v1");
        CatalogueEndpoints.Map(api);
        DatasetEndpoints.Map(api);
        PublicationEndpoints.Map(api);
        PlanEndpoints.Map(api);
        ForesightEndpoints.Map(api);
        DrainEndpoints.Map(api);
        DifferenceEndpoints.Map(api);
        EvidenceEndpoints.Map(api);
        OperatorEndpoints.Map(api);
        AccessEndpoints.Map(api);
        SignInEndpoints.Map(api);
        InviteEndpoints.Map(api);
        JoinEndpoints.Map(api);
        MemberEndpoints.Map(api);
        PolicyEndpoints.Map(api);
        LineEndpoints.Map(api);
        CallLogEndpoints.Map(api);
        EventStream.Map(api);
        api.MapGet("/cluster", ClusterAsync).Needs(Role.Viewer).WithSummary("What runs here and where the ledger stands.");
        app.MapOldClients();
        ContentEndpoints.Map(app);
        app.MapGet("/health/live", () => TypedResults.Text("alive\n")).Unlimited().ExcludeFromDescription();
        app.MapGet("/health/ready", Ready).Unlimited().ExcludeFromDescription();
        app.MapOpenApi("/api/v1/openapi.json").Open();
        app.MapGroup("").Needs(Role.Viewer).MapEtdbMetrics();
        app.MapGroup("").Open().MapEtdbDashboard();
    }

    private static Results<ContentHttpResult, ProblemHttpResult> Ready(SiloReadiness readiness)
        => readiness.WaitingFor is { } what ? ApiProblems.Unavailable($"Waiting for {what}.") : TypedResults.Text("ready\n");

    private static async Task<Ok<ClusterStatusView>> ClusterAsync(IGrainFactory grains, SiloOptions options, SiloReadiness readiness, DemoSwitch demo, TimeProvider time, CancellationToken ct)
    {
        var ledger = await grains.GetGrain<ILedgerGrain>(options.Network).Get().WaitAsync(GrainLimit, time, ct);
        var topology = await grains.GetGrain<IRegistryGrain>(IRegistryGrain.Key).Read(-1).WaitAsync(GrainLimit, time, ct);
        return TypedResults.Ok(new ClusterStatusView(
            GrainRuntimeInfo.Name,
            typeof(ApiEndpoints).Assembly.GetName().Version!.ToString(3),
            options.Network,
            readiness.StartedAt,
            (time.GetUtcNow() - readiness.StartedAt).TotalSeconds,
            demo.Enabled,
            new LedgerView(ledger.Height, ledger.TipHash, ledger.TipTime, ledger.Records, ledger.Transactions, ledger.LagBlocks, ledger.Problem),
            SafeMode(topology?.Brakes ?? []),
            [.. (topology?.Brakes ?? []).Where(b => b.Kind != BrakeKind.SafeMode).Select(b => new BrakeView(JsonNamingPolicy.KebabCaseLower.ConvertName(b.Kind.ToString()), b.Since, b.Reason))]));
    }

    private static SafeModeView SafeMode(IReadOnlyList<Brake> brakes)
    {
        var brake = brakes.FirstOrDefault(b => b.Kind == BrakeKind.SafeMode);
        return new SafeModeView(brake is not null, brake?.Reason);
    }
}

/// <summary>What runs here.</summary>
public sealed record ClusterStatusView(
    string Runtime,
    string Version,
    string Network,
    DateTimeOffset StartedAt,
    double UptimeSeconds,
    bool Demo,
    LedgerView Ledger,
    SafeModeView SafeMode,
    IReadOnlyList<BrakeView> Brakes);

/// <summary>Where the ledger stands.</summary>
public sealed record LedgerView(long Height, string? TipHash, DateTimeOffset? TipTime, long Records, long Transactions, long? LagBlocks, string? Problem);

/// <summary>Start-up safe mode: no repairs but the most urgent until most nodes have reported.</summary>
public sealed record SafeModeView(bool Active, string? Reason);

/// <summary>A brake that holds repairs back.</summary>
public sealed record BrakeView(string Kind, DateTimeOffset? Since, string Reason);

/// <summary>Whether this host is a demo. The demo turns it on.</summary>
public sealed class DemoSwitch
{
    /// <summary>True in the demo.</summary>
    public bool Enabled { get; init; }
}
