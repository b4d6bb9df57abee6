using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Simulation.Model;

/// <summary>What operators and the publisher have said and the cluster has acknowledged: the promises are by these.</summary>
internal sealed class Wishes(Func<ReplicationPolicy> consortium)
{
    /// <summary>Policies of single datasets.</summary>
    public Dictionary<DatasetId, ReplicationPolicy> Own { get; } = [];

    /// <summary>The publisher's default.</summary>
    public ReplicationPolicy? Publisher { get; set; }

    /// <summary>A quota of the publisher holds: new content may wait for it.</summary>
    public bool Quota { get; set; }

    /// <summary>Nothing is to be done for these.</summary>
    public HashSet<DatasetId> Paused { get; } = [];

    /// <summary>Nodes not to be used for a dataset.</summary>
    public HashSet<(DatasetId Dataset, NodeId Node)> Excluded { get; } = [];

    /// <summary>Nodes that are being emptied or are announced to be off.</summary>
    public Dictionary<NodeId, int> Unsettled { get; } = [];

    /// <summary>An operator's brake is on.</summary>
    public int Brakes { get; set; }

    /// <summary>What is wished for a dataset.</summary>
    public ReplicationPolicy Of(DatasetId dataset) => Own.GetValueOrDefault(dataset) ?? Publisher ?? consortium();

    /// <summary>How many different domains of that policy these nodes are in.</summary>
    public static int Domains(ReplicationPolicy policy, IEnumerable<SimNode> nodes) =>
        nodes.Select(n => policy.DistinctBy == DistinctBy.Country ? n.Country : n.Member.Value).Distinct(StringComparer.Ordinal).Count();
}
