using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>
/// Gives nodes on probation something to be judged by: one copy more of a dataset that has all it needs. Such a copy counts for nothing until
/// the probation is passed; from then on it is one like any other, and surplus.
/// </summary>
internal static class TrialPlanner
{
    /// <summary>A trial copy takes at most this part of the node's free room: some of many sizes tell more than one that fills it.</summary>
    private const int RoomShare = 8;

    public static void Plan(PlanDraft draft)
    {
        if (draft.HasActions || draft.HasRunning || draft.Health.Needed > 0 || draft.Dataset.EstablishedAt is null)
        {
            return;
        }

        foreach (var node in draft.Context.Cluster.Nodes)
        {
            if (node is not { TrialWanted: true, IsOnProbation: true, Status: NodeStatus.Up, IsExiting: false, NoNewReplicas: false } || draft.Excluded().Contains(node.Node))
            {
                continue;
            }

            var free = node.CapacityBytes - node.UsedBytes - node.ReservedBytes;
            if (draft.Dataset.Bytes <= free / RoomShare && draft.Sources(node.Node) is { Count: > 0 } sources)
            {
                draft.Add(new PlannedAction(ActionKind.Assign, node.Node, ActionReason.Trial, sources));
                return; // One at a time: the next plan sees what became of it.
            }
        }
    }
}
