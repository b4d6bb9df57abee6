namespace Etdb.Domain.Audit;

/// <summary>
/// The challenges one node may be asked in a day: a bucket that fills evenly and holds an hour's worth, so that no window of a day sees more than a day's and an hour's. Not durable: whoever
/// begins anew begins with that hour's worth.
/// </summary>
public sealed class ChallengeBudget
{
    /// <summary>Least challenges a day that can be asked for.</summary>
    public const int Least = 1;

    /// <summary>Most: one every tenth of a second, more than any node answers.</summary>
    public const int Most = 1_000_000;

    private const double HoursADay = 24;
    private readonly double _perDay;
    private double _left;
    private DateTimeOffset? _at;

    /// <summary>A full bucket.</summary>
    /// <param name="perDay">Challenges a day, <see cref="Least"/>..<see cref="Most"/>.</param>
    public ChallengeBudget(int perDay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perDay, Least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(perDay, Most);
        _perDay = perDay;
        _left = Capacity;
    }

    private double Capacity => Math.Max(1, _perDay / HoursADay);

    /// <summary>Takes one; false when none is left. A clock set back gives nothing twice.</summary>
    public bool TryTake(DateTimeOffset now)
    {
        if (_at is { } last && now > last)
        {
            _left = Math.Min(Capacity, _left + ((now - last).TotalDays * _perDay));
        }

        _at = _at > now ? _at : now;
        if (_left < 1)
        {
            return false;
        }

        _left--;
        return true;
    }
}
