using System.Globalization;

namespace Orleans;

/// <summary>Exempts the grain class from idle collection.</summary>
[AttributeUsage(AttributeTargets.Class)]
public class KeepAliveAttribute : Attribute;

/// <summary>Names the grain type; without it the name is the class name in lower case without "Grain".</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class GrainTypeAttribute(string grainType) : Attribute
{
    internal string Name { get; } = grainType;
}

/// <summary>How long a caller waits for an answer of this method (<c>hh:mm:ss</c>).</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
{
    /// <summary>The time.</summary>
    public TimeSpan? Timeout { get; init; } = TimeSpan.Parse(timeout, CultureInfo.InvariantCulture);
}

/// <summary>How long activations of the class may idle; at least one minute.</summary>
[AttributeUsage(AttributeTargets.Class)]
public class CollectionAgeLimitAttribute : Attribute
{
    /// <summary>The shortest age that can be asked for.</summary>
    public static readonly TimeSpan MinAgeLimit = TimeSpan.FromMinutes(1);

    private readonly TimeSpan _inactivityPeriod;

    public CollectionAgeLimitAttribute()
    {
    }

    public CollectionAgeLimitAttribute(string inactivityPeriod) =>
        _inactivityPeriod = TimeSpan.Parse(inactivityPeriod, CultureInfo.InvariantCulture);

    /// <summary>Days to add.</summary>
    public double Days { get; set; }

    /// <summary>Hours to add.</summary>
    public double Hours { get; set; }

    /// <summary>Minutes to add.</summary>
    public double Minutes { get; set; }

    /// <summary>Never collect.</summary>
    public bool AlwaysActive { get; set; }

    /// <summary>What the above comes to.</summary>
    public TimeSpan AgeLimit
    {
        get
        {
            if (AlwaysActive)
            {
                return System.Threading.Timeout.InfiniteTimeSpan;
            }

            var sum = _inactivityPeriod + TimeSpan.FromDays(Days) + TimeSpan.FromHours(Hours) + TimeSpan.FromMinutes(Minutes);
            return sum <= TimeSpan.Zero ? TimeSpan.FromDays(100) : sum < MinAgeLimit ? MinAgeLimit : sum;
        }
    }
}
