namespace Etdb.Domain.Durability;

/// <summary>
/// A node's yearly rate of permanent loss, learned: a Gamma prior (a events in b years, mean 5 % a year for an institutional node with
/// its people's mistakes) and what was seen since. λ̂ = (a + events) / (b + years). The prior weighs as much as ten quiet years.
/// </summary>
/// <param name="Events">Permanent losses seen: replaced repositories, wiped disks, presumed lost.</param>
/// <param name="Years">Years the node was watched.</param>
public readonly record struct LossRate(double Events, double Years)
{
    /// <summary>Prior events a.</summary>
    public const double PriorEvents = 0.5;

    /// <summary>Prior years b.</summary>
    public const double PriorYears = 10;

    /// <summary>Rate a year expected now.</summary>
    public double PerYear => (PriorEvents + Events) / (PriorYears + Years);

    /// <summary>The same with another prior mean, which weighs as much as ten quiet years too.</summary>
    /// <param name="priorPerYear">Losses a year expected before anything was seen.</param>
    public double PerYearWith(double priorPerYear) => ((priorPerYear * PriorYears) + Events) / (PriorYears + Years);

    /// <summary>Standard deviation of that rate: √(a + events) / (b + years).</summary>
    public double Deviation => Math.Sqrt(PriorEvents + Events) / (PriorYears + Years);

    /// <summary>Adds time watched.</summary>
    public LossRate Watched(TimeSpan time) => this with { Years = Years + (Math.Max(0, time.TotalDays) / BirthDeathModel.DaysPerYear) };

    /// <summary>Adds a loss.</summary>
    public LossRate Lost() => this with { Events = Events + 1 };
}
