namespace Etdb.Simulation;

/// <summary>In builds on Microsoft Orleans there is no virtual time: says so.</summary>
public static class SimulationRun
{
    /// <summary>Whether this build can simulate.</summary>
    public static bool IsAvailable => false;

    /// <summary>Always throws <see cref="PlatformNotSupportedException"/>; its message says which build can.</summary>
    public static SimulationResult Run(SimulationSettings settings, IProgress<SimulationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        throw new PlatformNotSupportedException("This build runs on Microsoft Orleans, which has no virtual time. Build with -p:OrleansRuntime=Embedded to simulate.");
}
