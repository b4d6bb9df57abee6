using System.Diagnostics.Metrics;
using Etdb.Storage.Catalogue;
using Microsoft.Extensions.Hosting;

namespace Etdb.Silo.Telemetry;

/// <summary>
/// What operators watch about replication, read from the catalogue at most every few seconds. Every state has a series, also at zero, so
/// that an alert on absence is possible; labels come from closed sets only.
/// </summary>
internal sealed class ReplicationInstruments : BackgroundService
{
    public const string MeterName = "Etdb.Replication";

    private static readonly string[] DatasetStates = ["healthy", "degraded", "endangered", "lost", "pending", "deactivated"];
    private static readonly string[] ReplicaStates = ["assigned", "claimed", "verified", "suspect", "missing", "corrupt", "unreachable"];
    private static readonly string[] NodeStates = ["up", "suspect", "unreachable", "presumed-lost", "draining", "maintenance"];
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly ICatalogue _catalogue;
    private readonly TimeProvider _time;
    private Snapshot? _snapshot; // Written by the loop, read by the collector; immutable.

    public ReplicationInstruments(ICatalogue catalogue, TimeProvider time, IMeterFactory meters)
    {
        (_catalogue, _time) = (catalogue, time);
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("etdb.replication.datasets", () => States(_snapshot?.Health.Datasets, DatasetStates), "{dataset}", "Datasets by state of their redundancy.");
        meter.CreateObservableGauge("etdb.replication.replicas", () => States(_snapshot?.Health.Replicas, ReplicaStates), "{replica}", "Replicas by what is known of them.");
        meter.CreateObservableGauge("etdb.replication.nodes", () => States(_snapshot?.Nodes, NodeStates), "{node}", "Nodes by state.");
        meter.CreateObservableGauge("etdb.replication.repairs", () => One(s => s.Repairs), "{repair}", "Repairs running or waiting.");
        meter.CreateObservableGauge("etdb.replication.incidents.open", () => One(s => s.OpenIncidents), "{incident}", "Incidents not healed yet (of the newest 500).");
        meter.CreateObservableGauge("etdb.replication.logical", () => One(s => s.Health.LogicalBytes), "By", "Size of all datasets, once each.");
        meter.CreateObservableGauge("etdb.replication.stored", () => One(s => s.Health.StoredBytes), "By", "Size of all verified replicas.");
        meter.CreateObservableGauge("etdb.replication.risk", () => One(s => s.Health.RiskSum), "1", "Sum over datasets of the probability of losing them before their repair is through.");
        meter.CreateObservableGauge("etdb.catalogue.snapshot.age", () => One(s => (_time.GetUtcNow() - s.At).TotalSeconds), "s", "Age of the figures of this page's replication gauges.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, _time);
        do
        {
            try
            {
                _snapshot = await ReadAsync(stoppingToken);
            }
            catch (Exception e) when (e is System.Data.Common.DbException or TimeoutException)
            {
                // The figures stay as they were and say how old they are; the storage watch says what is wrong. An exception from here would end the silo.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<Snapshot> ReadAsync(CancellationToken stoppingToken)
    {
        var nodes = await _catalogue.NodesAsync(stoppingToken);
        var (_, repairs) = await _catalogue.RepairsAsync(1, stoppingToken);
        var incidents = await _catalogue.IncidentsAsync(500, stoppingToken);
        return new Snapshot(
            _time.GetUtcNow(),
            await _catalogue.HealthAsync(stoppingToken),
            nodes.GroupBy(n => n.Node.State, StringComparer.Ordinal).ToDictionary(g => g.Key, g => (long)g.Count(), StringComparer.Ordinal),
            repairs,
            incidents.Count(i => i.HealedAt is null));
    }

    private IEnumerable<Measurement<double>> One(Func<Snapshot, double> value) => _snapshot is { } s ? [new Measurement<double>(value(s))] : [];

    private static IEnumerable<Measurement<long>> States(IReadOnlyDictionary<string, long>? counts, string[] states) => counts is null
        ? []
        : states.Select(state => new Measurement<long>(counts.TryGetValue(state, out var n) ? n : 0, new KeyValuePair<string, object?>("state", state)));

    private sealed record Snapshot(DateTimeOffset At, CatalogueHealth Health, IReadOnlyDictionary<string, long> Nodes, long Repairs, int OpenIncidents);
}
