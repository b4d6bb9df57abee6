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
            var copies = Copies(world, alive);
            if (copies.Count == 0)
            {
                break;
            }

            var wait = TimeSpan.FromDays(365.25 * -Math.Log(1 - random.NextDouble()) / (rate * copies.Count));
            var step = world.Now + wait < end ? wait : end - world.Now;
            var before = world.Now;
            AdvanceUntilCopiesChange(world, before + step, alive, copies.Count);
            atRisk += (world.Now - before).TotalDays / 365.25 * alive.Count;
            if (world.Now < before + step || world.Now >= end)
            {
                // A copy came back: the waiting time has no memory, it is drawn again with the new rate.
                continue;
            }

            var (node, content) = Copies(world, alive) is { Count: > 0 } now ? now[random.Next(now.Count)] : copies[0];
            Lose(world, node, content);
            if (!world.Nodes.Values.Any(n => n.Has(content.Root)))
            {
                alive.Remove(content.Root);
            }

            progress?.Report(new SimulationProgress((world.Now - start) / (end - start), $"{total - alive.Count} lost"));
        }

        return SimulationRun.Result(world, total - alive.Count, atRisk, converged: true);
    }

    /// <summary>Loss per dataset-year of a dataset that is whole at the start, within the given time, by the chain with parallel repair.</summary>
    public static double ClosedForm(int replicas, double lossRate, TimeSpan repairTime)
    {
        // D_i: mean time from i copies to i-1; section (e) of the research note.
        var mu = 365.25 / repairTime.TotalDays;
        var d = 1 / (replicas * lossRate);
        var sum = d;
        for (var i = replicas - 1; i >= 1; i--)
        {
            d = (1 + ((replicas - i) * mu * d)) / (i * lossRate);
            sum += d;
        }

        return 1 / sum;
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
        options.RetryFirst = options.RetryMost = TimeSpan.FromMinutes(1);
        options.LedgerPollInterval = TimeSpan.FromDays(1);
        options.WakeInterval = TimeSpan.FromDays(30);
        return options;
    }

    /// <summary>Stops a quarter of a day after a copy has come back, as the rate of losses is another one then.</summary>
    private static void AdvanceUntilCopiesChange(World world, DateTimeOffset until, Dictionary<Etdb.Domain.Content.ContentId, SimContent> alive, int copies)
    {
        while (world.Now < until)
        {
            var next = world.Now + TimeSpan.FromHours(6);
            world.Silo.AdvanceTo(next < until ? next : until);
            if (world.Now < until && Copies(world, alive).Count != copies)
            {
                return;
            }
        }
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
