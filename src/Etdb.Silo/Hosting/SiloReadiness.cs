namespace Etdb.Silo.Hosting;

/// <summary>Whether this silo serves, and if not, why. Written by the starter, read by <c>/health/ready</c>.</summary>
public sealed class SiloReadiness(TimeProvider time)
{
    private volatile string? _waitingFor = "the grains to start";

    /// <summary>What is still missing; null when it serves.</summary>
    public string? WaitingFor => _waitingFor;

    /// <summary>When this process began.</summary>
    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>Says what is missing, or with null that nothing is.</summary>
    public void Set(string? waitingFor) => _waitingFor = waitingFor;
}
