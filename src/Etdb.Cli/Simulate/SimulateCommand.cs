using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using Etdb.Cli.CommandLine;
using Etdb.Simulation;

namespace Etdb.Cli.Simulate;

/// <summary>
/// <c>etdb simulate</c>: the real grains in a simulated world, from one seed. Exit code 0 when every promise was kept, 1 when one was broken; the
/// command that reproduces it is printed.
/// </summary>
internal static class SimulateCommand
{
    private const int SoakMinutesMaximum = 7 * 24 * 60;
    private static readonly SimulationSettings Defaults = new();
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Draws everything; the same seed gives the same run.", DefaultValueFactory = _ => Defaults.Seed };
    private static readonly Option<double> Years = new("--years") { Description = "Virtual time, 0.01..1000.", DefaultValueFactory = _ => Defaults.Years };
    private static readonly Option<int> Datasets = new("--datasets") { Description = "Datasets, 1..100000.", DefaultValueFactory = _ => Defaults.Datasets };
    private static readonly Option<int> Nodes = new("--nodes") { Description = "Nodes, 1..1000.", DefaultValueFactory = _ => Defaults.Nodes };
    private static readonly Option<int> Members = new("--members") { Description = "Members, 1..nodes.", DefaultValueFactory = _ => Defaults.Members };
    private static readonly Option<int> Target = new("--target") { Description = "Replicas wanted, 1..20.", DefaultValueFactory = _ => Defaults.Target };
    private static readonly Option<double?> LossRate = new("--loss-rate") { Description = "Losses of a node a year, 0..1000; left out, it is drawn from the seed." };
    private static readonly Option<FaultProfile> Profile = new("--profile") { Description = "Which faults: Varied (everything), DisksOnly, Calibration.", DefaultValueFactory = _ => Defaults.Profile };
    private static readonly Option<double> RepairDays = new("--repair-days")
    {
        Description = "For --profile Calibration: mean days from a loss to its repair, 0.01..3650.",
        DefaultValueFactory = _ => Defaults.RepairTime.TotalDays,
    };

    private static readonly Option<int?> Soak = new("--soak")
    {
        Description = "Run seed after seed, from --seed on, for that many minutes (1..10080), on all processors; without any size given, each world is another size.",
    };

    private static readonly Option<bool> Calibrate = new("--calibrate")
    {
        Description = "Compare simulated losses with the closed form for several numbers of copies, rates and windows; exit 1 when one is off by more than three standard errors.",
    };

    private static readonly Option<int> Repeats = new("--repeats")
    {
        Description = "For --calibrate: worlds each row is made of, 1..1000; four times as many halve the error.",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option[] Sizes = [Years, Datasets, Nodes, Members, Target, LossRate, Profile];

    public static Command Build() => new Command("simulate", "Run the real grains through simulated years of failures and check their promises after every step.")
        { Seed, Years, Datasets, Nodes, Members, Target, LossRate, Profile, RepairDays, Calibrate, Repeats, Soak }
        .WithExamples(
            "etdb simulate --seed 7 --years 5", "etdb simulate --datasets 1000 --nodes 20 --members 10 --json", "etdb simulate --soak 30",
            "etdb simulate --calibrate --repeats 20", "etdb simulate --soak 30 --datasets 8 --nodes 6")
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        if (!SimulationRun.IsAvailable)
        {
            throw new CliException("this build runs on Microsoft Orleans, which has no virtual time; './etdb simulate' at the root of the repository uses the embedded build.") { ExitCode = CliExit.No };
        }

        var settings = new SimulationSettings
        {
            Seed = result.GetValue(Seed),
            Years = result.GetValue(Years),
            Datasets = result.GetValue(Datasets),
            Nodes = result.GetValue(Nodes),
            Members = result.GetValue(Members),
            Target = result.GetValue(Target),
            LossRate = result.GetValue(LossRate),
            Profile = result.GetValue(Profile),
            RepairTime = TimeSpan.FromDays(result.GetValue(RepairDays)),
        };
        if (settings.Problems() is { Count: > 0 } problems)
        {
            throw new CliException(string.Join(" ", problems));
        }

        if (result.GetValue(Calibrate))
        {
            return CalibrationTable.Run(settings, result.GetValue(Repeats), output, ct);
        }

        var ownSize = Sizes.Any(o => result.GetResult(o) is { Implicit: false });
        return result.GetValue(Soak) is { } minutes ? await SoakAsync(settings, ownSize, minutes, output, ct) : One(settings, output, ct);
    }

