using Etdb.Domain.Replication;

namespace Etdb.Grains.Members;

/// <summary>
/// The directory of members and nodes (one grain, key <see cref="Key"/>): who takes part, in what condition, which brakes are on.
/// It owns no decision about datasets; it only keeps the snapshot they decide on.
/// </summary>
[Alias("etdb.IRegistryGrain"), Version(1)]
public interface IRegistryGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>The snapshot, or null when the caller's <paramref name="knownVersion"/> is the current one.</summary>
    [AlwaysInterleave]
    [Alias("Read")]
    Task<Topology?> Read(long knownVersion);

    /// <summary>Enters a member or changes it. Durable when it returns.</summary>
    [Alias("PutMember")]
    Task PutMember(TopologyMember member);

    /// <summary>Enters a node or changes what is registered of it. Durable when it returns; the condition given counts as a report.</summary>
    [Alias("PutNode")]
    Task PutNode(TopologyNode node);

    /// <summary>A node's own report after a probe. <paramref name="newlyMissing"/>: replicas found missing since its last report.</summary>
    [Alias("Report")]
    Task Report(TopologyNode node, int replicas, int newlyMissing);

    /// <summary>Takes a node out of the directory (it was drained, or never held anything).</summary>
    [Alias("RemoveNode")]
    Task RemoveNode(NodeId node);

    /// <summary>An operator's brake: pauses all but the most endangered work. Null <paramref name="reason"/> lets go.</summary>
    [Alias("SetOperatorBrake")]
    Task SetOperatorBrake(string author, string? reason);
}
