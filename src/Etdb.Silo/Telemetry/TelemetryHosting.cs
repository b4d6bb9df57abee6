using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Etdb.Silo.Telemetry;

/// <summary>Metrics of this process: .NET's own meters and ours, as Prometheus text at <c>/metrics</c>.</summary>
internal static class TelemetryHosting
{
    private static readonly string[] Meters = ["Etdb.*", "System.Runtime", "Microsoft.AspNetCore.Hosting", "System.Net.Http", "Microsoft.Orleans"];

    public static void AddEtdbTelemetry(this IServiceCollection services)
    {
        services.AddSingleton<PrometheusText>();
        services.AddSingleton(provider =>
        {
            var text = provider.GetRequiredService<PrometheusText>();
            return Sdk.CreateMeterProviderBuilder().AddMeter(Meters).AddReader(new BaseExportingMetricReader(text)).Build();
        });
        services.AddHostedService<ReplicationInstruments>();
    }

    public static void MapEtdbMetrics(this IEndpointRouteBuilder endpoints)
    {
        // Built with the first request at the latest; instruments registered before count from here on.
        endpoints.ServiceProvider.GetRequiredService<MeterProvider>();
        endpoints.MapGet("/metrics", (PrometheusText text) => TypedResults.Text(text.Render(), PrometheusText.ContentType)).ExcludeFromDescription();
    }
}
