using Etdb.Domain.Membership;
using Etdb.Grains.Ports;

namespace Etdb.Simulation.Model;

/// <summary>What a simulated node that wants to join looks like; the test says.</summary>
internal sealed class SimInspector : INodeInspector
{
    /// <summary>A node that nothing stands against.</summary>
    public static JoinFindings Good { get; } = new() { Trusted = true, Agent = "etdb-node/1.0", CapacityBytes = 1L << 40, CollectsGarbage = false, ClockAhead = TimeSpan.Zero };

    /// <summary>What is seen from now on; the repository is that of the address asked for.</summary>
    public JoinFindings Seen { get; set; } = Good;

    /// <inheritdoc/>
    public Task<JoinFindings> InspectAsync(NodeEndpoint endpoint, CancellationToken cancellationToken) => Task.FromResult(Seen with { RepositoryId = Seen.RepositoryId ?? endpoint.Rpc });
}
