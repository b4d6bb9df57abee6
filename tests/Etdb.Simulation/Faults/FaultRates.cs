using Etdb.Orleans.Embedded.Simulation;

namespace Etdb.Simulation.Faults;

/// <summary>How often what goes wrong, per year: of the whole world, or of each node where it says so. Each world draws its own mixture.</summary>
internal sealed record FaultRates
{
    public double DiskPerNode { get; init; }

    public double SectorPerNode { get; init; }

    public double OutagePerNode { get; init; }

    public double MemberOutage { get; init; }

    public double Partition { get; init; }

    public double SlowPerNode { get; init; }

    public double PinsDeleted { get; init; }

    public double DiskFull { get; init; }

    public double SiloCrash { get; init; }

    public double StorageTrouble { get; init; }

    public double ClockJump { get; init; }

    public double Reorganisation { get; init; }

    public double Edit { get; init; }

    public double Deactivation { get; init; }

    public double MemberJoins { get; init; }

    public double MemberLeaves { get; init; }

    public double GarbageCollection { get; init; }

    public double LedgerDown { get; init; }

    public double PolicyChange { get; init; }

    public double Quota { get; init; }

    public double Override { get; init; }

    public double OperatorBrake { get; init; }

    public double Maintenance { get; init; }

    public double NodeDrain { get; init; }

    public double Anchor { get; init; }

    /// <summary>Only what the settings ask for.</summary>
    public static FaultRates For(SimulationSettings settings, SeededRandom random) => settings.Profile switch
    {
        FaultProfile.DisksOnly => new FaultRates { DiskPerNode = settings.LossRate ?? 0.05 },
        FaultProfile.Calibration => new FaultRates(),
        _ => Varied(settings, random),
    };

    /// <summary>Each kind of fault is left out in a third of the worlds: faults that hide each other are found that way.</summary>
    private static FaultRates Varied(SimulationSettings settings, SeededRandom random)
    {
        double Draw(double most) => random.Chance(1.0 / 3) ? 0 : most * random.NextDouble();
        return new FaultRates
        {
            DiskPerNode = settings.LossRate ?? Draw(0.6),
            SectorPerNode = Draw(6),
            OutagePerNode = Draw(6),
            MemberOutage = Draw(3),
            Partition = Draw(6),
            SlowPerNode = Draw(2),
            PinsDeleted = Draw(6),
            DiskFull = Draw(3),
            SiloCrash = Draw(40),
            StorageTrouble = Draw(12),
            ClockJump = Draw(6),
            Reorganisation = Draw(6),
            Edit = Draw(10),
            Deactivation = Draw(4),
            MemberJoins = Draw(2),
            MemberLeaves = Draw(1),
            GarbageCollection = 52,
            LedgerDown = Draw(4),
            PolicyChange = Draw(8),
            Quota = Draw(2),
            Override = Draw(16),
            OperatorBrake = Draw(3),
            Maintenance = Draw(4),
            NodeDrain = Draw(3),
            Anchor = Draw(24),
        };
    }
}
