using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Etdb.Domain.Common;
using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Domain.Scale;

namespace Etdb.Benchmarks.Domain;

/// <summary>
/// Decides for a million datasets of five replicas over a hundred nodes of unequal size: heap a dataset, a full pass of classification and planning,
/// planning after the loss of the largest node, the what-if analysis of every member. Arguments: <c>--datasets N --nodes N --replicas N --json</c>.
/// </summary>
public static class PlanBenchmark
{
    private const int RoundsKept = 3;

    private static readonly DateTimeOffset s_now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Runs; 0 when every aim was met, 1 when not.</summary>
    public static Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        var datasets = Argument(args, "--datasets", 1_000_000);
        var nodes = Argument(args, "--nodes", 100);
        var replicas = Argument(args, "--replicas", 5);
        var policy = new ReplicationPolicy { Name = "bench", Target = replicas, Floor = Math.Min(3, replicas), Most = replicas + 2 };
        var cluster = Cluster(nodes);
        var context = new PlannerContext { Cluster = cluster, Now = s_now };

        var heapBefore = GC.GetTotalMemory(forceFullCollection: true);
        var catalogue = Fill(datasets, replicas, policy, cluster, out var largest);
        var heapPerDataset = (GC.GetTotalMemory(forceFullCollection: true) - heapBefore) / (double)datasets;

        var (fullSeconds, full) = Best(() => ClusterPlanner.Plan(catalogue, context, ClusterPlanner.PlacementsDefault, ct));
        var after = context with { Cluster = Without(cluster, largest) };
        var (lossSeconds, loss) = Best(() => ClusterPlanner.Plan(catalogue, after, datasets, ct));
        var (whatIfSeconds, whatIf) = Best(() => WhatIf.Lose(catalogue, context, DistinctBy.Member));
        GC.KeepAlive(catalogue);

        var receivers = loss.Placements.SelectMany(p => p.Nodes).GroupBy(n => n).Select(g => g.Count()).ToList();
        var met = fullSeconds <= 5 && lossSeconds <= 2 && heapPerDataset <= 400;
        var figures = new
        {
            datasets,
            nodes,
            replicas,
            heapBytesPerDataset = Math.Round(heapPerDataset, 1),
            fullPassSeconds = Math.Round(fullSeconds, 3),
            healthy = full.Levels.Healthy,
            degraded = full.Levels.Degraded,
            lostNode = largest.Value,
            lossPassSeconds = Math.Round(lossSeconds, 3),
            placedAfterLoss = loss.Placements.Count,
            unplacedAfterLoss = loss.Placements.Sum(p => p.Unplaced),
            receivers = receivers.Count,
            largestReceiverShare = receivers.Count == 0 ? 0 : Math.Round(receivers.Max() / (double)receivers.Sum(), 4),
            whatIfSeconds = Math.Round(whatIfSeconds, 3),
            whatIfDomains = whatIf.Count,
            processors = Environment.ProcessorCount,
            met,
        };
        if (args.Contains("--json"))
        {
            output.WriteLine(JsonSerializer.Serialize(figures));
        }
        else
        {
            output.WriteLine($"{datasets:N0} datasets x {replicas} replicas on {nodes} nodes, {figures.processors} processors");
            output.WriteLine($"heap a dataset             {figures.heapBytesPerDataset,10:N1} bytes  (aim 400)");
            output.WriteLine($"full pass                  {figures.fullPassSeconds,10:N3} s      (aim 5)");
            output.WriteLine($"pass after losing {figures.lostNode,-8} {figures.lossPassSeconds,10:N3} s      (aim 2)");
            output.WriteLine($"  {figures.placedAfterLoss:N0} datasets placed on {figures.receivers} nodes, largest share {figures.largestReceiverShare:P1}");
            output.WriteLine($"what-if, every member      {figures.whatIfSeconds,10:N3} s");
        }

        return Task.FromResult(met ? 0 : 1);
    }

    private static CompactCatalogue Fill(int datasets, int replicas, ReplicationPolicy policy, ClusterView cluster, out NodeId largest)
    {
        var catalogue = new CompactCatalogue(datasets, replicas);
        var root = new ContentId("QmBench");
        var held = new int[cluster.Nodes.Count];
        var rows = new List<ReplicaRecord>(replicas);
        for (var i = 0; i < datasets; i++)
        {
            rows.Clear();
            var seed = Hashing.Mix((ulong)i + 1);
            for (var k = 0UL; rows.Count < replicas; k++)
            {
                // Lower numbers are larger nodes: squaring the draw makes the first a few times as full as the last.
                var unit = Hashing.Unit(Hashing.Mix(seed, k));
                var pick = (int)(unit * Math.Sqrt(unit) * cluster.Nodes.Count);
                var node = cluster.Nodes[pick].Node;
                if (rows.TrueForAll(r => r.Node != node))
                {
                    held[pick]++;
                    var at = s_now.AddDays(-(60 * Hashing.Unit(Hashing.Mix(seed, k + 1000))));
                    var check = new Verification(at, VerificationDepth.Sample, 30);
                    rows.Add(new ReplicaRecord { Node = node, State = ReplicaState.Verified, Since = s_now.AddDays(-200), LastVerification = check });
                }
            }

            catalogue.Add(
                new DatasetView
                {
                    Id = new DatasetId(string.Create(CultureInfo.InvariantCulture, $"{seed:x16}{Hashing.Mix(seed):x16}{0:x16}{i:x16}")),
                    Root = root,
                    Bytes = 3_000_000_000,
                    Policy = policy,
                    RegisteredAt = s_now.AddDays(-400),
                    EstablishedAt = s_now.AddDays(-399),
                    Replicas = rows,
                },
                s_now);
        }

        largest = cluster.Nodes[Array.IndexOf(held, held.Max())].Node;
        return catalogue;
    }

    private static ClusterView Cluster(int nodes) => ClusterView.From(Enumerable.Range(0, nodes).Select(i => new NodeView
    {
        Node = new NodeId($"n{i:000}"),
        Member = new MemberId($"m{i:000}"),
        Country = $"c{i % 20}",
        CapacityBytes = 2_000_000_000_000_000,
        UsedBytes = 500_000_000_000_000,
    }));

    private static ClusterView Without(ClusterView cluster, NodeId lost) =>
        ClusterView.From(cluster.Nodes.Select(n => n.Node == lost ? n with { Status = NodeStatus.PresumedLost } : n));

    private static (double Seconds, T Result) Best<T>(Func<T> work)
    {
        var best = double.MaxValue;
        var result = default(T)!;
        for (var i = 0; i < RoundsKept; i++)
        {
            var start = Stopwatch.GetTimestamp();
            result = work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return (best, result);
    }

    private static int Argument(string[] args, string name, int otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length && int.TryParse(args[at + 1], CultureInfo.InvariantCulture, out var value) && value > 0 ? value : otherwise;
    }
}
