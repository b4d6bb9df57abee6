namespace Etdb.Orleans.Embedded;

/// <summary>How many activations the embedded runtime keeps. Microsoft Orleans has no such limit; it collects by age and by the share of memory in use.</summary>
public sealed class ActivationOptions
{
    /// <summary>
    /// Activations above which the longest idle are ended early, whatever their age; kept grains and those at work do not count against it. An import or
    /// the loss of a node touches more datasets within a quarter of an hour than fit into memory. Default 10,000: some 300 MB of datasets.
    /// </summary>
    public int IdleMaximum { get; set; } = 10_000;
}
