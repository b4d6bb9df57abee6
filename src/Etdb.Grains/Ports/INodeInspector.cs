using Etdb.Domain.Membership;

namespace Etdb.Grains.Ports;

/// <summary>Looks at a node that wants to join: calls it, changes nothing on it. Never throws for what a node does.</summary>
public interface INodeInspector
{
    /// <summary>What is seen of the node now. <c>SameAs</c> and the operator's clock are the caller's to fill in.</summary>
    Task<JoinFindings> InspectAsync(NodeEndpoint endpoint, CancellationToken cancellationToken);
}
