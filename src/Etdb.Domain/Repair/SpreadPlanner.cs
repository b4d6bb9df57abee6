using Etdb.Domain.Placement;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>
/// Makes one copy more on an emptier node when a full one asked for it, in good times only. The copy on the full node is let go by trimming, when the target is met by
/// verified others: there is no other way to unpin.
/// </summary>
internal static class SpreadPlanner
{
    public static void Plan(PlanDraft draft)
    {
        var (dataset, health) = (draft.Dataset, draft.Health);
        if (dataset.SpreadFrom is not { } from || draft.HasActions || draft.HasRunning || draft.Context.Brakes.IsOn || !health.Healthy.Contains(from)
            || dataset.LastTrimAt is { } last && draft.Context.Now - last < draft.Context.TrimSpacing)
        {
            return;
        }

        var candidate = new RebalanceCandidate(dataset.Id, dataset.Bytes, health, dataset.Policy);
        if (health.VerifiedIndependent == dataset.Policy.Target
            && RebalancePlanner.Plan(from, [candidate], draft.Context.Cluster, draft.Context.Placement) is [var move] && !draft.Excluded().Contains(move.To)
            && draft.Sources(move.To) is { Count: > 0 } sources)
        {
            draft.Add(new PlannedAction(ActionKind.Assign, move.To, ActionReason.Rebalance, sources));
        }
    }
}