    private static int One(SimulationSettings settings, CliOutput output, CancellationToken ct)
    {
        var run = SimulationRun.Run(settings, new Percent(output.Messages), ct);
        output.Write(View(run), text => Print(text, run));
        return Passed(run, output);
    }

    private static object View(SimulationResult r) => new
    {
        r.Seed,
        r.Years,
        r.Datasets,
        r.Lost,
        r.LossPerDatasetYear,
        r.Repairs,
        r.BytesReseeded,
        r.InvariantViolations,
        r.MeanRepairHours,
        r.WorstRedundancy,
        r.Converged,
        r.Faults,
        r.Crashes,
        r.Trace,
        r.Command,
    };

    private static void Print(TextWriter text, SimulationResult r)
    {
        text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{r.Datasets} datasets for {r.Years} years: {r.Faults} faults, {r.Crashes} crashes of the silo, {r.Repairs} repairs ({Remote.Sizes.Text(r.BytesReseeded)})."));
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Lost: {r.Lost} ({r.LossPerDatasetYear:0.####e+0} a dataset and year). Fewest complete copies of any dataset: {r.WorstRedundancy}."));
        text.WriteLine(r.MeanRepairHours is { } hours ? string.Create(CultureInfo.InvariantCulture, $"From loss to full redundancy: {hours:0.0} hours on average.") : "No dataset fell below its target.");
        text.WriteLine(r.Passed ? "Every promise was kept, and the world became whole once it was left alone." : $"{r.InvariantViolations.Count} promises were broken:");
        foreach (var violation in r.InvariantViolations)
        {
            text.WriteLine($"  {violation}");
        }
    }

    private static int Passed(SimulationResult run, CliOutput output)
    {
        if (run.Passed)
        {
            return CliExit.Done;
        }

        output.Messages.WriteLine($"run it again with: {run.Command}");
        return CliExit.No;
    }

    /// <summary>Seeds in order, as many at once as there are processors; those that run when the time is over are finished.</summary>
    private static async Task<int> SoakAsync(SimulationSettings settings, bool ownSize, int minutes, CliOutput output, CancellationToken ct)
    {
        if (minutes is < 1 or > SoakMinutesMaximum)
        {
            throw new CliException($"--soak is {minutes}, must be 1..{SoakMinutesMaximum} minutes.");
        }

        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        var failed = new ConcurrentBag<SimulationResult>();
        var (passed, lost) = (0L, 0L);
        await Parallel.ForEachAsync(Seeds(), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = ct }, (seed, token) =>
        {
            var run = SimulationRun.Run(ownSize ? settings with { Seed = seed } : SimulationSettings.Varied(seed), null, token);
            Interlocked.Add(ref lost, run.Lost);
            if (run.Passed)
            {
                Interlocked.Increment(ref passed);
            }
            else
            {
                failed.Add(run);
            }

            lock (output)
            {
                output.Messages.WriteLine(run.Passed
                    ? $"seed {seed}: kept, {run.Faults} faults, {run.Repairs} repairs"
                    : $"seed {seed}: BROKEN {(run.InvariantViolations.Count > 0 ? run.InvariantViolations[0] : "did not become whole")}\n  {run.Command}");
            }

            return ValueTask.CompletedTask;
        });
        var broken = failed.OrderBy(f => f.Seed).Select(View).ToList();
        output.Write(
            new { seeds = passed + broken.Count, passed, lost, failed = broken, minutes },
            text => text.WriteLine($"{passed + broken.Count} worlds in {time.GetElapsedTime(began).TotalMinutes:0.0} minutes: {passed} kept every promise, {broken.Count} did not, {lost} datasets lost."));
        return broken.Count == 0 ? CliExit.Done : CliExit.No;

        IEnumerable<ulong> Seeds()
        {
            for (var seed = settings.Seed; time.GetElapsedTime(began) < TimeSpan.FromMinutes(minutes); seed++)
            {
                yield return seed;
            }
        }
    }

    /// <summary>A line on stderr for every tenth of the way.</summary>
    private sealed class Percent(TextWriter messages) : IProgress<SimulationProgress>
    {
        private int _told = -1;

        public void Report(SimulationProgress value)
        {
            var tenths = (int)(value.Done * 10);
            if (tenths > _told)
            {
                _told = tenths;
                messages.WriteLine($"{tenths * 10,3} %: {value.Text}");
            }
        }
    }
}
