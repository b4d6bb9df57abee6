using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>
/// Removes at most one copy, late: only when the target is met by verified independent copies elsewhere, nothing else is to do or runs,
/// and no unpin was commanded within a day.
/// </summary>
internal static class TrimPlanner
{
    public static void Plan(PlanDraft draft)
    {
        var candidate = Candidate(draft);
        if (candidate is not { } chosen)
        {
            return;
        }

        if (draft.Health.VerifiedIndependent < draft.Dataset.Policy.Target)
        {
            draft.Defer(NotYetReason.TargetNotVerified, chosen.Node, null, $"The copy on {chosen.Node} stays until {draft.Dataset.Policy.Target} other copies are verified; now {draft.Health.VerifiedIndependent} are.");
            return;
        }

        if (draft.HasActions || draft.HasRunning)
        {
            return;
        }

        if (draft.Dataset.LastTrimAt is { } last && draft.Context.Now - last < draft.Context.TrimSpacing)
        {
            draft.Defer(NotYetReason.OneTrimADay, chosen.Node, last + draft.Context.TrimSpacing, "At most one copy of a dataset is removed in a day.");
            return;
        }

        draft.Add(new PlannedAction(ActionKind.Trim, chosen.Node, chosen.Reason, []));
    }

    private static (NodeId Node, ActionReason Reason)? Candidate(PlanDraft draft)
    {
        foreach (var (kind, reason) in new[] { (ReplicaClass.Exiting, ActionReason.Exiting), (ReplicaClass.OutOfPlacement, ActionReason.OutOfPlacement), (ReplicaClass.Clumped, ActionReason.Clumped) })
        {
            var found = draft.Health.Of(kind);
            if (found.Count > 0)
            {
                return (found[0], reason);
            }
        }

        return Surplus(draft);
    }

    /// <summary>A copy above target: at once above the policy's most, else after its grace, from the fullest node; a full node that asked for it does not wait.</summary>
    private static (NodeId Node, ActionReason Reason)? Surplus(PlanDraft draft)
    {
        var policy = draft.Dataset.Policy;
        var count = draft.Health.VerifiedIndependent;
        if (count <= policy.Target)
        {
            return null;
        }

        if (draft.Dataset.SpreadFrom is { } spread && draft.Health.Healthy.Contains(spread))
        {
            return (spread, ActionReason.Rebalance);
        }

        var due = (draft.Dataset.SurplusSince ?? draft.Context.Now) + policy.SurplusGrace;
        var node = draft.Health.Healthy.OrderByDescending(n => Fullness(draft, n)).ThenBy(n => n.Value, StringComparer.Ordinal).First();
        if (count <= policy.Most && draft.Context.Now < due)
        {
            draft.Defer(NotYetReason.SurplusGrace, node, due, $"{count} copies, {policy.Target} wanted: the surplus is kept until {due:u} in case another is lost.");
            return null;
        }

        return (node, ActionReason.Surplus);
    }

    private static double Fullness(PlanDraft draft, NodeId id) =>
        draft.Context.Cluster.TryGet(id, out var node) && node.CapacityBytes > 0 ? (double)node.UsedBytes / node.CapacityBytes : 0;
}
