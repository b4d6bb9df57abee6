using Etdb.Domain.Membership;
using Etdb.Grains.Ports;

namespace Etdb.Simulation.Model;

/// <summary>What a simulated node that wants to join looks like; the test says.</summary>
internal sealed class SimInspector : INodeInspector
{
    /// <summary>A node that nothing stands against.</summary>
    public static JoinFindings Good { get; } = new() { Trusted = true, Agent = "etdb-node/1.0", CapacityBytes = 1L << 40, UsedBytes = 0, CollectsGarbage = false, ClockAhead = TimeSpan.Zero };

    /// <summary>What is seen from now on; the repository is that of the address asked for.</summary>
    public JoinFindings Seen { get; set; } = Good;

    /// <summary>What goes on before it is seen.</summary>
    public Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<JoinFindings> InspectAsync(NodeEndpoint endpoint, CancellationToken cancellationToken)
    {
        await Before(cancellationToken);
        return Seen with { RepositoryId = Seen.RepositoryId ?? endpoint.Rpc };
    }
}
