using System.Collections.Concurrent;

namespace Etdb.Silo.Hosting;

/// <summary>Whether this silo serves, and if not, why. Written by the starter and the watches, read by <c>/health/ready</c>.</summary>
public sealed class SiloReadiness(TimeProvider time)
{
    private const string Grains = "grains";
    private readonly ConcurrentDictionary<string, string> _waitingFor = new(StringComparer.Ordinal) { [Grains] = "the grains to start" };

    /// <summary>What is still missing; null when it serves.</summary>
    public string? WaitingFor => _waitingFor.IsEmpty ? null : string.Join("; ", _waitingFor.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => w.Value));

    /// <summary>When this process began.</summary>
    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>Says what the grains miss, or with null that nothing is.</summary>
    public void Set(string? waitingFor) => Set(Grains, waitingFor);

    /// <summary>Says what one part of the silo misses, or with null that nothing is. True when that is news.</summary>
    public bool Set(string part, string? waitingFor)
    {
        if (waitingFor is null)
        {
            return _waitingFor.TryRemove(part, out _);
        }

        var before = _waitingFor.GetValueOrDefault(part);
        _waitingFor[part] = waitingFor;
        return before != waitingFor;
    }
}
