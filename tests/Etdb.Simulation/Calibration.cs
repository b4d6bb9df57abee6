using Etdb.Domain.Replication;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Simulation.Model;

namespace Etdb.Simulation;

/// <summary>
/// The world of the closed form: every replica is lost with rate λ, independently; losses are noticed at once; each missing replica is
/// brought back by itself after an exponential time with mean W. Loss per dataset-year must then be that of the birth-death chain: if the
/// scheduler lengthened W, or brought copies back one after the other, it would show here.
/// </summary>
internal static class Calibration
{
    public static SimulationResult Run(SimulationSettings settings, IProgress<SimulationProgress>? progress, CancellationToken cancellationToken)
    {
        using var world = new World(settings, Options(settings));
        Setup.Found(world);
        for (var i = 0; i < settings.Datasets; i++)
        {
            world.Publish();
        }

        world.Silo.AdvanceBy(TimeSpan.FromDays(2));
        world.Checks.AfterStep();

        // From now on nobody can help but the members.
        world.Nodes[World.Lab].Wipe(newRepository: true);
        world.Nodes[World.Lab].Down = 1;
        var start = world.Now;
        var end = start + TimeSpan.FromDays(365.25 * settings.Years);
        var random = world.Random.Fork();
        var alive = world.Published.Values.Where(p => world.Checks.IsEstablished(p.Content)).ToDictionary(p => p.Content.Root, p => p.Content);
        var atRisk = 0.0;
        var total = alive.Count;
        var rate = settings.LossRate ?? 1;
        while (world.Now < end && alive.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // As if every place had a copy; a place that turns out to be empty loses nothing (thinning of a Poisson process).
            var places = alive.Count * settings.Target;
            var before = world.Now;
            var next = before + TimeSpan.FromDays(365.25 * -Math.Log(1 - random.NextDouble()) / (rate * places));
            world.Silo.AdvanceTo(next < end ? next : end);
            atRisk += (world.Now - before).TotalDays / 365.25 * alive.Count;
            var copies = Copies(world, alive);
            var place = random.Next(places);
            if (world.Now < end && place < copies.Count)
            {
                var (node, content) = copies[place];
                Lose(world, node, content);
                if (!world.Nodes.Values.Any(n => n.Has(content.Root)))
                {
                    alive.Remove(content.Root);
                }
            }

            progress?.Report(new SimulationProgress((total - alive.Count) / (double)total, $"{total - alive.Count} lost"));
        }

        return SimulationRun.Result(world, total - alive.Count, atRisk, converged: true);
    }

    private static Grains.ReplicationOptions Options(SimulationSettings settings)
    {
        var options = Setup.Options(settings);
        options.Floor = 1;
        options.Most = settings.Target;
        options.InSlots = options.OutSlots = 64;
        options.ShardConcurrency = 1000;
        options.StormNodeShare = 1;
        options.StormMembers = 1000;
        options.ProbeInterval = TimeSpan.FromDays(30);
        options.SuspectAfter = TimeSpan.FromDays(90);
        options.UnreachableAfter = TimeSpan.FromDays(91);
        options.ScanInterval = TimeSpan.FromDays(3000);
        options.ChallengeInterval = options.ScrubInterval = TimeSpan.FromDays(3000);
        options.CanaryInterval = TimeSpan.FromDays(3000);
        options.SweepInterval = TimeSpan.FromDays(365);
        options.ShardTick = TimeSpan.FromSeconds(1);
        options.BusyRetry = TimeSpan.FromSeconds(30);
        options.ForgetAfter = TimeSpan.FromSeconds(1);
        options.Patience = TimeSpan.FromDays(3000);
        options.JobLease = TimeSpan.FromDays(3);
        options.RetryMost = TimeSpan.FromDays(365); // What was lost for good is looked at again after this, not every minute of decades.
        options.LedgerPollInterval = TimeSpan.FromDays(1);
        options.WakeInterval = TimeSpan.FromDays(30);
        return options;
    }

    private static List<(SimNode Node, SimContent Content)> Copies(World world, Dictionary<Etdb.Domain.Content.ContentId, SimContent> alive) =>
        [.. world.Nodes.Values.Where(n => !n.SourceOnly).SelectMany(n => alive.Values.Where(c => n.Pins.ContainsKey(c.Root)).Select(c => (n, c)))];

    /// <summary>The copy is gone and the operator looks at once.</summary>
    private static void Lose(World world, SimNode node, SimContent content)
    {
        node.Pins.Remove(content.Root);
        node.Store.Remove(content.Root);
        world.Retry(() => world.Silo.Grains.GetGrain<INodeGrain>(node.Id.Value).Look());
        world.Silo.AdvanceBy(TimeSpan.FromSeconds(5));
    }
}
