using Etdb.Domain.Placement;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>
/// Decides what to do for one dataset now. Level-triggered: nothing is remembered between plans but what is in the snapshot, so a lost
/// plan costs a pass, never a copy. Order: keep what is there (verify, heal, fetch what is assigned), seek what is missing, and only
/// when the target is met by verified independent copies and nothing else is to do, remove one surplus copy.
/// </summary>
public static class RepairPlanner
{
    /// <summary>Sources handed to one transfer.</summary>
    public const int SourcesMaximum = 8;

    /// <summary>Plans.</summary>
    public static DatasetPlan Plan(DatasetView dataset, PlannerContext context)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(context);
        dataset = dataset.WithRunningRows();
        var views = dataset.Replicas.Select(dataset.ViewOf).ToList();
        var health = ReplicaClassifier.Classify(dataset.Policy, views, context.Cluster, context.Now, context.Ladder, dataset.IsPending(context.Now));
        var draft = new PlanDraft(dataset, health, context);
        if (dataset.Paused)
        {
            draft.Defer(NotYetReason.Paused, null, null, "An operator paused work on this dataset.");
        }
        else if (dataset.Root is null)
        {
            draft.Defer(NotYetReason.NoContent, null, null, "The record names no files that can be kept.");
        }
        else if (RetirePlanner.IsDue(draft))
        {
            RetirePlanner.Plan(draft);
        }
        else
        {
            SayUnobtainable(draft);
            UpkeepPlanner.Plan(draft);
            Seek(draft);
            TrialPlanner.Plan(draft);
            SpreadPlanner.Plan(draft);
            TrimPlanner.Plan(draft);
        }

        return draft.Build();
    }

    /// <summary>The key of a dataset in the queue of repair.</summary>
    public static PriorityKey Priority(DatasetView dataset, DatasetHealth health, PlannerContext context)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(health);
        ArgumentNullException.ThrowIfNull(context);
        var since = dataset.RegisteredAt;
        var rows = dataset.Replicas.Where((_, i) => i < health.Replicas.Count && health.Replicas[i].Class != ReplicaClass.Healthy).Select(r => r.Since).ToList();
        if (rows.Count > 0)
        {
            since = rows.Min();
        }

        return new PriorityKey(
            PriorityKey.LevelOf(dataset.Policy, health),
            context.Risk.Risk(health, dataset.Policy, context.Cluster),
            1.0 / Math.Max(1, health.Needed),
            since,
            dataset.Id.Value);
    }

    /// <summary>
    /// What no node could ever get is said first, with what its publisher can do; it goes on being tried. A single row never fails for so long: after some attempts another node is
    /// tried with a row of its own.
    /// </summary>
    private static void SayUnobtainable(PlanDraft draft)
    {
        var (dataset, now) = (draft.Dataset, draft.Context.Now);
        if (dataset.EstablishedAt is not null || dataset.Replicas.Count == 0 || draft.Health.RetrievableIndependent > 0 || now - dataset.RegisteredAt < draft.Context.Retry.UnobtainableAfter)
        {
            return;
        }

        if (dataset.Replicas.FirstOrDefault(r => RetryPolicy.IsAboutContent(r.AttemptCause)) is { } row)
        {
            draft.Defer(NotYetReason.Unobtainable, null, null, $"Its files could not be had in {(now - dataset.RegisteredAt).TotalDays:0} days. {RetryPolicy.Advice(row.AttemptCause)} It is tried again all the same.");
        }
    }

    private static void Seek(PlanDraft draft)
    {
        var health = draft.Health;
        if (health.Needed == 0)
        {
            return;
        }

        if (draft.Dataset is { OverQuota: { } why, EstablishedAt: null, Forced: false })
        {
            draft.Defer(NotYetReason.OverQuota, null, null, why);
            return;
        }

        if (draft.LacksSource(draft.Sources(null), null))
        {
            return;
        }

        var request = new PlacementRequest
        {
            Dataset = draft.Dataset.Id,
            Bytes = draft.Dataset.Bytes,
            Policy = draft.Dataset.Policy,
            Count = health.Needed,
            Survivors = [.. health.Replicas.Where(r => r.Prospective).Select(r => r.Node)],
            Excluded = draft.Excluded(),
            LastCopy = draft.Priority.Level == RepairLevel.LastCopy,
        };
        var placed = PlacementPlanner.Place(request, draft.Context.Cluster, draft.Context.Placement);
        Assign(draft, placed);
        if (placed.Unplaced > 0)
        {
            request = request with { Count = placed.Unplaced, Survivors = [.. request.Survivors, .. placed.Nodes], Excluded = draft.Excluded(last: true) };
            placed = PlacementPlanner.Place(request, draft.Context.Cluster, draft.Context.Placement);
            Assign(draft, placed);
        }

        if (placed.Unplaced > 0)
        {
            draft.DeferWiped();
            DeferUnplaced(draft, placed);
        }
    }

    private static void Assign(PlanDraft draft, PlacementResult placed)
    {
        var reason = draft.Dataset.EstablishedAt is null ? ActionReason.New : ActionReason.TooFew;
        foreach (var node in placed.Nodes)
        {
            draft.Add(new PlannedAction(ActionKind.Assign, node, reason, draft.Sources(node)));
        }
    }

    private static void DeferUnplaced(PlanDraft draft, PlacementResult placed)
    {
        var policy = draft.Dataset.Policy;
        var have = policy.Target - placed.Unplaced;
        var full = placed.Refused.Count(r => r.Reason == PlacementRefusal.NoRoom);
        if (full > 0)
        {
            draft.Defer(NotYetReason.NoRoom, null, null, $"Waiting for room: {full} nodes could keep a copy but are too full; {have} of {policy.Target} copies have a place.");
            return;
        }

        var what = policy.DistinctBy switch
        {
            DistinctBy.Member => "members",
            DistinctBy.Site => "sites",
            DistinctBy.Country => "countries",
            _ => "nodes",
        };
        draft.Defer(NotYetReason.WaitingForMembers, null, null, $"Waiting for {what}: {have} of {policy.Target}.");
    }
}
