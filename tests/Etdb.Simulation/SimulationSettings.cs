using System.Globalization;

namespace Etdb.Simulation;

/// <summary>Which faults a world shows.</summary>
public enum FaultProfile
{
    /// <summary>Nodes lose their disks at the given rate, nothing else happens.</summary>
    DisksOnly = 0,

    /// <summary>Everything: disks, sectors, outages, partitions, operators, crashes, reorganisations, clock jumps; rates drawn from the seed.</summary>
    Varied = 1,

    /// <summary>Single replicas are lost at the given rate and brought back after an exponential time: the chain of the closed form.</summary>
    Calibration = 2,
}

/// <summary>What a simulated world is made from. The same settings always give the same run.</summary>
public sealed record SimulationSettings
{
    /// <summary>Draws everything.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Virtual time, 0.01..1000 years.</summary>
    public double Years { get; init; } = 1;

    /// <summary>Datasets published in the first hours, 1..100000.</summary>
    public int Datasets { get; init; } = 100;

    /// <summary>Nodes, 1..1000.</summary>
    public int Nodes { get; init; } = 10;

    /// <summary>Members, 1..Nodes.</summary>
    public int Members { get; init; } = 5;

    /// <summary>Replicas wanted, 1..20.</summary>
    public int Target { get; init; } = 3;

    /// <summary>Losses of a node (for calibration: of a replica) a year, 0..1000; null draws it from the seed.</summary>
    public double? LossRate { get; init; }

    /// <summary>Which faults.</summary>
    public FaultProfile Profile { get; init; } = FaultProfile.Varied;

    /// <summary>For calibration: mean time of a repair.</summary>
    public TimeSpan RepairTime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A small world of one year whose size also follows from the seed: 6..12 datasets, 5..8 nodes, 5 or 6 members, target 2..4.</summary>
    public static SimulationSettings Varied(ulong seed) => new()
    {
        Seed = seed,
        Years = 1,
        Datasets = 6 + (int)(seed % 7),
        Nodes = 5 + (int)(seed % 4),
        Members = 5 + (seed % 4 == 3 ? 1 : 0),
        Target = 2 + (int)(seed % 3),
        Profile = FaultProfile.Varied,
    };

    /// <summary>A world for calibration: datasets are followed until each is lost.</summary>
    public static SimulationSettings Calibrated(ulong seed, int replicas, double lossRate, TimeSpan window, int datasets) => new()
    {
        Seed = seed,
        Years = 1000,
        Datasets = datasets,
        Nodes = 8,
        Members = 8,
        Target = replicas,
        LossRate = lossRate,
        RepairTime = window,
        Profile = FaultProfile.Calibration,
    };

    /// <summary>Every number out of range, with the range; empty when all is well.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        Check(problems, "--years", Years, 0.01, 1000);
        Check(problems, "--datasets", Datasets, 1, 100_000);
        Check(problems, "--nodes", Nodes, 1, 1000);
        Check(problems, "--members", Members, 1, Math.Max(1, Nodes));
        Check(problems, "--target", Target, 1, 20);
        Check(problems, "--repair-days", RepairTime.TotalDays, 0.01, 3650);
        Check(problems, "--loss-rate", LossRate ?? 0, 0, 1000);
        return problems;
    }

    /// <summary>The one command that runs this world again.</summary>
    public string Command() => string.Create(
        CultureInfo.InvariantCulture,
        $"./etdb simulate --seed {Seed} --years {Years} --datasets {Datasets} --nodes {Nodes} --members {Members} --target {Target}" +
        $"{(LossRate is { } rate ? $" --loss-rate {rate}" : "")}{(Profile == FaultProfile.Varied ? "" : $" --profile {Profile}")}" +
        $"{(Profile == FaultProfile.Calibration ? $" --repair-days {RepairTime.TotalDays}" : "")}");

    private static void Check(List<string> problems, string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}, must be {least}..{most}."));
        }
    }
}
