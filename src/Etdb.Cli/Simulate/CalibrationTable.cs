using System.Globalization;
using Etdb.Cli.CommandLine;
using Etdb.Domain.Common;
using Etdb.Domain.Durability;
using Etdb.Simulation;

namespace Etdb.Cli.Simulate;

/// <summary>
/// <c>etdb simulate --calibrate</c>: with loss rate λ and window W fixed the real scheduler has to lose datasets as often as the closed form says.
/// Each world has a seed of its own: rows that drew the same numbers would all lie to one side.
/// One row a case: simulated and expected losses a dataset-year, and the difference in standard errors (1/√losses), and over all rows.
/// </summary>
internal static class CalibrationTable
{
    private const double ErrorsAllowed = 3;

    /// <summary>Most worlds a row may be made of; a thousand of them are 150,000 losses, a quarter of a per cent.</summary>
    private const int RepeatsMaximum = 1000;

    private static readonly (int Replicas, double LossRate, double Days, int Datasets)[] Cases =
    [
        (2, 4, 15, 200), (2, 4, 30, 200), (2, 2, 30, 200), (3, 4, 30, 150), (3, 4, 45, 150), (3, 6, 30, 150),
    ];

    /// <summary>Every row is made of that many worlds, each with a seed of its own; their losses and their time at risk are added up.</summary>
    public static int Run(SimulationSettings settings, int repeats, CliOutput output, CancellationToken ct)
    {
        if (repeats is < 1 or > RepeatsMaximum)
        {
            throw new CliException($"--repeats is {repeats}, must be 1..{RepeatsMaximum}.");
        }

        var worlds = new SimulationResult[Cases.Length * repeats];
        Parallel.For(0, worlds.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = ct }, i =>
        {
            var c = Cases[i % Cases.Length];
            worlds[i] = SimulationRun.Run(SimulationSettings.Calibrated(Hashing.Mix(settings.Seed, (ulong)i), c.Replicas, c.LossRate, TimeSpan.FromDays(c.Days), c.Datasets), null, ct);
        });
        var rows = Cases.Select((c, row) => RowOf(c, [.. worlds.Where((_, i) => i % Cases.Length == row)])).ToArray();
        output.Write(rows, text => Print(text, rows));
        return rows.All(r => Math.Abs(r.StandardErrors) <= ErrorsAllowed) ? CliExit.Done : CliExit.No;
    }

    private static Row RowOf((int Replicas, double LossRate, double Days, int Datasets) c, IReadOnlyList<SimulationResult> worlds)
    {
        var (lost, years) = (worlds.Sum(w => w.Lost), worlds.Sum(w => w.DatasetYears));
        var simulated = years > 0 ? lost / years : 0;
        var chain = new BirthDeathModel { Replicas = c.Replicas, LossRatePerYear = c.LossRate, WindowDays = c.Days };
        var expected = 1 / chain.MeanYearsToLoss();
        var serial = 1 / (chain with { Mode = RepairMode.Serial }).MeanYearsToLoss();
        var errors = ((simulated / expected) - 1) * Math.Sqrt(lost);
        return new Row(c.Replicas, c.LossRate, c.Days, lost, Math.Round(years, 1), simulated, expected, serial, Math.Round(errors, 2));
    }

    private static void Print(TextWriter text, IReadOnlyList<Row> rows)
    {
        text.WriteLine("copies  losses of a copy/year  window (days)  lost  dataset-years  simulated/year  closed form/year  (if serial)  standard errors off");
        foreach (var r in rows)
        {
            text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{r.Replicas,6}  {r.LossRate,21}  {r.WindowDays,13}  {r.Lost,4}  {r.DatasetYears,13:0.0}  {r.Simulated,14:0.0000}  {r.ClosedForm,16:0.0000}  {r.IfSerial,11:0.0000}  {r.StandardErrors,19:0.00}"));
        }

        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"over all rows: {rows.Sum(r => r.StandardErrors) / Math.Sqrt(rows.Count):0.00} standard errors off"));
    }

    private sealed record Row(int Replicas, double LossRate, double WindowDays, int Lost, double DatasetYears, double Simulated, double ClosedForm, double IfSerial, double StandardErrors);
}
