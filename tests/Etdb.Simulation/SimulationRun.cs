using Etdb.Grains.Nodes;
using Etdb.Simulation.Faults;
using Etdb.Simulation.Model;

namespace Etdb.Simulation;

/// <summary>
/// Runs the real grains in a simulated world: years of faults in seconds, the same for the same seed. After the given time everything is
/// healed, and the world must become whole within a bound.
/// </summary>
public static class SimulationRun
{
    /// <summary>Longest time between two looks at the invariants.</summary>
    private static readonly TimeSpan CheckEvery = TimeSpan.FromDays(2);

    /// <summary>After healing, all that can be whole has to be whole within this time: the longest back-off, a sweep, a scan and the transfers.</summary>
    private static readonly TimeSpan ConvergenceBound = TimeSpan.FromDays(30);

    /// <summary>Whether this build can simulate: true on the embedded runtime.</summary>
    public static bool IsAvailable => true;

    /// <summary>Runs a world. Settings out of range are a caller's mistake (<see cref="SimulationSettings.Problems"/>).</summary>
    public static SimulationResult Run(SimulationSettings settings, IProgress<SimulationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(" ", problems), nameof(settings));
        }

        if (settings.Profile == FaultProfile.Calibration)
        {
            return Calibration.Run(settings, progress, cancellationToken);
        }

        using var world = new World(settings, Setup.Options(settings));
        Setup.Found(world);
        var faults = new FaultEngine(world, FaultRates.For(settings, world.Random));
        var start = world.Now;
        var end = start + TimeSpan.FromDays(365.25 * settings.Years);
        PublishAll(world);
        while (world.Now < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = Earliest(faults.Next ?? end, world.Now + CheckEvery, end);
            world.Silo.AdvanceTo(next);
            faults.Run();
            world.Checks.AfterStep();
            progress?.Report(new SimulationProgress((world.Now - start) / (end - start), $"{world.Faults} faults, {world.Repairs} repairs, {world.Crashes} crashes"));
        }

        var converged = Converge(world, faults);
        return Result(world, Lost(world), settings.Years * world.Published.Count, converged);
    }

    internal static SimulationResult Result(World world, int lost, double datasetYears, bool converged)
    {
        var settings = world.Settings;
        var hours = world.Checks.RepairHours;
        return new SimulationResult(
            settings.Seed, settings.Years, settings.Datasets, lost, datasetYears, world.Repairs, world.BytesReseeded, [.. world.Checks.Violations],
            hours.Count == 0 ? null : hours.Average(), world.Checks.WorstRedundancy == int.MaxValue ? settings.Target : world.Checks.WorstRedundancy, converged, world.Crashes, world.Faults,
            world.Silo.Scheduler.Steps, world.Silo.Scheduler.Trace.ToString("x16", System.Globalization.CultureInfo.InvariantCulture), world.Log.Hash, settings.Command());
    }

    /// <summary>The lab publishes in the course of the first two days.</summary>
    internal static void PublishAll(World world)
    {
        for (var i = 0; i < world.Settings.Datasets; i++)
        {
            world.Publish();
            if (i % 20 == 19)
            {
                world.Silo.AdvanceBy(TimeSpan.FromMinutes(30));
            }
        }

        world.Silo.AdvanceBy(TimeSpan.FromDays(1));
        world.Checks.AfterStep();
    }

    private static bool Converge(World world, FaultEngine faults)
    {
        faults.HealEverything();
        world.StartCluster();
        var until = world.Now + ConvergenceBound;
        while (world.Now < until)
        {
            world.Silo.AdvanceBy(TimeSpan.FromDays(1));
            world.Checks.AfterStep();
            if (NotWhole(world).Count == 0)
            {
                return true;
            }
        }

        foreach (var text in NotWhole(world).Take(3))
        {
            world.Checks.Violated("I2", text);
        }

        return false;
    }

    /// <summary>Wanted, readable somewhere, enough members, and yet without target verified copies; when all is whole, incidents that are told to go on.</summary>
    private static List<string> NotWhole(World world)
    {
        var present = world.Nodes.Values.Where(n => !n.SourceOnly && !n.Left).ToList();
        var texts = new List<string>();
        foreach (var published in world.Published.Values.Where(p => p.GoneSince is null && IsReadable(world, p.Content)))
        {
            var wish = world.Wishes.Of(published.Id);
            var domains = Wishes.Domains(wish, present);
            var wanted = Math.Min(wish.Target, domains);
            var shown = world.Catalogue.Datasets.GetValueOrDefault(published.Id.Value)?.Dataset;
            if (shown is null || shown.Root != published.Content.Root.Value || shown.HealthyReplicas < wanted)
            {
                var wished = $"{wish.Target} by {wish.DistinctBy} are wished for, {domains} could keep one";
                texts.Add($"{published.Content.Root} has {shown?.HealthyReplicas.ToString() ?? "no"} verified copies {ConvergenceBound.TotalDays} days after all was healed; {wished}");
            }
        }

        if (texts.Count == 0 && world.Published.Values.All(p => IsReadable(world, p.Content)))
        {
            texts.AddRange(world.Catalogue.Incidents.Values.Where(i => i.HealedAt is null && world.Nodes.Values.Any(n => n.Id.Value == i.Node && !n.Left))
                .Select(i => $"incident {i.Id} ({i.Kind}, {i.Datasets} datasets, since {i.OpenedAt:O}) is told to go on although every dataset is whole"));
        }

        return texts;
    }

    /// <summary>Some present node, or all of them together, has every block.</summary>
    private static bool IsReadable(World world, SimContent content) =>
        Enumerable.Range(0, content.Blocks).All(block => world.Nodes.Values.Any(n => !n.Left && n.HasGood(content, block)));

    /// <summary>Blocks that no member's node has any more (the lab's own copy is not counted on: labs come and go).</summary>
    private static int Lost(World world) => world.Published.Values.Count(p =>
        p.GoneSince is null && world.Checks.IsEstablished(p.Content)
        && !Enumerable.Range(0, p.Content.Blocks).All(block => world.Nodes.Values.Any(n => !n.SourceOnly && !n.Left && n.HasGood(p.Content, block))));

    private static DateTimeOffset Earliest(DateTimeOffset a, DateTimeOffset b, DateTimeOffset c)
    {
        var least = a < b ? a : b;
        return least < c ? least : c;
    }
}
