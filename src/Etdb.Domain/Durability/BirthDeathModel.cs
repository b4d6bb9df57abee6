using Etdb.Domain.Common;

namespace Etdb.Domain.Durability;

/// <summary>How many repairs of one dataset run at once.</summary>
public enum RepairMode
{
    /// <summary>Every missing copy is brought at the same time: rate (R−i)·μ.</summary>
    Parallel = 0,

    /// <summary>One after the other: rate μ.</summary>
    Serial = 1,
}

/// <summary>
/// The birth–death chain of one dataset. State i is the number of live copies; copies die at i·λ, repairs come at (R−i)·μ or μ with
/// μ = 1/W, W being detection + queue + transfer. Going down from state i takes D_i = (1 + ρ_i·D_{i+1}) / (i·λ) on average, D_R =
/// 1/(R·λ), and the mean time to loss from a full set is the sum of all D_i. It compares policies; it does not promise: copies that
/// die together (β) put a floor under every figure, see Greenan, Plank, Wylie, "Mean time to meaningless" (HotStorage 2010).
/// </summary>
public sealed record BirthDeathModel
{
    /// <summary>Days of a year in all rates.</summary>
    public const double DaysPerYear = 365.25;

    private readonly int _replicas;
    private readonly double _loss;
    private readonly double _window;
    private readonly double _common;

    /// <summary>Copies kept, R, 1..64.</summary>
    public required int Replicas
    {
        get => _replicas;
        init => _replicas = Within(value, 1, 64, nameof(Replicas));
    }

    /// <summary>Losses of one copy a year, λ, above 0 up to 1000.</summary>
    public required double LossRatePerYear
    {
        get => _loss;
        init => _loss = Within(value, double.Epsilon, 1000, nameof(LossRatePerYear));
    }

    /// <summary>Mean days from loss to replacement, W, above 0 up to 36 500.</summary>
    public required double WindowDays
    {
        get => _window;
        init => _window = Within(value, double.Epsilon, 36_500, nameof(WindowDays));
    }

    /// <summary>Whether missing copies are brought at once.</summary>
    public RepairMode Mode { get; init; }

    /// <summary>Rate a year of causes that kill all copies at once, β, 0..1000.</summary>
    public double CommonCausePerYear
    {
        get => _common;
        init => _common = Within(value, 0, 1000, nameof(CommonCausePerYear));
    }

    /// <summary>Mean years until a full set is lost by independent failures.</summary>
    public double MeanYearsToLoss()
    {
        var mu = DaysPerYear / WindowDays;
        var down = 1 / (Replicas * LossRatePerYear);
        var sum = down;
        for (var i = Replicas - 1; i >= 1; i--)
        {
            var repair = Mode == RepairMode.Parallel ? (Replicas - i) * mu : mu;
            down = (1 + (repair * down)) / (i * LossRatePerYear);
            sum += down;
        }

        return sum;
    }

    /// <summary>Mean years to loss for λ·W ≪ 1: μ^(R−1) / (R·λ^R), divided by (R−1)! more when serial.</summary>
    public double ApproximateMeanYearsToLoss()
    {
        var mu = DaysPerYear / WindowDays;
        var years = Math.Pow(mu, Replicas - 1) / (Replicas * Math.Pow(LossRatePerYear, Replicas));
        for (var i = 2; i < Replicas && Mode == RepairMode.Serial; i++)
        {
            years /= i;
        }

        return years;
    }

    /// <summary>Probability that a dataset is lost within a year: 1 − exp(−1/MTTDL − β).</summary>
    public double AnnualLossProbability() => -SmallNumbers.ExpM1(-(1 / MeanYearsToLoss()) - CommonCausePerYear);

    /// <summary>Datasets expected to be lost a year out of <paramref name="datasets"/>.</summary>
    public double ExpectedLossesPerYear(long datasets) => datasets * AnnualLossProbability();

    private static T Within<T>(T value, T lowest, T highest, string name)
        where T : IComparable<T> =>
        value.CompareTo(lowest) >= 0 && value.CompareTo(highest) <= 0
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; allowed is {lowest} to {highest}.");
}
