using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Xunit.Sdk;

namespace Etdb.Domain.Tests;

/// <summary>A random cluster and dataset from one seed: every status, state, tag and policy can come up. Whole seconds only.</summary>
internal sealed class Scenario
{
    private static readonly string[] s_tags = ["ssd", "tape", "eu"];

    private Scenario(int seed)
    {
        Seed = seed;
        Random = new Random(seed);
        var nodes = Random.Next(1, 14);
        Cluster = ClusterView.From(Enumerable.Range(0, nodes).Select(RandomNode));
        Policy = RandomPolicy();
        var rows = Cluster.Nodes.Where(_ => Random.Next(3) > 0).Select(n => RandomReplica(n.Node)).ToList();
        if (Random.Next(5) == 0)
        {
            rows.Add(RandomReplica(new NodeId("gone")));
        }

        Dataset = new DatasetView
        {
            Id = new DatasetId(Convert.ToHexStringLower(RandomBytes(32))),
            Root = new ContentId("QmRoot"),
            Bytes = Random.NextInt64(0, 1L << 34),
            Policy = Policy,
            RegisteredAt = World.Now.AddDays(-Random.Next(0, 400)),
            EstablishedAt = Random.Next(3) == 0 ? null : World.Now.AddDays(-Random.Next(0, 300)),
            Replicas = rows,
            Running = Random.Next(3) > 0 ? [] : [new RunningOperation(Pick(Cluster.Nodes).Node, (ActionKind)Random.Next(0, 7), World.Now.AddMinutes(-9))],
            SurplusSince = Random.Next(2) == 0 ? null : World.Now.AddDays(-Random.Next(0, 60)),
            LastTrimAt = Random.Next(2) == 0 ? null : World.Now.AddHours(-Random.Next(0, 72)),
        };
    }

    public int Seed { get; }

    public Random Random { get; }

    public ClusterView Cluster { get; set; }

    public ReplicationPolicy Policy { get; }

    public DatasetView Dataset { get; set; }

    public PlannerContext Context => new() { Cluster = Cluster, Now = World.Now };

    public DatasetHealth Health => Classify(Dataset, Cluster);

    public static DatasetHealth Classify(DatasetView dataset, ClusterView cluster, DateTimeOffset? at = null)
    {
        var now = at ?? World.Now;
        dataset = dataset.WithRunningRows();
        return ReplicaClassifier.Classify(dataset.Policy, [.. dataset.Replicas.Select(dataset.ViewOf)], cluster, now, GraceLadder.Default, dataset.IsPending(now));
    }

    /// <summary>
    /// Checks a claim on many scenarios; a failure names its seed. The seeds are the same in every run, so that what one machine finds every machine finds;
    /// <c>ETDB_TEST_SCALE</c> adds further ones.
    /// </summary>
    public static void ForAll(Action<Scenario> claim, int runs = 500)
    {
        var scale = int.TryParse(Environment.GetEnvironmentVariable("ETDB_TEST_SCALE"), out var s) && s > 0 ? s : 1;
        for (var i = 0; i < runs * scale; i++)
        {
            var scenario = new Scenario(unchecked((int)(i * 2654435761L)));
            try
            {
                claim(scenario);
            }
            catch (Exception e)
            {
                throw new XunitException($"Scenario.Of({scenario.Seed}) breaks the claim: {e.Message}", e);
            }
        }
    }

    public static Scenario Of(int seed) => new(seed);

    public T Pick<T>(IReadOnlyList<T> from) => from[Random.Next(from.Count)];

    public Observation RandomObservation(NodeId node)
    {
        var kind = (ObservationKind)Random.Next(0, 12);
        var at = World.Now.AddSeconds(-Random.Next(0, 60));
        return new Observation(node, kind, at, ObservationSource.Audit, (VerificationDepth)Random.Next(1, 4), Random.Next(1, 100));
    }

    private NodeView RandomNode(int i) => new()
    {
        Node = new NodeId($"n{i:00}"),
        Member = new MemberId($"m{Random.Next(0, 8)}"),
        Site = Random.Next(3) == 0 ? null : $"s{Random.Next(0, 2)}",
        Country = Random.Next(4) == 0 ? null : $"c{Random.Next(0, 5)}",
        Tags = [.. s_tags.Where(_ => Random.Next(2) == 0)],
        Status = Random.Next(2) == 0 ? NodeStatus.Up : (NodeStatus)Random.Next(0, 7),
        StatusSince = World.Now.AddHours(-Random.Next(0, 300)),
        AbsentSince = Random.Next(2) == 0 ? null : World.Now.AddHours(-Random.Next(0, 300)),
        Exiting = Random.Next(10) == 0,
        OnProbation = Random.Next(10) == 0,
        NoNewReplicas = Random.Next(10) == 0,
        CapacityBytes = Random.Next(8) == 0 ? 0 : Random.NextInt64(1L << 33, 1L << 40),
        UsedBytes = Random.NextInt64(0, 1L << 38),
        LossRatePerYear = Random.NextDouble(),
        Reputation = Random.NextDouble(),
    };

    private ReplicationPolicy RandomPolicy()
    {
        var target = Random.Next(1, 7);
        var policy = new ReplicationPolicy
        {
            Target = target,
            Floor = Random.Next(1, target + 1),
            Most = Random.Next(target, target + 4),
            DistinctBy = (DistinctBy)Random.Next(0, 4),
            IncludeTags = Random.Next(4) == 0 ? [Pick(s_tags)] : [],
            ExcludeTags = Random.Next(4) == 0 ? [Pick(s_tags)] : [],
            MinimumDepth = (VerificationDepth)Random.Next(0, 4),
            MaximumVerificationAge = TimeSpan.FromDays(Random.Next(1, 120)),
        };
        Assert.Empty(policy.Problems());
        return policy;
    }

    private ReplicaRecord RandomReplica(NodeId node)
    {
        var row = ReplicaRecord.Assign(node, World.Now.AddHours(-Random.Next(0, 2000)));
        var at = row.Since;
        ObservationKind[] usual = Random.Next(2) == 0 ? [ObservationKind.Pinned, ObservationKind.CheckComplete] : [];
        var more = Enumerable.Range(0, Random.Next(0, 4)).Select(_ => (ObservationKind)Random.Next(1, 12));
        foreach (var kind in usual.Concat(more))
        {
            at = at.AddSeconds(Random.Next(0, 3_000_000));
            at = at > World.Now ? World.Now : at;
            row = ReplicaObserver.Observe(row, new Observation(node, kind, at, ObservationSource.Audit, (VerificationDepth)Random.Next(1, 4), 5), World.Now).Replica;
        }

        if (Random.Next(5) == 0)
        {
            var attempt = World.Now.AddMinutes(-Random.Next(0, 3000));
            var cause = Random.Next(2) == 0 ? ReplicaCause.DiskFull : ReplicaCause.Stalled;
            row = row.AttemptFailed(cause, attempt, RetryPolicy.Default.Decide(cause, 1, attempt, attempt, 7));
        }

        return row;
    }

    private byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        Random.NextBytes(bytes);
        return bytes;
    }
}
