namespace Orleans.Configuration;

/// <summary>Names the cluster.</summary>
public class ClusterOptions
{
    /// <summary>This deployment.</summary>
    public string ClusterId { get; set; } = "default";

    /// <summary>The service, over all its deployments; part of the key of what it stores.</summary>
    public string ServiceId { get; set; } = "default";
}
