using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>Lets go of a dataset the ledger no longer names, after the policy's grace, one copy a day, never while its blocks are needed elsewhere.</summary>
internal static class RetirePlanner
{
    /// <summary>Whether the grace is over; before that the dataset is kept like any other, and why is noted.</summary>
    public static bool IsDue(PlanDraft draft)
    {
        var dataset = draft.Dataset;
        if (dataset.Lifecycle == DatasetLifecycle.Active)
        {
            return false;
        }

        var due = (dataset.LifecycleSince ?? draft.Context.Now) + dataset.Policy.RetireGrace;
        if (draft.Context.Now < due)
        {
            draft.Defer(NotYetReason.RetireGrace, null, due, $"The record is {Word(dataset.Lifecycle)}; its copies are kept until {due:u}.");
            return false;
        }

        if (dataset.ReferencedElsewhere)
        {
            draft.Defer(NotYetReason.StillReferenced, null, null, $"The record is {Word(dataset.Lifecycle)}, but something that is kept still refers to its blocks.");
            return false;
        }

        return true;
    }

    public static void Plan(PlanDraft draft)
    {
        var listed = draft.Dataset.Replicas.Where(r => r.IsListed || r.State is ReplicaState.Verified or ReplicaState.Suspect).ToList();
        foreach (var row in draft.Dataset.Replicas.Except(listed))
        {
            draft.Add(new PlannedAction(ActionKind.Forget, row.Node, ActionReason.Retired, []));
        }

        var next = listed.FirstOrDefault(r => draft.Context.Cluster.TryGet(r.Node, out var node) && node.Answers);
        if (next is null)
        {
            return;
        }

        if (draft.Dataset.LastTrimAt is { } last && draft.Context.Now - last < draft.Context.TrimSpacing)
        {
            draft.Defer(NotYetReason.OneTrimADay, next.Node, last + draft.Context.TrimSpacing, "At most one copy of a dataset is removed in a day.");
            return;
        }

        draft.Add(new PlannedAction(ActionKind.Retire, next.Node, ActionReason.Retired, []));
    }

    private static string Word(DatasetLifecycle lifecycle) => lifecycle switch
    {
        DatasetLifecycle.Deactivated => "deactivated by its owner",
        DatasetLifecycle.Superseded => "replaced by a newer version",
        DatasetLifecycle.Retracted => "taken back by a reorganisation of the ledger",
        _ => "current",
    };
}
