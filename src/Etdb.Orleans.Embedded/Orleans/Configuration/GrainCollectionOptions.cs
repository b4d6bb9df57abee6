namespace Orleans.Configuration;

/// <summary>When idle activations are collected.</summary>
public class GrainCollectionOptions
{
    /// <summary>How often idle activations are looked for.</summary>
    /// <value>1 minute.</value>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an activation may idle.</summary>
    /// <value>15 minutes.</value>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Other ages, by full name of the grain class.</summary>
    public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = new(StringComparer.Ordinal);

    /// <summary>How long setting up an activation may take.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long ending an activation may take before it is dropped.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Collect the longest idle activations early when memory is short.</summary>
    /// <value>false.</value>
    public bool EnableActivationSheddingOnMemoryPressure { get; set; }

    /// <summary>Share of the memory the process may use, in percent, above which activations are shed.</summary>
    /// <value>80.</value>
    public double MemoryUsageLimitPercentage { get; set; } = 80;

    /// <summary>Share to come back to, in percent.</summary>
    /// <value>75.</value>
    public double MemoryUsageTargetPercentage { get; set; } = 75;
}
