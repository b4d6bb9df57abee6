using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Simulation.Model;

namespace Etdb.Simulation;

/// <summary>Founds a consortium: members in several countries, their nodes, a lab.</summary>
internal static class Setup
{
    private static readonly string[] Countries = ["NL", "DE", "US", "FR", "CH", "JP"];

    /// <summary>Options for worlds of years: production's intervals, only looked at less often where that changes nothing but speed.</summary>
    public static ReplicationOptions Options(SimulationSettings settings) => new()
    {
        Target = settings.Target,
        Floor = Math.Max(1, settings.Target - 1),
        Most = settings.Target + 1,
        ProbeInterval = TimeSpan.FromHours(4),
        SuspectAfter = TimeSpan.FromHours(5),
        UnreachableAfter = TimeSpan.FromHours(9),
        ScanInterval = TimeSpan.FromHours(24),
        CanaryInterval = TimeSpan.FromHours(24),
        SweepInterval = TimeSpan.FromDays(7),
        ClusterWatchInterval = TimeSpan.FromHours(1),
        LedgerPollInterval = TimeSpan.FromHours(2),
        WakeInterval = TimeSpan.FromDays(2),
        KeepAfterDeactivation = TimeSpan.FromDays(60),
        TrimAfter = TimeSpan.FromDays(20),

        // Worlds that watch one thing only are not evened out meanwhile.
        RebalanceInterval = settings.Profile == FaultProfile.Varied ? TimeSpan.FromDays(1) : TimeSpan.Zero,
        JobLease = TimeSpan.FromHours(1),
        BusyRetry = TimeSpan.FromMinutes(5),
        Shards = 4,
        ShelvesPerNode = 2,
        ChallengeLeaves = 3,
    };

    public static void Found(World world)
    {
        var settings = world.Settings;
        world.Nodes[World.Lab] = new SimNode(World.Lab, new MemberId("lab"), "US", 1L << 50) { SourceOnly = true };
        AddMember(world, "lab", "US");
        Register(world, world.Nodes[World.Lab]);
        for (var i = 0; i < settings.Members; i++)
        {
            AddMember(world, $"m{i + 1}", Countries[i % Countries.Length]);
        }

        for (var i = 0; i < settings.Nodes; i++)
        {
            var member = i % settings.Members;
            AddNode(world, $"n{i + 1:00}", $"m{member + 1}", Countries[member % Countries.Length]);
        }

        world.StartCluster();
    }

    public static void AddMember(World world, string id, string country)
    {
        world.Retry(() => world.Silo.Grains.GetGrain<IMemberGrain>(id).Register(new MemberRegistration($"Library {id}", country, null, null, null, false)));
        if (world.Settings.Profile == FaultProfile.Varied && id != World.Lab.Value && world.Random.Chance(0.2))
        {
            // A slow line that is left alone during the day.
            Limit(world, id, new BandwidthBudget
            {
                BytesPerSecond = 2_000_000,
                BurstBytes = 500_000_000,
                Quiet = world.Random.Chance(0.5) ? new QuietHours(new TimeOnly(8, 0), new TimeOnly(18, 0), TimeSpan.Zero) : null,
            });
        }
    }

    public static void Limit(World world, string member, BandwidthBudget line)
    {
        world.Lines[new MemberId(member)] = line;
        world.Retry(() => world.Silo.Grains.GetGrain<IMemberGrain>(member).SetLine(line, "operator", "the line is shared with readers"));
    }

    public static void AddNode(World world, string id, string member, string country)
    {
        var room = world.Settings.Datasets * 600_000_000L * world.Settings.Target / world.Settings.Nodes * 4;
        var node = new SimNode(new NodeId(id), new MemberId(member), country, Math.Max(room, 20_000_000_000L));
        if (world.Settings.Profile == FaultProfile.Varied && world.Random.Chance(0.05))
        {
            node.Lying = 0.2;
        }

        world.Nodes[node.Id] = node;
        Register(world, node);
    }

    private static void Register(World world, SimNode node) => world.Retry(() =>
        world.Silo.Grains.GetGrain<INodeGrain>(node.Id.Value).Register(new NodeRegistration(
            node.Member, "main", node.Country, [], new NodeEndpoint(node.Id, $"sim://{node.Id}", null, null), null, node.SourceOnly)));
}
