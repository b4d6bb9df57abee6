using Etdb.Domain.Replication;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Datasets;

/// <summary>From how a call on a node ended to the cause the core reasons with.</summary>
internal static class Causes
{
    public static ReplicaCause Of(NodeOutcome outcome) => outcome switch
    {
        NodeOutcome.Done => ReplicaCause.None,
        NodeOutcome.NoProviders => ReplicaCause.NoProviders,
        NodeOutcome.Stalled => ReplicaCause.Stalled,
        NodeOutcome.DiskFull => ReplicaCause.DiskFull,
        NodeOutcome.Unreachable => ReplicaCause.NoAnswer,
        NodeOutcome.Unauthorized => ReplicaCause.Unauthorized,
        NodeOutcome.BadContent => ReplicaCause.BadContent,
        _ => ReplicaCause.NodeError,
    };
}
